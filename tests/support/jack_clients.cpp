#include <jack/jack.h>
#include <jack/ringbuffer.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string_view>

#include "tests/support/jack_bench.hpp"

// The thread sanitizer does not see how a server in another process lets its clients run one behind the other, nor into
// the library's ring; so what goes between the clients of this file, and only that, is no race. A device that is
// abandoned leaves the thread of its library behind, as it must.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "thread:libjack.so\nrace:jack_ringbuffer_write\nrace:jack_ringbuffer_read\n"
         "race:busbar::test::JackRecorder::Client::process\nrace:busbar::test::JackPlayer::Client::process\n";
}

namespace busbar::test {

namespace {

/// A client whose ports are kept connected to others by a thread of its own, since those come and go.
class Connected {
 public:
  /// `flags`: what our ports are. `process` runs on JACK's thread.
  Connected(const JackServer& server, const char* name, std::vector<std::string> others, unsigned long flags,
            JackProcessCallback process, void* owner)
      : others_(std::move(others)), we_listen_((flags & JackPortIsInput) != 0) {
    constexpr auto options = static_cast<jack_options_t>(JackNoStartServer | JackServerName);
    client_ = jack_client_open(name, options, nullptr, server.name().c_str());
    if (client_ == nullptr) return;
    for (std::size_t n = 0; n < others_.size(); ++n)
      ports_.push_back(
          jack_port_register(client_, ("port_" + std::to_string(n)).c_str(), JACK_DEFAULT_AUDIO_TYPE, flags, 0));
    jack_set_process_callback(client_, process, owner);
    jack_on_shutdown(
        client_, [](void* self) { static_cast<Connected*>(self)->lost_ = true; }, this);
  }
  ~Connected() { close(); }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

