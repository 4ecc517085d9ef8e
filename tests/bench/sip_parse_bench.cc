// What a SIP message costs before anybody looks at it. Reference: memcpy of the same bytes into a
// new string, which every parser that owns its bytes pays.
#include <benchmark/benchmark.h>

#include <string>

#include "signalling/sip/parser.h"

namespace {

namespace sip = viaduct::sip;

const std::string& invite() {
  static const std::string text = [] {
    const std::string body =
        "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\n"
        "t=0 0\r\nm=audio 49170 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
    return "INVITE sip:1001@pbx.example.com SIP/2.0\r\n"
           "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK74bf9c1d5e;rport\r\n"
           "Max-Forwards: 70\r\n"
           "From: \"Alice\" <sip:1000@pbx.example.com>;tag=9fxced76sl\r\n"
           "To: <sip:1001@pbx.example.com>\r\n"
           "Call-ID: 3848276298220188511@192.0.2.10\r\n"
           "CSeq: 1 INVITE\r\n"
           "Contact: <sip:1000@192.0.2.10:5060;transport=udp>\r\n"
           "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY\r\n"
           "Supported: replaces, timer\r\n"
           "User-Agent: Phone/1.0\r\n"
           "Content-Type: application/sdp\r\n"
           "Content-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }();
  return text;
}

void copy_invite(benchmark::State& state) {
  for (auto _ : state) {
    std::string copy(invite());
    benchmark::DoNotOptimize(copy.data());
  }
}
BENCHMARK(copy_invite);

void parse_invite(benchmark::State& state) {
  for (auto _ : state) {
    auto message = sip::parse(invite());
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * invite().size()));
}
BENCHMARK(parse_invite);

// With the values that a transaction and a dialog ask for.
void parse_invite_and_read(benchmark::State& state) {
  for (auto _ : state) {
    const auto message = sip::parse(invite());
    benchmark::DoNotOptimize(message->via());
    benchmark::DoNotOptimize(message->from());
    benchmark::DoNotOptimize(message->to());
    benchmark::DoNotOptimize(message->cseq());
    benchmark::DoNotOptimize(message->contact());
    benchmark::DoNotOptimize(message->call_id());
  }
}
BENCHMARK(parse_invite_and_read);

void answer_and_print(benchmark::State& state) {
  const auto message = sip::parse(invite());
  for (auto _ : state) {
    const std::string text = sip::make_response(*message, 180, "a1b2c3d4e5f6").str();
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(answer_and_print);

}  // namespace
