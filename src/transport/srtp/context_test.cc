#include "transport/srtp/context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/encoding.h"

namespace viaduct::srtp {
namespace {

using base::Errc;

std::vector<uint8_t> exported(Profile profile) {
  std::vector<uint8_t> bytes(exported_size(profile));
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 7 + 1);
  return bytes;
}

Context make_context(Profile profile, bool client, size_t max_streams = 64) {
  auto context = Context::create(split_exported(profile, exported(profile), client), max_streams);
  EXPECT_TRUE(context.has_value());
  return std::move(*context);
}

struct Packet {
  std::array<uint8_t, 400> buffer{};
  size_t length = 0;
  std::span<uint8_t> span() { return {buffer.data(), length}; }
};

Packet make_rtp(uint16_t sequence, uint32_t ssrc = 0x11223344) {
  Packet packet;
  packet.length = 172;
  const uint8_t header[] = {0x80,
                            0,
                            static_cast<uint8_t>(sequence >> 8),
                            static_cast<uint8_t>(sequence),
                            0,
                            0,
                            0,
                            9,
                            static_cast<uint8_t>(ssrc >> 24),
                            static_cast<uint8_t>(ssrc >> 16),
                            static_cast<uint8_t>(ssrc >> 8),
                            static_cast<uint8_t>(ssrc)};
  std::copy(std::begin(header), std::end(header), packet.buffer.begin());
  for (size_t i = 12; i < packet.length; ++i) packet.buffer[i] = static_cast<uint8_t>(i);
  return packet;
}

// A receiver report without blocks (RFC 3550 §6.4.2).
Packet make_rtcp() {
  Packet packet;
  packet.length = 8;
  const uint8_t bytes[] = {0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44};
  std::copy(std::begin(bytes), std::end(bytes), packet.buffer.begin());
  return packet;
}

void protect(Context& context, Packet& packet) {
  const auto size = context.protect_rtp(packet.buffer, packet.length);
  ASSERT_TRUE(size.has_value()) << size.error().what;
  packet.length = *size;
}

class EachProfile : public testing::TestWithParam<Profile> {};
INSTANTIATE_TEST_SUITE_P(Srtp, EachProfile,
                         testing::Values(Profile::aes128_cm_sha1_80, Profile::aes128_cm_sha1_32,
                                         Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm),
                         [](const auto& param) { return std::string(profile_name(param.param)); });

size_t tag_size(Profile profile) {
  if (profile == Profile::aes128_cm_sha1_80) return 10;
  return profile == Profile::aes128_cm_sha1_32 ? 4 : 16;
}

TEST_P(EachProfile, CarriesRtpBothWays) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  for (auto [from, to] : {std::pair{&client, &server}, std::pair{&server, &client}}) {
    Packet packet = make_rtp(100);
    const Packet plain = packet;
    protect(*from, packet);
    EXPECT_EQ(packet.length, plain.length + tag_size(GetParam()));
    EXPECT_FALSE(std::equal(packet.buffer.begin() + 12, packet.buffer.begin() + 172,
                            plain.buffer.begin() + 12));
    const auto size = to->unprotect_rtp(packet.span());
    ASSERT_TRUE(size.has_value());
    ASSERT_EQ(*size, plain.length);
    EXPECT_TRUE(std::equal(plain.buffer.begin(), plain.buffer.begin() + plain.length,
                           packet.buffer.begin()));
  }
  EXPECT_EQ(server.counters().unprotected_packets, 1u);
  EXPECT_EQ(server.counters().protected_packets, 1u);
}

TEST_P(EachProfile, CarriesRtcp) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  Packet packet = make_rtcp();
  auto size = client.protect_rtcp(packet.buffer, packet.length);
  ASSERT_TRUE(size.has_value());
  packet.length = *size;
  EXPECT_GT(packet.length, 8u);
  EXPECT_LE(packet.length, 8u + kTrailer);
  size = server.unprotect_rtcp(packet.span());
  ASSERT_TRUE(size.has_value());
  EXPECT_EQ(*size, 8u);
}

