#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace busbar {

/// Gives things numbers by which the audio thread finds them. A number that is given back is used again only once
/// nothing on its way to audio can mean it any more. Control thread only.
class Numbers {
 public:
  /// The number of a name, a new one if it has none.
  std::uint32_t of(const std::string& name);
  /// The number of a name, or one that none has.
  std::uint32_t find(const std::string& name) const;
  /// The name of a number, or nothing.
  std::string name_of(std::uint32_t number) const;
  /// One more than the largest number given out.
  std::uint32_t end() const noexcept { return end_; }

  /// Takes the numbers of all names that `is_used` denies. They rest until `recycle` names a later stamp.
  void give_back(const std::function<bool(const std::string&)>& is_used, std::uint64_t stamp);
  /// All that was sent up to `stamp` has landed.
  void recycle(std::uint64_t stamp);

 private:
  struct Resting {
    std::uint32_t number;
    std::uint64_t stamp;
  };
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<Resting> resting_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
};

}  // namespace busbar
