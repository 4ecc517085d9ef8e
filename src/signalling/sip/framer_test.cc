#include "signalling/sip/framer.h"

#include <gtest/gtest.h>

namespace viaduct::sip {
namespace {

std::string message(std::string_view length_field, std::string_view body) {
  std::string text = "OPTIONS sip:a@b SIP/2.0\r\nX: y\r\n";
  return text.append(length_field).append("\r\n\r\n").append(body);
}

// Frames in order, "<ping>" for pings; "!" when the framer gave up.
std::vector<std::string> drain(StreamFramer& framer) {
  std::vector<std::string> out;
  while (true) {
    auto next = framer.next();
    if (!next) return out.push_back("!"), out;
    if (!*next) return out;
    if (const auto* text = std::get_if<std::string>(&**next)) out.push_back(*text);
    else out.push_back("<ping>");
  }
}

TEST(StreamFramer, CutsHoweverTheBytesArrive) {
  const std::string one = message("Content-Length: 4", "body");
  const std::string two = message("l : 0", "");
  const std::string three = message("Content-Length:\r\n  3", "xyz");
  const std::string stream = one + "\r\n\r\n" + two + "\r\n" + three;
  const std::vector<std::string> expected = {one, "<ping>", two, three};
  for (size_t step = 1; step <= stream.size(); ++step) {
    StreamFramer framer;
    std::vector<std::string> got;
    for (size_t at = 0; at < stream.size(); at += step) {
      framer.receive(std::string_view(stream).substr(at, step));
      for (std::string& frame : drain(framer)) got.push_back(std::move(frame));
    }
    EXPECT_EQ(got, expected) << step;
    EXPECT_EQ(framer.buffered(), 0u);
  }
}

TEST(StreamFramer, WithoutBoundaryItGivesUp) {
  for (const char* field : {"Y: z", "Content-Length: x", "Content-Length: -1", "l: 0\r\nl: 0",
                            "Content-Length: 99999999999999999999", "Content-Length: 70000"}) {
    StreamFramer framer;
    framer.receive(message(field, ""));
    EXPECT_EQ(drain(framer), std::vector<std::string>{"!"}) << field;
    framer.receive(message("l: 0", ""));
    EXPECT_EQ(drain(framer), std::vector<std::string>{"!"}) << field;
    EXPECT_EQ(framer.buffered(), 0u);
  }
}

TEST(StreamFramer, AnEndlessHeaderIsCutOff) {
  ParseOptions options;
  options.max_message = 1000;
  StreamFramer framer(options);
  framer.receive("OPTIONS sip:a@b SIP/2.0\r\n");
  for (int i = 0; i < 20; ++i)
    framer.receive("X-Field: 0123456789012345678901234567890123456789\r\n");
  EXPECT_EQ(framer.next().error().code, base::Errc::too_large);
}

}  // namespace
}  // namespace viaduct::sip
