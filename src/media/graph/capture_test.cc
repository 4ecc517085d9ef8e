// Captures: what a packet analyser would read in the file.
#include <gtest/gtest.h>

#include "media/graph/pcap.h"
#include "media/graph/testing/rig.h"
#include "transport/stun/demux.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

// A reader of its own, so that the writer is not its own judge.
struct Frame {
  uint32_t seconds, nanoseconds, wire_length;
  base::SocketAddress from, to;
  std::vector<uint8_t> payload;
  size_t udp_length;
};
class Reader {
 public:
  explicit Reader(std::span<const uint8_t> file) : file_(file) {}
  uint32_t little() {
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) value |= uint32_t{file_[at_++]} << (8 * i);
    return value;
  }
  bool more() const { return at_ < file_.size(); }
  Frame frame() {
    Frame out;
    out.seconds = little();
    out.nanoseconds = little();
    const uint32_t kept = little();
    out.wire_length = little();
    base::ByteReader in(file_.subspan(at_, kept));
    at_ += kept;
    const bool v6 = file_[at_ - kept] >> 4 == 6;
    if (v6) {
      in.skip(8);
      out.from.ip = base::IpAddress::v6(in.bytes(16).first<16>());
      out.to.ip = base::IpAddress::v6(in.bytes(16).first<16>());
    } else {
      EXPECT_EQ(in.u16(), 0x4500);
      EXPECT_EQ(in.u16(), out.wire_length);
      in.skip(8);
      out.from.ip = base::IpAddress::v4(in.u32());
      out.to.ip = base::IpAddress::v4(in.u32());
    }
    out.from.port = in.u16();
    out.to.port = in.u16();
    out.udp_length = in.u16();
    in.skip(2);
    const auto rest = in.bytes(in.remaining());
    out.payload.assign(rest.begin(), rest.end());
    return out;
  }

 private:
  std::span<const uint8_t> file_;
  size_t at_ = 0;
};

const auto kLocal = base::SocketAddress::parse("198.51.100.1:20000").value();

std::vector<Frame> frames_of(CaptureTap& tap) {
  std::vector<uint8_t> file;
  append_pcap_header(file);
  while (const auto packet = tap.take())
    append_pcap_packet(file, *packet, base::WallTime(packet->at.time_since_epoch()));
  Reader reader(file);
  EXPECT_EQ(reader.little(), 0xa1b23c4du);
  EXPECT_EQ(reader.little(), 0x00040002u);
  for (int i = 0; i < 3; ++i) reader.little();
  EXPECT_EQ(reader.little(), kLinkTypeRaw);
  std::vector<Frame> out;
  while (reader.more()) out.push_back(reader.frame());
  return out;
}

std::shared_ptr<CaptureTap> capture(Rig& rig, const Party& party, CaptureOptions options) {
  options.until = rig.now + 10s;
  auto tap = std::make_shared<CaptureTap>(options, kLocal);
  rig.command(StartCapture{party.id, tap});
  return tap;
}

TEST(Capture, OfAPhoneHasBothWaysWithTheirAddresses) {
  Rig rig;
  Party& a = rig.add_plain({});
  Party& b = rig.add_plain({});
  rig.bridge(a, b);
  rig.run(100ms);
  const auto tap = capture(rig, a, {});
  rig.run(200ms);
  size_t in = 0, out = 0;
  for (const Frame& frame : frames_of(*tap)) {
    EXPECT_EQ(frame.payload.size(), 172u);
    EXPECT_EQ(frame.udp_length, 180u);
    EXPECT_EQ(frame.wire_length, 200u);
    EXPECT_EQ(frame.seconds, 3600u);
    in += frame.from == a.address && frame.to == kLocal;
    out += frame.from == kLocal && frame.to == a.address;
  }
  EXPECT_NEAR(static_cast<double>(in), 10, 1);
  EXPECT_NEAR(static_cast<double>(out), 10, 1);
}

TEST(Capture, OfABrowserIsEncryptedUnlessAskedOtherwise) {
  Rig rig;
  Party& browser = rig.add_webrtc({});
  Party& phone = rig.add_plain({});
  rig.bridge(browser, phone);
  rig.run(500ms);
  for (const bool decrypted : {false, true}) {
    const auto tap = capture(rig, browser, {.decrypted = decrypted});
    rig.run(200ms);
    size_t rtp = 0;
    for (const Frame& frame : frames_of(*tap)) {
      if (stun::classify(frame.payload) != stun::PacketKind::rtp) continue;
      ++rtp;
      // G.711 of 20 ms; SRTP adds its tag.
      EXPECT_EQ(frame.payload.size() == 172, decrypted) << frame.payload.size();
    }
    EXPECT_NEAR(static_cast<double>(rtp), 20, 2);
  }
}

TEST(Capture, OfHeadersLeavesEveryWordOut) {
  Rig rig;
  Party& a = rig.add_plain({});
  rig.run(100ms);
  const auto tap = capture(rig, a, {.headers_only = true});
  rig.run(100ms);
  const auto frames = frames_of(*tap);
  ASSERT_FALSE(frames.empty());
  for (const Frame& frame : frames) {
    EXPECT_EQ(frame.payload.size(), rtp::kFixedHeaderSize);
    EXPECT_EQ(frame.wire_length, 200u) << "what was on the wire is still told";
  }
}

TEST(Capture, EndsByItselfAndCountsWhatNobodyTook) {
  Rig rig;
  Party& a = rig.add_plain({});
  const auto tap = capture(rig, a, {});
  rig.run(9s);
  EXPECT_GT(tap->dropped(), 300u);
  EXPECT_FALSE(tap->finished());
  rig.run(2s);
  EXPECT_TRUE(tap->finished());
  const auto again = capture(rig, a, {});
  rig.close_all();
  EXPECT_TRUE(again->finished()) << "with its session";
}

TEST(Pcap, Ipv6HasAChecksum) {
  CapturedPacket packet;
  packet.from = base::SocketAddress::parse("[2001:db8::1]:4000").value();
  packet.to = base::SocketAddress::parse("[2001:db8::2]:4001").value();
  packet.length = packet.kept = 4;
  packet.bytes = {0x80, 0, 0, 1};
  std::vector<uint8_t> file;
  append_pcap_packet(file, packet, base::WallTime(1500ms));
  Reader reader(file);
  const Frame frame = reader.frame();
  EXPECT_EQ(frame.from, packet.from);
  EXPECT_EQ(frame.to, packet.to);
  EXPECT_EQ(frame.seconds, 1u);
  EXPECT_EQ(frame.nanoseconds, 500'000'000u);
  // The sum over pseudo header, UDP header and data is all ones (RFC 1071).
  uint32_t sum = 17 + 12;
  for (size_t i = 16 + 8; i + 1 < file.size(); i += 2) sum += uint32_t{file[i]} << 8 | file[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffu);
}

}  // namespace
}  // namespace viaduct::graph
