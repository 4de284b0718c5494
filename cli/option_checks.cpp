#include "cli/option_checks.hpp"

#include <string>

#include "cli/print.hpp"

namespace busbar::cli {

CLI::Validator seconds_to(double most) {
  return {[most](std::string& text) {
            double seconds = 0.0;
            const bool holds = CLI::detail::lexical_cast(text, seconds) && seconds >= 0.0 && seconds <= most;
            return holds ? std::string() : "'" + text + "' is not a number of seconds from 0 to " + number_text(most);
          },
          "SECONDS", "seconds"};
}

CLI::Validator not_empty() {
  return {[](std::string& text) { return text.empty() ? std::string("it is empty; give a name") : std::string(); }, "",
          "not empty"};
}

}  // namespace busbar::cli
