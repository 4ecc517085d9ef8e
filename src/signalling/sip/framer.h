// Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3, RFC 5626 §4.4.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "signalling/sip/parser.h"

namespace viaduct::sip {

// One framer for each connection. After an error the stream has no known message boundary any more:
// the owner closes the connection.
class StreamFramer {
 public:
  // `options.max_message` bounds a message and thus, with one read's worth, the buffer.
  explicit StreamFramer(ParseOptions options = {}) : options_(options) {}

  void receive(std::string_view bytes);

  struct Ping {};  // CRLF CRLF: the owner answers CRLF
  using Frame = std::variant<std::string, Ping>;
  // The next whole message (for parse()) or ping; nullopt when more bytes are needed. Errors:
  // too_large, malformed (Content-Length missing, repeated or no number).
  base::Result<std::optional<Frame>> next();

  size_t buffered() const { return buffer_.size() - at_; }

 private:
  std::optional<Frame> take_keep_alive();
  static base::Result<size_t> body_size(std::string_view head);

  ParseOptions options_;
  std::string buffer_;
  size_t at_ = 0;       // where the next message begins in buffer_
  size_t scanned_ = 0;  // bytes behind at_ known to hold no end of header
  bool failed_ = false;
};

}  // namespace viaduct::sip
