#include "transport/stun/message.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/encoding.h"
#include "transport/stun/builder.h"
#include "transport/stun/demux.h"

namespace viaduct::stun {
namespace {

using base::Errc;
using base::SocketAddress;
using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  std::string packed;
  for (const char c : text)
    if (c != ' ' && c != '\n') packed += c;
  return base::hex_decode(packed).value();
}

// RFC 5769 §2.1: request with integrity and fingerprint.
const Bytes kSampleRequest = hex(R"(
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf)");
// §2.2: IPv4 response.
const Bytes kSampleV4 = hex(R"(
  0101003c 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96)");
// §2.3: IPv6 response.
const Bytes kSampleV6 = hex(R"(
  01010048 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c)");
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

TEST(Rfc5769, Request) {
  const auto message = Message::parse(kSampleRequest);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, Class::request);
  EXPECT_EQ(message->method, kBinding);
  EXPECT_EQ(message->software, "STUN test client");
  EXPECT_EQ(message->username, "evtj:h6vY");
  EXPECT_EQ(message->priority, 0x6e0001ffu);
  EXPECT_EQ(message->ice_controlled, 0x932ff9b151263b36u);
  EXPECT_FALSE(message->ice_controlling);
  EXPECT_TRUE(message->has_fingerprint);
  EXPECT_TRUE(message->integrity_matches(kPassword));
  EXPECT_FALSE(message->integrity_matches("VOkJxbRl1RmTxUk/WvJxBs"));
  EXPECT_FALSE(message->integrity_matches(""));
  EXPECT_TRUE(message->not_understood.empty());
  EXPECT_EQ(peek_local_ufrag(kSampleRequest), "evtj");
}

TEST(Rfc5769, ResponseWithIpv4) {
  const auto message = Message::parse(kSampleV4);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, Class::success);
  EXPECT_EQ(message->software, "test vector");
  EXPECT_EQ(message->xor_mapped_address, SocketAddress::parse("192.0.2.1:32853").value());
  EXPECT_TRUE(message->integrity_matches(kPassword));
  EXPECT_FALSE(peek_local_ufrag(kSampleV4));
}

TEST(Rfc5769, ResponseWithIpv6) {
  const auto message = Message::parse(kSampleV6);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->xor_mapped_address,
            SocketAddress::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853").value());
  EXPECT_TRUE(message->integrity_matches(kPassword));
}

TEST(Builder, WritesWhatTheSampleHoldsButForItsPaddingWithSpaces) {
  const auto sample = Message::parse(kSampleV4).value();
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::success, kBinding, sample.transaction);
  builder.software("test vector");
  builder.xor_mapped_address(SocketAddress::parse("192.0.2.1:32853").value());
  builder.integrity(kPassword);
  builder.fingerprint();
  const auto built = builder.finish().value();
  ASSERT_EQ(built.size(), kSampleV4.size());
  Bytes head(built.begin(), built.begin() + 48);
  EXPECT_EQ(head[35], 0);
  head[35] = ' ';
  EXPECT_EQ(head, Bytes(kSampleV4.begin(), kSampleV4.begin() + 48));
  EXPECT_TRUE(Message::parse(built).value().integrity_matches(kPassword));
}

