#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "engine/devices/audio_device.hpp"
#include "engine/devices/midi_ports.hpp"
#include "engine/devices/platform.hpp"

namespace busbar::cli {
namespace {

constexpr const char* kMendRealtime =
    "join the group 'audio' and give it 'rtprio 95' and 'memlock unlimited' in /etc/security/limits.d/audio.conf, "
    "then log in again";

Json audio_json(const std::vector<DeviceInfo>& devices) {
  Json::Array list;
  for (const DeviceInfo& d : devices)
    list.push_back(Json::Object{{"host", d.host},
                                {"name", d.name},
                                {"inputs", d.inputs},
                                {"outputs", d.outputs},
                                {"default_rate", d.default_rate},
                                {"default", d.is_default}});
  return list;
}

Json midi_json(const std::vector<MidiPort>& ports) {
  Json::Array list;
  for (const MidiPort& p : ports)
    list.push_back(Json::Object{{"host", p.host}, {"name", p.name}, {"direction", p.input ? "input" : "output"}});
  return list;
}

Json realtime_json(const RealtimeAbility& ability) {
  return Json::Object{{"may_run_fifo", ability.may_run_fifo},
                      {"highest_priority", ability.highest_priority},
                      {"may_lock_memory", ability.may_lock_memory},
                      {"why_not", ability.why_not},
                      {"mend", ability.why_not.empty() ? "" : kMendRealtime}};
}

void print_audio(const std::vector<DeviceInfo>& devices) {
  if (devices.empty()) {
    std::printf("There is no audio device: connect an interface or start JACK; 'busbar render' needs none.\n");
    return;
  }
  Table table({{"audio"}, {"name"}, {"inputs", Align::right}, {"outputs", Align::right}, {"rate", Align::right}, {""}});
  for (const DeviceInfo& d : devices)
    table.add({d.host, d.name, std::to_string(d.inputs), std::to_string(d.outputs), number_text(d.default_rate),
               d.is_default ? "default" : ""});
  table.print();
}

void print_midi(const std::vector<MidiPort>& ports) {
  if (ports.empty()) {
    std::printf("There are no MIDI ports.\n");
    return;
  }
  Table table({{"MIDI"}, {"name"}, {""}});
  for (const MidiPort& p : ports) table.add({p.host, p.name, p.input ? "input" : "output"});
  table.print();
}

void print_realtime(const RealtimeAbility& ability) {
  if (ability.may_run_fifo)
    std::printf("The audio thread may run in realtime (SCHED_FIFO, priority up to %d).\n", ability.highest_priority);
  else
    std::printf("The audio thread may NOT run in realtime: expect dropouts while the machine is busy.\n");
  if (ability.may_lock_memory)
    std::printf("Memory may be locked.\n");
  else
    std::printf("Memory may NOT be locked: a machine short of it can make the sound drop out.\n");
  if (!ability.why_not.empty()) std::printf("Why: %s.\nTo mend it: %s.\n", ability.why_not.c_str(), kMendRealtime);
}

ExitCode run(bool json) {
  const auto devices = list_audio_devices();
  const auto ports = list_midi_ports();
  const RealtimeAbility ability = test_realtime();
  if (json) {
    print_json(
        Json::Object{{"audio", audio_json(devices)}, {"midi", midi_json(ports)}, {"realtime", realtime_json(ability)}});
    return ExitCode::done;
  }
  print_audio(devices);
  std::printf("\n");
  print_midi(ports);
  std::printf("\n");
  print_realtime(ability);
  return ExitCode::done;
}

}  // namespace

void add_devices(CLI::App& app, ExitCode& exit) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("devices", "List audio devices and MIDI ports, and test realtime abilities");
  command->add_flag("--json", *json, "Print one JSON object");
  command->callback([json, &exit] { exit = run(*json); });
}

}  // namespace busbar::cli
