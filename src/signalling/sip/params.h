// Parameters ";name=value;flag" of header fields and of URIs, kept in wire form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace viaduct::sip {

class Params {
 public:
  Params() = default;
  // `wire`: "" or ";a=b;c", already checked against the grammar, without white space outside
  // quotes. The parsers of this folder make these; others use set().
  static Params from_wire(std::string wire);

  struct Param {
    std::string_view name;
    std::string_view value;  // wire form: quotes and escapes kept; empty for a flag
    bool has_value = false;
  };

  // Names compare without case. Values in wire form; "" for a flag. Views live until the next
  // change.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  // As get(), with the quotes and backslashes of a quoted string taken off.
  std::optional<std::string> text(std::string_view name) const;

  // Replaces or appends. `value` must be in wire form (a token, host, or quoted string); "" makes a
  // flag.
  void set(std::string_view name, std::string_view value = {});
  void remove(std::string_view name);

  bool empty() const { return wire_.empty(); }
  size_t size() const;
  const std::string& str() const { return wire_; }
  // Calls f(const Param&) for each, in order.
  template <class F>
  void for_each(F&& f) const {
    std::string_view rest = wire_;
    while (const std::optional<Param> param = take(rest)) f(*param);
  }
  friend bool operator==(const Params&, const Params&) = default;

 private:
  static std::optional<Param> take(std::string_view& rest);
  std::string wire_;
};

}  // namespace viaduct::sip