TEST_P(EachProfile, RefusesAChangedPacketAndThenTakesTheTrueOne) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  Packet packet = make_rtp(1);
  protect(client, packet);
  for (size_t at : {size_t{1}, size_t{5}, size_t{40}, packet.length - 1}) {
    Packet changed = packet;
    changed.buffer[at] ^= 1;
    const auto size = server.unprotect_rtp(changed.span());
    ASSERT_FALSE(size.has_value()) << at;
    EXPECT_EQ(size.error().code, Errc::unauthorised) << at;
  }
  EXPECT_EQ(server.counters().authentication_failed, 4u);
  EXPECT_TRUE(server.unprotect_rtp(packet.span()).has_value());
}

TEST_P(EachProfile, RefusesReplay) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  Packet packet = make_rtp(1);
  protect(client, packet);
  Packet copy = packet;
  ASSERT_TRUE(server.unprotect_rtp(packet.span()).has_value());
  const auto size = server.unprotect_rtp(copy.span());
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().code, Errc::conflict);
  EXPECT_EQ(server.counters().replayed, 1u);
}

TEST_P(EachProfile, FollowsTheSequenceNumberRoundItsEnd) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  for (uint32_t sequence = 65500; sequence < 65536 + 100; ++sequence) {
    Packet packet = make_rtp(static_cast<uint16_t>(sequence));
    protect(client, packet);
    ASSERT_TRUE(server.unprotect_rtp(packet.span()).has_value()) << sequence;
  }
}

TEST_P(EachProfile, TakesPacketsOutOfOrderAcrossTheWrap) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  Packet before = make_rtp(65534), last = make_rtp(65535), after = make_rtp(0);
  protect(client, before);
  protect(client, last);
  protect(client, after);
  EXPECT_TRUE(server.unprotect_rtp(before.span()).has_value());
  EXPECT_TRUE(server.unprotect_rtp(after.span()).has_value());
  EXPECT_TRUE(server.unprotect_rtp(last.span()).has_value());
}

// A re-INVITE with a new key of the far side, after its sequence numbers went round.
TEST_P(EachProfile, ARenewedKeyCountsAnewAndOursGoesOn) {
  Context client = make_context(GetParam(), true);
  Context server = make_context(GetParam(), false);
  for (Context* each : {&client, &server})
    for (uint32_t sequence = 65000; sequence < 66000; ++sequence) {
      Packet packet = make_rtp(static_cast<uint16_t>(sequence));
      protect(*each, packet);
      Context& other = each == &client ? server : client;
      ASSERT_TRUE(other.unprotect_rtp(packet.span()).has_value());
    }
  std::vector<uint8_t> bytes = exported(GetParam());
  for (uint8_t& byte : bytes) byte ^= 0x55;
  const Keys fresh = split_exported(GetParam(), bytes, false);
  Keys theirs = split_exported(GetParam(), exported(GetParam()), true);
  theirs.send = fresh.receive;
  Context renewed = *Context::create(theirs);
  ASSERT_TRUE(server.renew_receive(fresh.receive));
  Packet under_new = make_rtp(500), under_old = make_rtp(501), ours = make_rtp(500);
  protect(renewed, under_new);
  EXPECT_TRUE(server.unprotect_rtp(under_new.span()).has_value());
  protect(client, under_old);
  EXPECT_FALSE(server.unprotect_rtp(under_old.span()).has_value());
  protect(server, ours);
  EXPECT_TRUE(client.unprotect_rtp(ours.span()).has_value()) << "one rollover is behind it";
}

TEST_P(EachProfile, TakesAnMkiOff) {
  Context client = make_context(GetParam(), true);
  Keys keys = split_exported(GetParam(), exported(GetParam()), false);
  keys.receive = base::Secret(MasterKey{keys.receive.reveal().key_and_salt, {0, 0, 0, 1}});
  Context server = *Context::create(keys);
  // Behind the tag of GCM, before that of HMAC (RFC 3711 §3.1, RFC 7714 §8).
  Packet packet = make_rtp(1), wrong = make_rtp(2), without = make_rtp(3);
  const auto with_mki = [&](Packet& p, uint8_t mki) {
    protect(client, p);
    const size_t behind = tag_size(GetParam()) == 16 ? 0 : tag_size(GetParam());
    const auto at = p.buffer.begin() + static_cast<ptrdiff_t>(p.length - behind);
    std::move_backward(at, at + static_cast<ptrdiff_t>(behind),
                       at + static_cast<ptrdiff_t>(behind) + 4);
    std::fill(at, at + 3, uint8_t{0});
    at[3] = mki;
    p.length += 4;
  };
  with_mki(packet, 1);
  const auto size = server.unprotect_rtp(packet.span());
  ASSERT_TRUE(size.has_value()) << size.error().what;
  EXPECT_EQ(*size, 172u);
  with_mki(wrong, 2);
  EXPECT_EQ(server.unprotect_rtp(wrong.span()).error().code, Errc::unauthorised);
  protect(client, without);
  EXPECT_FALSE(server.unprotect_rtp(without.span()).has_value());
}

