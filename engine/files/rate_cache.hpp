#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/file_system.hpp"
#include "engine/files/sound_reader.hpp"

namespace busbar {

/// Keeps files that were converted to another sample rate, so that each is converted once, whole, and every start
/// gives the same samples. An entry is named by the SHA-256 of the source's content, the rate and the recipe; a note
/// beside it holds the entry's own SHA-256, so a damaged entry is found and made anew. Any number of threads and
/// programs may use one folder: entries appear in one step. Where the folder cannot be written to, the conversion
/// goes to a nameless temporary file that lives as long as it is open.
class RateCache {
 public:
  /// Told the source and the part done, 0…1, on the thread that called `open`.
  using Progress = std::function<void(const std::filesystem::path& source, double done)>;

  /// `$XDG_CACHE_HOME/busbar/rates`, else `$HOME/.cache/busbar/rates`, else empty: nothing is kept.
  static std::filesystem::path default_folder();
  explicit RateCache(std::filesystem::path folder = default_folder(), Progress progress = {});

  struct Converted {  // NOLINT(clang-analyzer-core.uninitialized.Assign): it loses sight of the variant in Result
    std::unique_ptr<SoundReader> reader;  ///< 32-bit float at the wanted rate
    Frames replaced_samples = 0;          ///< of the source, not finite, now 0
  };
  /// `source` at `rate` Hz, from the folder if it is there. Errors are those of the source, or that there is no room
  /// for the conversion anywhere.
  Result<Converted> open(const std::filesystem::path& source, double rate) const;

 private:
  struct Content {
    std::string hash;
    FileStamp stamp;  ///< of the state that was hashed
  };
  Result<Content> content_of(const std::filesystem::path& source) const;
  std::optional<Converted> find(const std::filesystem::path& entry) const;
  Result<void> make(const std::filesystem::path& source, const FileStamp& state, double rate,
                    const std::filesystem::path& entry) const;
  Result<Converted> make_nameless(const std::filesystem::path& source, double rate) const;
  Result<Frames> convert(const std::filesystem::path& source, const FileStamp& state, double rate,
                         const Descriptor& target, const std::filesystem::path& name) const;

  std::filesystem::path folder_;
  Progress progress_;
};

}  // namespace busbar
