#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "engine/devices/platform.hpp"

namespace busbar::cli {
namespace {

std::string command_list() {
  std::string list;
  for (const Command& command : kCommands) list += (list.empty() ? "" : " ") + std::string(command.name);
  return list;
}

int usage_error(const std::string& what, const std::string& mend) {
  print_error({"command line", what, mend});
  return static_cast<int>(ExitCode::wrong_usage);
}

// The parser would only say that an argument was not expected; a command deserves a better answer.
std::optional<int> refuse_unknown_command(const std::string& word) {
  if (word.starts_with('-') || std::ranges::count(kCommands, word, &Command::name) > 0) return std::nullopt;
  if (std::ranges::count(kLaterCommands, word) > 0)
    return usage_error("'" + word + "' is not in this version", "the commands are " + command_list());
  return usage_error("there is no command '" + word + "'", "the commands are " + command_list());
}

std::string help_of(const CLI::App& app) {
  const auto called = app.get_subcommands();
  return called.empty() ? "see 'busbar --help'" : "see 'busbar " + called.front()->get_name() + " --help'";
}

int run(int argc, char** argv) {
  if (argc > 1)
    if (const auto refused = refuse_unknown_command(argv[1])) return *refused;
  ExitCode exit = ExitCode::done;
  CLI::App app("Busbar: a mixing console for multitrack recordings.", "busbar");
  app.set_version_flag("--version", "busbar " BUSBAR_VERSION, "Print the version and leave");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  for (const Command& command : kCommands) command.add(app, exit);
  app.footer("Start with:  busbar demo my-demo");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    if (argc == 1) return usage_error("no command was given", "the commands are " + command_list());
    return usage_error(e.what(), help_of(app));
  }
  return static_cast<int>(exit);
}

}  // namespace
}  // namespace busbar::cli

int main(int argc, char** argv) {
  busbar::prepare_process();
  try {
    return busbar::cli::with_output_flushed(busbar::cli::run(argc, argv));
  } catch (const std::exception& e) {
    busbar::cli::print_error({"internal error", e.what(), "please report it with the command you gave"});
  } catch (...) {
    busbar::cli::print_error({"internal error", "of unknown kind", "please report it with the command you gave"});
  }
  return static_cast<int>(busbar::cli::ExitCode::internal_error);
}
