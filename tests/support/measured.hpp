#pragma once
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <limits>
#include <string>
#include <string_view>

// What tests measured, for docs/measurements.md: `./dev measurements` runs the tests with BUSBAR_MEASUREMENTS naming a
// file, and makes the table from its lines.
namespace busbar::test {

/// One row of the table. `group` and `item` are the words of docs/measurements.md; numbers are in `unit`.
struct Row {
  std::string_view group;                                     ///< "Equaliser"
  std::string_view item;                                      ///< "Bell, 30 Hz … 18 kHz, up to 16 kHz"
  std::string_view unit;                                      ///< "dB"
  double target;                                              ///< what is promised
  double stretch = std::numeric_limits<double>::quiet_NaN();  ///< what would be better still; NaN: nothing named
  bool higher_is_better = false;  ///< else the measured value is an error, an excess or a residue, and small is good
};

/// Notes what was measured and says whether it is within the target. The worst of all notes of a row counts, so that a
/// row may be measured at several rates and settings, in tests of their own.
inline bool measured(const Row& row, double value) {
  if (const char* file = std::getenv("BUSBAR_MEASUREMENTS"); file != nullptr && *file != '\0') {
    std::ofstream lines(file, std::ios::app);
    lines << std::setprecision(9) << row.group << '\t' << row.item << '\t' << row.unit << '\t' << row.target << '\t'
          << row.stretch << '\t' << (row.higher_is_better ? "least" : "most") << '\t' << value << '\n';
  }
  return row.higher_is_better ? value >= row.target : value <= row.target;
}

}  // namespace busbar::test
