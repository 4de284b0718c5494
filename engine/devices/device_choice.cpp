#include "engine/devices/device_choice.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

namespace busbar {

namespace {

using Found = std::vector<const KnownDevice*>;
using Fits = std::function<bool(const KnownDevice&)>;

// Letters beyond ASCII stay as they are: names of devices hardly have any.
std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool can_play(const KnownDevice* device) { return device->info.outputs > 0; }

Found all_that(std::span<const KnownDevice> devices, const Fits& fits) {
  Found found;
  for (const KnownDevice& device : devices)
    if (fits(device)) found.push_back(&device);
  return found;
}

std::string listed(const Found& devices) {
  std::string list;
  for (const KnownDevice* device : devices) list += (list.empty() ? "" : ", ") + full_name(device->info);
  return list;
}

std::string channels_text(int count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// The ways in which a name may be meant, the most exact first.
std::vector<Fits> readings(const std::string& name) {
  const auto is_full = [name](const KnownDevice& d) { return lower(full_name(d.info)) == name; };
  const auto is_host = [name](const KnownDevice& d) {
    return d.host_default && (lower(d.info.host) == name || lower(d.info.host) + ":" == name);
  };
  const auto is_name = [name](const KnownDevice& d) { return lower(d.info.name) == name; };
  const auto is_part = [name](const KnownDevice& d) { return lower(full_name(d.info)).starts_with(name); };
  const auto has_part = [name](const KnownDevice& d) {
    if (lower(d.info.name).find(name) != std::string::npos) return true;
    const std::string host = lower(d.info.host) + ":";
    return name.starts_with(host) && lower(d.info.name).find(name.substr(host.size())) != std::string::npos;
  };
  return {is_full, is_host, is_name, is_part, has_part};
}

Error several(const std::string& name, const Found& found) {
  return {"--device " + name, "this is a part of more than one name", "say which: " + listed(found)};
}

Result<const KnownDevice*> find_named(std::span<const KnownDevice> devices, const std::string& name) {
  for (const Fits& fits : readings(lower(name))) {
    Found found = all_that(devices, fits);
    // What cannot play does not make a name ambiguous.
    if (std::ranges::any_of(found, can_play)) std::erase_if(found, [](const KnownDevice* d) { return !can_play(d); });
    if (found.size() == 1) return found.front();
    if (found.size() > 1) return several(name, found);
  }
  const Found all = all_that(devices, [](const KnownDevice& d) { return can_play(&d); });
  return Error{"--device " + name, "there is no such audio device", "there is " + listed(all)};
}

/// `: 'cue2' plays on 5 Bass L, 6 Bass R`, for all that a device with `outputs` cannot serve.
std::string who_needs_more(const std::vector<OutputUse>& uses, int outputs) {
  std::string text;
  for (const OutputUse& use : uses)
    if (std::ranges::any_of(use.channels, [outputs](int channel) { return channel > outputs; }))
      text += (text.empty() ? ", since " : ", ") + use.who + " plays on " + use.shown;
  return text;
}

Error too_few_outputs(std::span<const KnownDevice> devices, const KnownDevice& chosen, const DeviceRequest& request,
                      int wanted) {
  const Found others = all_that(devices, [&](const KnownDevice& d) { return d.info.outputs >= wanted; });
  const std::string has = chosen.info.outputs == 0 ? "no outputs" : channels_text(chosen.info.outputs, "output");
  std::string mend = chosen.info.outputs == 0 ? "" : "route to outputs up to " + std::to_string(chosen.info.outputs);
  if (!others.empty()) mend += (mend.empty() ? "choose " : " or choose ") + listed(others);
  if (mend.empty()) mend = "choose another device";
  return {"audio device " + full_name(chosen.info),
          "it has " + has + ", and " + std::to_string(wanted) + (wanted == 1 ? " is" : " are") + " wanted" +
              who_needs_more(request.uses, chosen.info.outputs),
          mend};
}

}  // namespace

std::string full_name(const DeviceInfo& info) { return info.host + ":" + info.name; }

Result<KnownDevice> choose_device(std::span<const KnownDevice> devices, const DeviceRequest& request) {
  const bool any = std::ranges::any_of(devices, [](const KnownDevice& d) { return can_play(&d); });
  if (!any)
    return Error{"audio device", "there is none",
                 "connect an interface or start JACK; 'busbar render' needs no device"};
  const KnownDevice* chosen = nullptr;
  if (!request.name.empty()) {
    auto found = find_named(devices, request.name);
    if (!found) return found.error();
    chosen = *found;
  } else {
    const auto fallback = std::ranges::find_if(devices, [](const KnownDevice& d) { return d.info.is_default; });
    if (fallback == devices.end())
      return Error{
          "audio device", "the system names no default",
          "choose with --device: " + listed(all_that(devices, [](const KnownDevice& d) { return can_play(&d); }))};
    chosen = &*fallback;
  }
  if (const int wanted = std::max(request.outputs, 1); chosen->info.outputs < wanted)
    return too_few_outputs(devices, *chosen, request, wanted);
  return *chosen;
}

}  // namespace busbar
