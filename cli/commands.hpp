#pragma once
#include <array>
#include <string_view>

namespace CLI {
class App;
}

namespace busbar::cli {

/// What the program returns to the shell.
enum class ExitCode : int {
  done = 0,
  input_fault = 1,     ///< session, file or device
  wrong_usage = 2,     ///< the command line
  internal_error = 3,  ///< a fault of the program
};

/// Each adds its subcommand to `app`; when that one is called, `exit` gets its result.
/// A callback may throw CLI::ValidationError for wrong usage that only shows once all options are known.
void add_demo(CLI::App& app, ExitCode& exit);
void add_new(CLI::App& app, ExitCode& exit);
void add_check(CLI::App& app, ExitCode& exit);
void add_graph(CLI::App& app, ExitCode& exit);
void add_render(CLI::App& app, ExitCode& exit);
void add_play(CLI::App& app, ExitCode& exit);
void add_recover(CLI::App& app, ExitCode& exit);
void add_devices(CLI::App& app, ExitCode& exit);
void add_inserts(CLI::App& app, ExitCode& exit);
void add_calc(CLI::App& app, ExitCode& exit);

struct Command {
  std::string_view name;
  void (*add)(CLI::App& app, ExitCode& exit);
};

/// All commands, in the order of `busbar --help`.
inline constexpr auto kCommands = std::to_array<Command>({
    {"demo", add_demo},
    {"new", add_new},
    {"check", add_check},
    {"graph", add_graph},
    {"render", add_render},
    {"play", add_play},
    {"recover", add_recover},
    {"devices", add_devices},
    {"inserts", add_inserts},
    {"calc", add_calc},
});

/// Commands that later versions have. They are refused as wrong usage, and the message says so.
inline constexpr auto kLaterCommands = std::to_array<std::string_view>({"measure", "bench"});

}  // namespace busbar::cli
