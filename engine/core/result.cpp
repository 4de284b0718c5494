#include "engine/core/result.hpp"

namespace busbar {

std::string to_line(const Error& error) {
  std::string line;
  for (const std::string* part : {&error.where, &error.what, &error.mend}) {
    if (part->empty()) continue;
    if (!line.empty()) line += ": ";
    line += *part;
  }
  return line;
}

}  // namespace busbar