TEST(Builder, EveryAttributeComesBack) {
  std::array<uint8_t, 400> buffer;
  const TransactionId id{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  MessageBuilder builder(buffer, Class::error, 0x0bc, id);
  const auto v4 = SocketAddress::parse("198.51.100.7:1").value();
  const auto v6 = SocketAddress::parse("[2001:db8::7]:65535").value();
  const std::array<uint16_t, 3> types{0x7001, 0x0002, 0x3fff};
  builder.username("a:b");
  builder.priority(7);
  builder.use_candidate();
  builder.ice_controlling(0x0102030405060708);
  builder.ice_controlled(9);
  builder.error_code(487, "Role Conflict");
  builder.unknown_attributes(types);
  builder.mapped_address(v6);
  builder.xor_mapped_address(v6);
  builder.alternate_server(v4);
  builder.integrity("p");
  builder.fingerprint();
  const auto built = builder.finish().value();
  const auto message = Message::parse(built);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message_class, Class::error);
  EXPECT_EQ(message->method, 0x0bc);
  EXPECT_EQ(message->transaction, id);
  EXPECT_EQ(message->username, "a:b");
  EXPECT_EQ(message->priority, 7u);
  EXPECT_TRUE(message->use_candidate);
  EXPECT_EQ(message->ice_controlling, 0x0102030405060708u);
  EXPECT_EQ(message->ice_controlled, 9u);
  EXPECT_EQ(message->error->code, 487);
  EXPECT_EQ(message->error->reason, "Role Conflict");
  ASSERT_EQ(message->unknown_attributes.types().size(), 3u);
  EXPECT_EQ(message->unknown_attributes.types()[2], 0x3fff);
  EXPECT_EQ(message->mapped_address, v6);
  EXPECT_EQ(message->xor_mapped_address, v6);
  EXPECT_EQ(message->alternate_server, v4);
  EXPECT_TRUE(message->integrity_matches("p"));
}

TEST(Builder, SmallBufferIsAnError) {
  std::array<uint8_t, 40> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.username("abcdefgh:ijklmnop");
  builder.integrity("p");
  builder.fingerprint();
  const auto built = builder.finish();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, Errc::too_large);
}

TEST(Builder, WritesNothingBeyondTheLargestMessage) {
  Bytes buffer(100000);
  const Bytes value(70000);
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.attribute(0x8000, value);
  EXPECT_FALSE(builder.finish());
}

TEST(Message, EveryCutIsAnError) {
  for (size_t size = 0; size < kSampleRequest.size(); ++size)
    EXPECT_FALSE(Message::parse(std::span(kSampleRequest).first(size))) << size;
}

TEST(Message, EveryFlippedBitIsNoticed) {
  for (size_t bit = 0; bit < kSampleRequest.size() * 8; ++bit) {
    Bytes packet = kSampleRequest;
    packet[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto message = Message::parse(packet);
    // Without a fingerprint left, the integrity notices.
    EXPECT_FALSE(message && message->has_fingerprint && message->integrity_matches(kPassword))
        << bit;
  }
}

TEST(Message, BytesBehindAreMalformed) {
  Bytes packet = kSampleRequest;
  packet.insert(packet.end(), 4, 0);
  EXPECT_EQ(Message::parse(packet).error().code, Errc::malformed);
}

TEST(Message, TooLargeIsRefused) {
  Bytes packet(kMaxMessage + 4);
  EXPECT_EQ(Message::parse(packet).error().code, Errc::too_large);
}

TEST(Message, AttributesBehindTheIntegrityAreIgnored) {
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.username("a:b");
  builder.integrity("p");
  builder.use_candidate();
  builder.attribute(0x7fff, {});
  builder.fingerprint();
  const auto message = Message::parse(builder.finish().value());
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->integrity_matches("p"));
  EXPECT_FALSE(message->use_candidate);
  EXPECT_TRUE(message->not_understood.empty());
  EXPECT_TRUE(message->has_fingerprint);
}

TEST(Message, AttributeBehindTheFingerprintIsMalformed) {
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.fingerprint();
  builder.use_candidate();
  EXPECT_FALSE(Message::parse(builder.finish().value()));
}

TEST(Message, UnknownComprehensionRequiredAreListedOthersNot) {
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.attribute(0x7777, {});
  builder.attribute(0xc001, hex("00000001"));
  const auto message = Message::parse(builder.finish().value()).value();
  ASSERT_EQ(message.not_understood.types().size(), 1u);
  EXPECT_EQ(message.not_understood.types()[0], 0x7777);
}

TEST(Message, UnknownAttributesAreBounded) {
  Bytes buffer(kMaxMessage);
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  for (uint16_t i = 0; i < 1000; ++i) builder.attribute(static_cast<uint16_t>(0x7000 + i), {});
  const auto message = Message::parse(builder.finish().value()).value();
  EXPECT_EQ(message.not_understood.types().size(), TypeList::kCapacity);
}