TEST_P(EachProfile, RefusesWhatIsTooShortOrNotRtp) {
  Context server = make_context(GetParam(), false);
  std::array<uint8_t, 64> bytes{};
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(server.unprotect_rtp(std::span(bytes).first(size)).has_value());
    EXPECT_FALSE(server.unprotect_rtcp(std::span(bytes).first(size)).has_value());
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    bytes.fill(0);
    bytes[0] = 0x9f;  // fifteen CSRCs and an extension, cut at every length
    EXPECT_FALSE(server.unprotect_rtp(std::span(bytes).first(size)).has_value()) << size;
    bytes[0] = 0x80;
    bytes[1] = 201;
    EXPECT_FALSE(server.unprotect_rtcp(std::span(bytes).first(size)).has_value()) << size;
  }
  EXPECT_EQ(server.counters().unprotected_packets, 0u);
}

TEST(SrtpContext, NeedsRoomForTheTrailer) {
  Context client = make_context(Profile::aead_aes_128_gcm, true);
  Packet packet = make_rtp(1);
  const auto size = client.protect_rtp(std::span(packet.buffer).first(packet.length + kTrailer - 1),
                                       packet.length);
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().code, Errc::too_large);
  EXPECT_TRUE(
      client.protect_rtp(std::span(packet.buffer).first(packet.length + kTrailer), packet.length)
          .has_value());
}

TEST(SrtpContext, BoundsTheStreamsOfAFarSide) {
  Context client = make_context(Profile::aead_aes_128_gcm, true);
  Context server = make_context(Profile::aead_aes_128_gcm, false, 2);
  for (uint32_t ssrc : {1u, 2u, 1u, 2u}) {
    static uint16_t sequence = 0;
    Packet packet = make_rtp(++sequence, ssrc);
    protect(client, packet);
    EXPECT_TRUE(server.unprotect_rtp(packet.span()).has_value());
  }
  Packet third = make_rtp(9, 3);
  protect(client, third);
  const auto size = server.unprotect_rtp(third.span());
  ASSERT_FALSE(size.has_value());
  EXPECT_EQ(size.error().code, Errc::exhausted);
}

TEST(SrtpContext, RefusesKeysOfTheWrongLength) {
  Keys keys = split_exported(Profile::aead_aes_128_gcm, exported(Profile::aead_aes_128_gcm), true);
  keys.profile = Profile::aes128_cm_sha1_80;
  EXPECT_EQ(Context::create(keys).error().code, Errc::malformed);
}

// RFC 5764 §4.2: client key, server key, client salt, server salt.
TEST(SrtpKeys, AreSplitInTheOrderOfTheRfc) {
  const std::vector<uint8_t> material = *base::hex_decode(
      "00000000000000000000000000000000"
      "11111111111111111111111111111111"
      "222222222222222222222222"
      "333333333333333333333333");
  const Keys client = split_exported(Profile::aead_aes_128_gcm, material, true);
  EXPECT_EQ(base::hex_encode(client.send.reveal().key_and_salt),
            "00000000000000000000000000000000222222222222222222222222");
  EXPECT_EQ(base::hex_encode(client.receive.reveal().key_and_salt),
            "11111111111111111111111111111111333333333333333333333333");
  const Keys server = split_exported(Profile::aead_aes_128_gcm, material, false);
  EXPECT_EQ(server.send.reveal().key_and_salt, client.receive.reveal().key_and_salt);
  EXPECT_EQ(server.receive.reveal().key_and_salt, client.send.reveal().key_and_salt);
}

}  // namespace
}  // namespace viaduct::srtp
