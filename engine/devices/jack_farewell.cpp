#include "engine/devices/jack_farewell.hpp"

#include <dlfcn.h>

// JACK's header is left out: these stand before its functions of the same names, for the libraries of this program too.
extern "C" {
struct _jack_client;
struct _jack_port;
int jack_deactivate(_jack_client* client);
int jack_client_close(_jack_client* client);
int jack_port_unregister(_jack_client* client, _jack_port* port);
}

namespace busbar {

namespace {

thread_local int farewells = 0;

template <typename... Arguments>
int call_jack(const char* name, Arguments... arguments) {
  using Function = int (*)(Arguments...);
  const auto function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
  const int result = function != nullptr ? function(arguments...) : -1;
  return farewells > 0 ? 0 : result;
}

}  // namespace

JackFarewell::JackFarewell() noexcept { ++farewells; }
JackFarewell::~JackFarewell() { --farewells; }

}  // namespace busbar

int jack_deactivate(_jack_client* client) { return busbar::call_jack("jack_deactivate", client); }
int jack_client_close(_jack_client* client) { return busbar::call_jack("jack_client_close", client); }
int jack_port_unregister(_jack_client* client, _jack_port* port) {
  return busbar::call_jack("jack_port_unregister", client, port);
}