TEST(Message, FirstOfTwoCounts) {
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  builder.username("first:x");
  builder.username("second:x");
  const auto packet = builder.finish().value();
  EXPECT_EQ(Message::parse(packet).value().username, "first:x");
  EXPECT_EQ(peek_local_ufrag(packet), "first");
}

TEST(Message, WrongValuesAreMalformed) {
  const auto parses = [](uint16_t type, const Bytes& value) {
    std::array<uint8_t, 2000> buffer;
    MessageBuilder builder(buffer, Class::request, kBinding, {});
    builder.attribute(type, value);
    return Message::parse(builder.finish().value()).has_value();
  };
  EXPECT_FALSE(parses(0x0024, hex("000000")));            // PRIORITY
  EXPECT_FALSE(parses(0x802a, hex("00000000")));          // ICE-CONTROLLING
  EXPECT_FALSE(parses(0x0025, hex("00")));                // USE-CANDIDATE
  EXPECT_FALSE(parses(0x0020, hex("0001a147e112")));      // cut
  EXPECT_FALSE(parses(0x0020, hex("0003a147e112a643")));  // family
  EXPECT_FALSE(parses(0x0020, hex("0002a147e112a643")));  // v6 with a v4 address
  EXPECT_FALSE(parses(0x0009, hex("000002ff")));          // class 2
  EXPECT_FALSE(parses(0x0009, hex("00000464")));          // number 100
  EXPECT_FALSE(parses(0x000a, hex("000102")));            // half a type
  EXPECT_FALSE(parses(0x0006, Bytes(514, 'a')));          // USERNAME
  EXPECT_FALSE(parses(0x0008, hex("00")));                // MESSAGE-INTEGRITY
  EXPECT_TRUE(parses(0x0006, Bytes(513, 'a')));
}

TEST(Message, NoIntegrityMatchesNothing) {
  std::array<uint8_t, 200> buffer;
  MessageBuilder builder(buffer, Class::request, kBinding, {});
  EXPECT_FALSE(Message::parse(builder.finish().value()).value().integrity_matches(""));
}

TEST(Username, BothHalvesMustBeThere) {
  EXPECT_EQ(split_username("l:r")->local_ufrag, "l");
  EXPECT_EQ(split_username("l:r:s")->remote_ufrag, "r:s");
  EXPECT_FALSE(split_username(""));
  EXPECT_FALSE(split_username("lr"));
  EXPECT_FALSE(split_username(":r"));
  EXPECT_FALSE(split_username("l:"));
}

TEST(Demux, Rfc7983Ranges) {
  const auto kind = [](uint8_t first, uint8_t second) {
    return classify(std::array<uint8_t, 2>{first, second});
  };
  EXPECT_EQ(kind(0, 1), PacketKind::stun);
  EXPECT_EQ(kind(3, 1), PacketKind::stun);
  EXPECT_EQ(kind(4, 1), PacketKind::other);
  EXPECT_EQ(kind(16, 1), PacketKind::other);
  EXPECT_EQ(kind(20, 0xfe), PacketKind::dtls);
  EXPECT_EQ(kind(63, 0xfe), PacketKind::dtls);
  EXPECT_EQ(kind(64, 0), PacketKind::other);
  EXPECT_EQ(kind(128, 0), PacketKind::rtp);
  EXPECT_EQ(kind(191, 111), PacketKind::rtp);
  EXPECT_EQ(kind(128, 0x80 | 111), PacketKind::rtp);
  EXPECT_EQ(kind(128, 191), PacketKind::rtp);
  EXPECT_EQ(kind(128, 192), PacketKind::rtcp);
  EXPECT_EQ(kind(129, 200), PacketKind::rtcp);
  EXPECT_EQ(kind(129, 223), PacketKind::rtcp);
  EXPECT_EQ(kind(129, 224), PacketKind::rtp);
  EXPECT_EQ(kind(192, 0), PacketKind::other);
  EXPECT_EQ(classify({}), PacketKind::other);
  EXPECT_TRUE(looks_like_stun(kSampleV4));
}

}  // namespace
}  // namespace viaduct::stun
