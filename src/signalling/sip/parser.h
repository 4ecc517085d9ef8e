// From bytes to a Message (RFC 3261 §7, §25): strict about what other elements could read
// differently, and about every field that routes the message or names its transaction and dialog.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {

struct ParseOptions {
  size_t max_message = 65535;     // bytes: the largest UDP payload, and room for any real message
  size_t max_headers = 256;       // fields: real messages have 10-40; RFC 4475's longest has 60
  size_t max_start_line = 8192;   // bytes: what HTTP servers allow; URIs are far below 1 KiB
  size_t max_header_line = 8192;  // bytes after unfolding
};

// Why a message was not taken, and what to do about it.
struct Rejection {
  uint16_t status = 0;  // the response due: 400, 505, 513; 0: drop silently
  base::Error error{base::Errc::malformed, ""};
  // When status is not 0: enough of the request for make_response(). Its fields are not checked.
  Message request;

  bool drop() const { return status == 0; }
};

[[noreturn]] inline void throw_exception_from_error(const Rejection& rejection,
                                                    const boost::source_location&) {
  throw std::logic_error(rejection.error.what);
}

using ParseResult = boost::system::result<Message, Rejection>;

// One datagram (§18.3): bytes behind Content-Length are dropped; without Content-Length the body
// goes to the end. Responses, ACKs, keep-alives and what is no SIP are rejected with drop().
ParseResult parse(std::string_view datagram, const ParseOptions& options = {});

// A keep-alive of RFC 5626 §3.5.1 or of the kind phones send: nothing but CR, LF, NUL, at most 4.
bool is_keep_alive(std::string_view datagram);

}  // namespace viaduct::sip