  /// Once whatever `process` needs is there.
  void begin() {
    if (client_ == nullptr) return;
    jack_activate(client_);
    connector_ = std::thread([this] {
      while (!ending_) {
        if (!lost_) connect_all();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }

  void close() {
    ending_ = true;
    if (connector_.joinable()) connector_.join();
    if (client_ != nullptr) jack_client_close(client_);
    client_ = nullptr;
  }

  bool running() const noexcept { return client_ != nullptr && !lost_; }
  bool connected() const noexcept { return connected_; }
  std::size_t channels() const noexcept { return others_.size(); }
  float* buffer(std::size_t channel, jack_nframes_t frames) const {
    return static_cast<float*>(jack_port_get_buffer(ports_[channel], frames));
  }

 private:
  void connect_all() {
    std::size_t count = 0;
    for (std::size_t n = 0; n < others_.size(); ++n) {
      if (jack_port_connected_to(ports_[n], others_[n].c_str()) == 0) {
        const char* ours = jack_port_name(ports_[n]);
        const char* other = others_[n].c_str();
        if (jack_port_by_name(client_, other) == nullptr) continue;
        if (jack_connect(client_, we_listen_ ? other : ours, we_listen_ ? ours : other) != 0) continue;
      }
      ++count;
    }
    connected_ = count == others_.size();
  }

  std::vector<std::string> others_;
  bool we_listen_;
  jack_client_t* client_ = nullptr;
  std::vector<jack_port_t*> ports_;
  std::atomic<bool> connected_{false}, ending_{false}, lost_{false};
  std::thread connector_;
};

}  // namespace

struct JackRecorder::Client {
  Client(const JackServer& server, std::vector<std::string> ports)
      : ring(
            jack_ringbuffer_create(ports.size() * sizeof(float) * 4 * static_cast<std::size_t>(server.options().rate))),
        jack(server, "bench-recorder", std::move(ports), JackPortIsInput, process, this) {
    jack.begin();
    drainer = std::thread([this] {
      while (!ending) {
        drain();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    });
  }
  ~Client() {
    close();
    jack_ringbuffer_free(ring);
  }

  void close() {
    jack.close();
    ending = true;
    if (drainer.joinable()) drainer.join();
    drain();
  }

  /// JACK's thread: whole frames only, so that channels never shift against each other.
  static int process(jack_nframes_t frames, void* self) {
    Client& me = *static_cast<Client*>(self);
    if (!me.begun && !me.jack.connected()) return 0;
    me.begun = true;
    const std::size_t channels = me.jack.channels();
    const std::size_t room = jack_ringbuffer_write_space(me.ring) / (sizeof(float) * channels);
    const auto fits = static_cast<jack_nframes_t>(std::min<std::size_t>(frames, room));
    for (jack_nframes_t f = 0; f < fits; ++f)
      for (std::size_t c = 0; c < channels; ++c)
        jack_ringbuffer_write(me.ring, reinterpret_cast<const char*>(me.jack.buffer(c, frames) + f), sizeof(float));
    me.frames += fits;
    me.overruns += frames - fits;
    return 0;
  }

  void drain() {
    const std::size_t samples = jack_ringbuffer_read_space(ring) / sizeof(float);
    const std::size_t before = recorded.size();
    recorded.resize(before + samples);
    jack_ringbuffer_read(ring, reinterpret_cast<char*>(recorded.data() + before), samples * sizeof(float));
  }

  jack_ringbuffer_t* ring;
  bool begun = false;           // JACK's thread
  std::vector<float> recorded;  // the drainer's, interleaved
  std::atomic<std::int64_t> frames{0}, overruns{0};
  std::atomic<bool> ending{false};
  std::thread drainer;
  Connected jack;
};

JackRecorder::JackRecorder(const JackServer& server, std::vector<std::string> ports)
    : client_(std::make_unique<Client>(server, std::move(ports))) {}
JackRecorder::~JackRecorder() = default;
bool JackRecorder::running() const noexcept { return client_->jack.running(); }
bool JackRecorder::connected() const noexcept { return client_->jack.connected(); }
std::int64_t JackRecorder::frames() const noexcept { return client_->frames; }
std::int64_t JackRecorder::overruns() const noexcept { return client_->overruns; }

Channels JackRecorder::stop() {
  client_->close();
  const std::size_t channels = client_->jack.channels();
  Channels planar(channels);
  for (std::size_t c = 0; c < channels; ++c) {
    planar[c].reserve(client_->recorded.size() / channels);
    for (std::size_t n = c; n < client_->recorded.size(); n += channels) planar[c].push_back(client_->recorded[n]);
  }
  return planar;
}

struct JackPlayer::Client {
  Client(const JackServer& server, std::vector<std::string> ports, Channels what)
      : samples(std::move(what)), jack(server, "bench-player", std::move(ports), JackPortIsOutput, process, this) {
    for (const auto& channel : samples) length = std::max(length, channel.size());
    jack.begin();
  }

  static int process(jack_nframes_t frames, void* self) {
    Client& me = *static_cast<Client*>(self);
    const std::size_t begin = me.at;
    const bool plays = begin > 0 || me.jack.connected();
    for (std::size_t c = 0; c < me.jack.channels(); ++c) {
      float* out = me.jack.buffer(c, frames);
      std::fill_n(out, frames, 0.0f);
      if (!plays || c >= me.samples.size() || begin >= me.samples[c].size()) continue;
      const std::size_t count = std::min<std::size_t>(frames, me.samples[c].size() - begin);
      std::copy_n(me.samples[c].begin() + static_cast<std::ptrdiff_t>(begin), count, out);
    }
    if (plays) me.at = begin + frames;
    return 0;
  }

  Channels samples;
  std::size_t length = 0;
  std::atomic<std::size_t> at{0};
  Connected jack;
};

JackPlayer::JackPlayer(const JackServer& server, std::vector<std::string> ports, Channels samples)
    : client_(std::make_unique<Client>(server, std::move(ports), std::move(samples))) {}
JackPlayer::~JackPlayer() = default;
bool JackPlayer::running() const noexcept { return client_->jack.running(); }
bool JackPlayer::connected() const noexcept { return client_->jack.connected(); }
bool JackPlayer::done() const noexcept { return client_->at >= client_->length; }

struct JackCable::Client {
  Client(const JackServer& server, std::string from, std::string to) {
    constexpr auto options = static_cast<jack_options_t>(JackNoStartServer | JackServerName);
    client = jack_client_open("bench-cable", options, nullptr, server.name().c_str());
    if (client == nullptr) return;
    jack_on_shutdown(
        client, [](void* self) { static_cast<Client*>(self)->lost = true; }, this);
    jack_activate(client);
    connector = std::thread([this, from = std::move(from), to = std::move(to)] {
      for (; !ending; std::this_thread::sleep_for(std::chrono::milliseconds(1)))
        if (!lost) plug(from.c_str(), to.c_str());
    });
  }
  ~Client() {
    ending = true;
    if (connector.joinable()) connector.join();
    if (client != nullptr) jack_client_close(client);
  }

  void plug(const char* from, const char* to) {
    jack_port_t* port = jack_port_by_name(client, from);
    if (port == nullptr || jack_port_by_name(client, to) == nullptr) return;
    const char** others = jack_port_get_all_connections(client, port);
    bool is_plugged = false;
    for (const char** other = others; other != nullptr && *other != nullptr; ++other)
      is_plugged |= std::string_view(*other) == to;
    jack_free(others);
    if (is_plugged || jack_connect(client, from, to) == 0) connected = true;
  }

  jack_client_t* client = nullptr;
  std::atomic<bool> ending{false}, lost{false}, connected{false};
  std::thread connector;
};

JackCable::JackCable(const JackServer& server, std::string from, std::string to)
    : client_(std::make_unique<Client>(server, std::move(from), std::move(to))) {}
JackCable::~JackCable() = default;
bool JackCable::connected() const noexcept { return client_->connected; }

}  // namespace busbar::test
