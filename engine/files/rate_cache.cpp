#include "engine/files/rate_cache.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "engine/files/rate_converter.hpp"
#include "engine/files/sealed_text.hpp"
#include "engine/files/sha256.hpp"

namespace busbar {

namespace {

/// A file changed less than this ago may change again without its times showing it: they are coarser than the clock.
constexpr std::int64_t kSettledNs = 2'000'000'000;

std::string to_text(const FileStamp& stamp) {
  std::ostringstream out;
  out << stamp.device << ' ' << stamp.inode << ' ' << stamp.size << ' ' << stamp.modified_ns << ' ' << stamp.changed_ns;
  return out.str();
}

bool is_settled(const FileStamp& stamp) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return now - stamp.modified_ns > kSettledNs && now - stamp.changed_ns > kSettledNs;
}

/// What is known of an entry. With the stamp it had when it was last hashed, it need not be hashed again.
struct Note {
  std::string hash;
  Frames replaced = 0;
  std::string stamp;
};

std::filesystem::path note_of(const std::filesystem::path& entry) { return entry.string() + ".note"; }

std::optional<Note> read_note(const std::filesystem::path& entry) {
  const auto text = read_sealed(note_of(entry));
  if (!text) return std::nullopt;
  std::istringstream in(*text);
  Note note;
  in >> note.hash >> note.replaced >> std::ws;
  std::getline(in, note.stamp);
  return note;
}

Result<void> write_note(const std::filesystem::path& entry, const Note& note) {
  return write_sealed(note_of(entry), note.hash + " " + std::to_string(note.replaced) + "\n" + note.stamp + "\n");
}

Descriptor open_nameless() {
  std::error_code code;
  auto folder = std::filesystem::temp_directory_path(code);
  if (code) folder = "/tmp";
  std::string name = (folder / "busbar-rate-XXXXXX").string();
  Descriptor descriptor(::mkstemp(name.data()));
  if (descriptor) ::unlink(name.c_str());
  return descriptor;
}

Error changed_meanwhile(const std::filesystem::path& source) {
  return {source.string(), "changed while it was being read", "try again once nothing writes to it"};
}

std::string rate_text(double rate) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.17g", rate);
  return text.data();
}

}  // namespace

std::filesystem::path RateCache::default_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && std::filesystem::path(cache).is_absolute())
    return std::filesystem::path(cache) / "busbar/rates";
  const char* home = std::getenv("HOME");
  if (home != nullptr && std::filesystem::path(home).is_absolute())
    return std::filesystem::path(home) / ".cache/busbar/rates";
  return {};
}

RateCache::RateCache(std::filesystem::path folder, Progress progress)
    : folder_(std::move(folder)), progress_(std::move(progress)) {}

Result<RateCache::Converted> RateCache::open(const std::filesystem::path& source, double rate) const {
  if (folder_.empty()) return make_nameless(source, rate);
  std::error_code code;  // a folder that cannot be made shows when a file in it cannot be made
  std::filesystem::create_directories(folder_ / "sources", code);
  const auto content = content_of(source);
  if (!content) return content.error();
  const auto entry = folder_ / (content->hash + "-" + rate_text(rate) + "-" + conversion_recipe() + ".wav");
  if (auto found = find(entry)) return std::move(*found);
  if (make(source, content->stamp, rate, entry))
    if (auto made = find(entry)) return std::move(*made);
  return make_nameless(source, rate);  // it fails likewise if the source is at fault, and then says so
}

/// Remembers the hash of each state of a file, so that long files are not read twice.
Result<RateCache::Content> RateCache::content_of(const std::filesystem::path& source) const {
  const auto file = open_regular_file(source);
  if (!file) return file.error();
  const auto stamp = stamp_of(*file, source);
  if (!stamp) return stamp.error();
  std::error_code code;
  const auto path = std::filesystem::canonical(source, code);
  const auto known = folder_ / "sources" / sha256_of(path.string() + '\n' + to_text(*stamp));
  const bool settled = !code && is_settled(*stamp);
  if (settled)
    if (auto text = read_sealed(known); text && text->size() == 64) return Content{*text, *stamp};
  const auto hash = sha256_of_file(*file, source.string());
  if (!hash) return hash.error();
  const auto after = stamp_of(*file, source);
  if (!after || !(*after == *stamp)) return changed_meanwhile(source);
  const bool kept = settled && write_sealed(known, *hash);
  static_cast<void>(kept);  // if it was not, the file is read again next time
  return Content{*hash, *stamp};
}

std::optional<RateCache::Converted> RateCache::find(const std::filesystem::path& entry) const {
  auto note = read_note(entry);
  if (!note) return std::nullopt;
  auto file = open_regular_file(entry);
  if (!file) return std::nullopt;
  const auto stamp = stamp_of(*file, entry);
  if (!stamp) return std::nullopt;
  if (note->stamp != to_text(*stamp)) {
    const auto hash = sha256_of_file(*file, entry.string());
    if (!hash || *hash != note->hash) return std::nullopt;
    note->stamp = is_settled(*stamp) ? to_text(*stamp) : "";
    if (!note->stamp.empty() && !write_note(entry, *note)) note->stamp.clear();  // then it is hashed again next time
  }
  auto reader = SoundReader::open(std::move(*file), entry);
  if (!reader) return std::nullopt;
  return Converted{std::move(*reader), note->replaced};
}

Result<void> RateCache::make(const std::filesystem::path& source, const FileStamp& state, double rate,
                             const std::filesystem::path& entry) const {
  auto temporary = create_beside(entry);
  if (!temporary) return temporary.error();
  const auto replaced = convert(source, state, rate, temporary->descriptor, entry);
  const auto hash = replaced ? sha256_of_file(temporary->descriptor, entry.string()) : replaced.error();
  if (!hash) {
    ::unlink(temporary->path.c_str());
    return hash.error();
  }
  if (auto renamed = rename_into_place(*temporary, entry); !renamed) return renamed;
  return write_note(entry, {.hash = *hash, .replaced = *replaced, .stamp = ""});
}

Result<RateCache::Converted> RateCache::make_nameless(const std::filesystem::path& source, double rate) const {
  const auto original = open_regular_file(source);
  if (!original) return original.error();
  const auto state = stamp_of(*original, source);
  if (!state) return state.error();
  Descriptor file = open_nameless();
  if (!file) return system_error(source, "cannot be converted: no temporary file can be made", errno);
  const auto replaced = convert(source, *state, rate, file, source.string() + " (converted, in the temporary folder)");
  if (!replaced) return replaced.error();
  auto reader = SoundReader::open(std::move(file), source);
  if (!reader) return reader.error();
  return Converted{std::move(*reader), *replaced};
}

/// `state` is the one that the entry will stand for: nothing may write to the source from then to the end.
Result<Frames> RateCache::convert(const std::filesystem::path& source, const FileStamp& state, double rate,
                                  const Descriptor& target, const std::filesystem::path& name) const {
  auto reader = SoundReader::open(source);
  if (!reader) return reader.error();
  std::function<void(double)> done;
  if (progress_) done = [&](double part) { progress_(source, part); };
  auto replaced = convert_rate(**reader, rate, target.get(), name.string(), done);
  if (!replaced) return replaced;
  const auto again = open_regular_file(source);
  if (!again) return again.error();
  const auto after = stamp_of(*again, source);
  if (!after || !(*after == state)) return changed_meanwhile(source);
  return replaced;
}

}  // namespace busbar
