#include "engine/source_requests.hpp"

#include <algorithm>
#include <utility>

namespace busbar {

namespace {

constexpr auto kKept = std::chrono::seconds(5);  // what no edit has taken after all

/// A plan may play it.
bool is_taken(const OpenedSource& source) { return source.state.use_count() > 1; }

}  // namespace

std::vector<SourceRequests::Request>::iterator SourceRequests::find(const Strip& track) {
  return std::ranges::find_if(
      requests_, [&](const Request& r) { return r.track.id == track.id && r.track.source == track.source; });
}

Result<OpenedSource> SourceRequests::get(const Strip& track) {
  if (!needs_files(track)) return sources_.open(track);
  const auto found = find(track);
  if (found == requests_.end()) return ask(track);
  switch (found->state) {
    case Request::State::opening:
    case Request::State::joined:
      break;
    case Request::State::ready:
      if (!is_taken(found->source)) return found->source;
      requests_.erase(found);  // another edit's: a track that comes anew begins anew
      return ask(track);
    case Request::State::refused: {
      const Error refusal = found->refusal;
      requests_.erase(found);  // the file may be mended by the next time
      return refusal;
    }
  }
  return missed(track);
}

Result<OpenedSource> SourceRequests::ask(const Strip& track) {
  if (auto asked = thread_.ask(track); !asked) return asked.error();
  requests_.push_back({.track = track});
  return missed(track);
}

Error SourceRequests::missed(const Strip& track) {
  missed_ = true;
  return {track.id, "its files are not open yet", "try again when they are"};
}

/// What one edit needs begins to be read ahead when all of it is open: else the first would be late when the last
/// comes.
void SourceRequests::tend() {
  const auto before = news_;
  if (!thread_.is_busy())
    for (OpeningThread::Opened& opened : thread_.take()) take_in(std::move(opened));
  for (Request& request : requests_) {
    if (request.state != Request::State::joined || !transport_.has_enough(*request.source.state, request.joined))
      continue;
    request.state = Request::State::ready;
    ++news_;
  }
  if (news_ == before) forget();
}

void SourceRequests::take_in(OpeningThread::Opened opened) {
  const auto found = find(opened.track);
  if (found == requests_.end()) return;
  found->source = sources_.adopt(std::move(opened.source));
  found->done = Clock::now();
  ++news_;
  std::vector<Error> errors = std::exchange(sources_.findings.errors, {});
  if (!errors.empty()) {
    found->source = {};
    found->refusal = std::move(errors.front());
    found->state = Request::State::refused;
    return;
  }
  found->joined = transport_.join(*found->source.state);
  found->state = Request::State::joined;
}

void SourceRequests::forget() {
  const auto old = Clock::now() - kKept;
  std::erase_if(requests_, [old](const Request& request) {
    const bool is_done = request.state == Request::State::ready || request.state == Request::State::refused;
    return is_done && (is_taken(request.source) || request.done < old);
  });
}

bool SourceRequests::hurry() {
  if (thread_.is_busy()) return false;
  for (Request& request : requests_) {
    if (request.state != Request::State::joined) continue;
    request.state = Request::State::ready;
    ++news_;
  }
  return true;
}

}  // namespace busbar
