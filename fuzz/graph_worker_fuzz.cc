// A worker with two phones and a browser gets datagrams, commands and time. Whatever comes: what it
// sends goes to its parties' addresses under one SSRC each, every CloseSession is answered once,
// and at the end nothing is left.
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "media/graph/testing/rig.h"

namespace {

using namespace viaduct;
using namespace std::chrono_literals;
using graph::testing::Party;
using graph::testing::Rig;
using graph::testing::TalkerOptions;

const negotiation::Format kFormats[] = {{0, negotiation::kPcmu, ""},
                                        {8, negotiation::kPcma, ""},
                                        {9, negotiation::kG722, ""},
                                        {111, negotiation::kOpus, "useinbandfec=1"},
                                        {97, {negotiation::Encoding::l16, 16000, 1}, ""},
                                        {13, {negotiation::Encoding::comfort_noise, 8000, 1}, ""}};
const negotiation::Format kEvents{101, {negotiation::Encoding::telephone_event, 8000, 1}, ""};

TalkerOptions silent(const negotiation::Format& format) {
  TalkerOptions options;
  options.format = format;
  options.dtmf = kEvents;
  options.hz = 0;
  return options;
}

class Driver {
 public:
  Driver() {
    rig_.add_plain(silent(kFormats[0]));
    rig_.add_plain(silent(kFormats[3]));
    rig_.add_webrtc(silent(kFormats[3]));
    rig_.run(500ms);
    rig_.bridge(party(0), party(2));
  }

  void step(base::ByteReader& in) {
    const uint8_t what = in.u8();
    Party& who = party(what >> 4);
    switch (what & 15) {
      case 0:
      case 1: rig_.run(std::chrono::milliseconds(in.u8())); break;
      case 2: agree(who, in); break;
      case 3: set_source(who, in); break;
      case 4: dial(who, in); break;
      case 5: close(who); break;
      case 6: raw(in); break;
      case 7: rig_.send(who, who.talker.speak()); break;
      case 8: who.talker.pause(std::chrono::milliseconds(in.u16())); break;
      case 9: who.talker.start_anew(in.u32()); break;
      case 10: record(who, in); break;
      default: datagram(who, in); break;
    }
  }

  void finish() {
    for (const auto& one : rig_.parties) close(*one);
    for (const auto& one : rig_.parties) {
      std::optional<uint32_t> ssrc;
      for (const auto& header : one->talker.headers()) {
        VIADUCT_CHECK(!ssrc || *ssrc == header.ssrc);
        ssrc = header.ssrc;
      }
    }
    VIADUCT_CHECK(rig_.events<graph::SessionClosed>().size() == closes_);
    const auto counts = rig_.worker.counts();
    VIADUCT_CHECK(counts.sessions + counts.timers + counts.addresses + counts.ufrags +
                      counts.sockets + counts.recordings ==
                  0);
  }

 private:
  Party& party(size_t n) { return *rig_.parties[n % rig_.parties.size()]; }

  void agree(Party& who, base::ByteReader& in) {
    const uint8_t bits = in.u8();
    who.agreement.direction = static_cast<negotiation::Direction>(bits & 3);
    who.agreement.send = kFormats[(bits >> 2 & 15) % std::size(kFormats)];
    who.agreement.ptime = std::chrono::milliseconds(in.u8());
    who.agreement.receive = {kFormats[in.u8() % std::size(kFormats)], who.agreement.send};
    if (bits & 64) who.agreement.dtmf_send.reset();
    else who.agreement.dtmf_send = kEvents;
    rig_.apply(who);
  }

  void set_source(Party& who, base::ByteReader& in) {
    const uint8_t what = in.u8();
    switch (what & 3) {
      case 0: rig_.set_source(who, graph::NoSource{}); break;
      case 1: rig_.set_source(who, graph::FromSession{party(what >> 2).id}); break;
      case 2:
        rig_.set_source(
            who,
            graph::Tone{{{in.u16(), in.u16(), in.u8() * 1ms}, {0, 0, 5ms}}, -16, (what & 4) != 0});
        break;
      case 3: {
        const uint32_t rate = what & 4 ? 44100 : 8000;
        auto clip =
            std::make_shared<const audio::Clip>(std::vector<int16_t>(1 + in.u16(), 900), rate);
        rig_.set_source(who, graph::Play{std::move(clip), (what & 8) != 0});
      }
    }
  }

  void dial(Party& who, base::ByteReader& in) {
    const auto text = in.bytes(std::min<size_t>(in.u8() % 8, in.remaining()));
    rig_.command(graph::SendDtmf{who.id, {text.begin(), text.end()}, in.u8() * 1ms});
  }

  void record(Party& who, base::ByteReader& in) {
    const uint8_t what = in.u8();
    const graph::RecordingId id{uint32_t{what} >> 6, 1};
    switch (what & 3) {
      case 0:
        rig_.command(
            graph::StartRecording{.id = who.id, .recording = id, .stereo = (what & 4) != 0});
        break;
      case 1: {
        graph::StartRecording both{.id = who.id, .recording = id, .rate = 8000};
        both.other = party(what >> 2).id;
        rig_.command(both);
        break;
      }
      case 2: rig_.command(graph::StopRecording{who.id, id}); break;
      case 3:
        rig_.command(graph::ListenForTones{who.id, (what & 4) != 0});
        rig_.command(graph::SendDtmf{.id = who.id, .digits = "1", .inband = true});
    }
  }

  void close(Party& who) {
    rig_.command(graph::CloseSession{who.id});
    ++closes_;
  }

  // Bytes from the party itself, protected if it is the browser.
  void datagram(Party& who, base::ByteReader& in) {
    const auto bytes = in.bytes(std::min<size_t>(in.u8(), in.remaining()));
    rig_.send(who, {bytes.begin(), bytes.end()});
  }

  // Bytes from anywhere on the shared socket.
  void raw(base::ByteReader& in) {
    const auto from = party(in.u8()).address;
    const auto bytes = in.bytes(std::min<size_t>(in.u8(), in.remaining()));
    std::vector<uint8_t> buffer(bytes.begin(), bytes.end());
    buffer.resize(bytes.size() + graph::kTailroom);
    rig_.worker.receive(graph::kSharedSocket, from, buffer, bytes.size(), rig_.now, rig_);
    rig_.run(0ms);
  }

  Rig rig_;
  size_t closes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Driver driver;
  base::ByteReader in({data, std::min<size_t>(size, 2000)});
  while (in.remaining() > 0) driver.step(in);
  driver.finish();
  return 0;
}
