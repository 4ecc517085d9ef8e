#include "signalling/sip/framer.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;

// Takes one header field with its folded lines off `head`.
std::string_view take_field(std::string_view& head) {
  size_t end = head.find("\r\n");
  while (end != head.npos && end + 2 < head.size() && grammar::is_lws(head[end + 2]))
    end = head.find("\r\n", end + 2);
  const std::string_view field = head.substr(0, end);
  head.remove_prefix(end == head.npos ? head.size() : end + 2);
  return field;
}

// The value when the field is Content-Length or its compact form "l".
std::optional<std::string_view> content_length_value(std::string_view field) {
  constexpr std::string_view kWhite = " \t\r\n";
  const size_t colon = field.find(':');
  if (colon == field.npos) return std::nullopt;
  const std::string_view name = field.substr(0, field.find_last_not_of(" \t", colon - 1) + 1);
  if (colon == 0 || header_from_text(name) != HeaderName::content_length) return std::nullopt;
  std::string_view value = field.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(kWhite), value.size()));
  return value.substr(0, value.find_last_not_of(kWhite) + 1);
}

}  // namespace

void StreamFramer::receive(std::string_view bytes) {
  if (failed_) return;
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  buffer_.append(bytes);
}

base::Result<std::optional<StreamFramer::Frame>> StreamFramer::next() {
  using Out = std::optional<Frame>;
  const auto fail = [this](Error error) {
    failed_ = true;
    buffer_.clear();
    at_ = 0;
    return error;
  };
  if (failed_) return Error{Errc::malformed, "stream lost its framing"};
  if (std::optional<Frame> ping = take_keep_alive()) return Out(std::move(ping));

  const std::string_view pending = std::string_view(buffer_).substr(at_);
  if (pending.empty()) return Out{};
  const size_t blank = pending.find("\r\n\r\n", scanned_);
  if (blank == pending.npos) {
    if (pending.size() > options_.max_message) return fail({Errc::too_large, "header too large"});
    scanned_ = pending.size() < 3 ? 0 : pending.size() - 3;
    return Out{};
  }
  scanned_ = blank;
  const size_t head = blank + 4;
  const base::Result<size_t> body = body_size(pending.substr(0, head));
  if (!body) return fail(body.error());
  if (head > options_.max_message || *body > options_.max_message - head)
    return fail({Errc::too_large, "message too large"});
  if (pending.size() < head + *body) return Out{};
  Out frame(std::string(pending.substr(0, head + *body)));
  at_ += head + *body;
  scanned_ = 0;
  return frame;
}

// Between messages: CRLF CRLF is a ping, a single CRLF is skipped (§7.5).
std::optional<StreamFramer::Frame> StreamFramer::take_keep_alive() {
  constexpr std::string_view kPing = "\r\n\r\n";
  while (true) {
    const std::string_view pending = std::string_view(buffer_).substr(at_);
    if (pending.starts_with(kPing)) {
      at_ += kPing.size();
      return Frame(Ping{});
    }
    // The rest of a ping may still come.
    if (!pending.starts_with("\r\n") || kPing.starts_with(pending)) return std::nullopt;
    at_ += 2;
  }
}

base::Result<size_t> StreamFramer::body_size(std::string_view head) {
  std::optional<size_t> size;
  while (!head.empty()) {
    const std::optional<std::string_view> value = content_length_value(take_field(head));
    if (!value) continue;
    const auto number = base::parse_number<size_t>(*value);
    if (!number || size) return Error{Errc::malformed, "Content-Length is bad or there twice"};
    size = *number;
  }
  if (!size) return Error{Errc::malformed, "no Content-Length on a stream"};
  return *size;
}

}  // namespace viaduct::sip
