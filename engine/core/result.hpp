#pragma once
#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace busbar {

/// What went wrong, for a person: where it is, what it is, and how to mend it.
/// Printed as `WHERE: WHAT: HOW TO MEND` (see `to_line`).
struct Error {
  std::string where;
  std::string what;
  std::string mend;
  friend bool operator==(const Error&, const Error&) = default;
};

/// `where: what: mend`, leaving out what is empty.
std::string to_line(const Error& error);

/// A value, or the Error why there is none. (std::expected is C++23.)
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const noexcept { return content_.index() == 0; }
  T& value() & { return *checked(); }
  const T& value() const& { return *const_cast<Result*>(this)->checked(); }
  T value() && { return std::move(*checked()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return checked(); }
  const T* operator->() const { return const_cast<Result*>(this)->checked(); }
  const Error& error() const { return std::get<1>(content_); }

 private:
  T* checked() {
    assert(content_.index() == 0);
    return std::get_if<0>(&content_);
  }
  std::variant<T, Error> content_;
};

/// A Result without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  explicit operator bool() const noexcept { return !error_.has_value(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

/// Everything a check found. Errors refuse the session; warnings do not.
struct Findings {
  std::vector<Error> errors;
  std::vector<Error> warnings;
};

}  // namespace busbar
