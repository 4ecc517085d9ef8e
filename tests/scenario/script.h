// The text of a scenario: statements with their line, and the patterns that they are compared with.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace viaduct::scenario {

struct Statement {
  int line = 0;
  std::vector<std::string> words;
  std::string text() const;
};

// What is wrong with a scenario or was found wrong by it.
class Fault : public std::runtime_error {
 public:
  explicit Fault(const std::string& text) : std::runtime_error(text) {}
};

// One statement a line, or several with ';' between them; "#" begins a comment.
std::vector<Statement> read_statements(std::string_view text);

// The words that stand where the pattern has <names>; "<...>" at its end takes all the rest, at
// least one word. Nothing if it does not fit.
using Captures = std::vector<std::string>;
std::optional<Captures> fit(std::string_view pattern, const std::vector<std::string>& words,
                            size_t from = 0);

// "500 ms", "30 s", "2 min".
base::Duration read_duration(const std::string& number, const std::string& unit);
size_t read_number(const std::string& text);

}  // namespace viaduct::scenario
