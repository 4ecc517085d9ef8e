#include "transport/dtls/openssl_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

#include "transport/dtls/testing/engine_pair.h"

namespace viaduct::dtls {
namespace {

using std::chrono::milliseconds;
using testing::Identity;
using testing::openssl_identity;
using testing::Pair;

TEST(Certificate, HasAFingerprintOfItsOwn) {
  const auto one = openssl_identity(), other = openssl_identity();
  EXPECT_EQ(one.print.algorithm, "sha-256");
  EXPECT_EQ(one.print.digest.size(), 32u);
  EXPECT_NE(one.print.digest, other.print.digest);
}

TEST(OpensslEngine, KeepsDatagramsUnderTheMtu) {
  Pair pair(openssl_identity(), openssl_identity());
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.client.keys && pair.server.keys);
  EXPECT_LE(pair.client.largest, 1200u);
  EXPECT_LE(pair.server.largest, 1200u);
}

// RFC 6347 §4.1, §4.2.2: a record is type, version, epoch, sequence, length; a handshake fragment
// in it is type, whole length, message number, offset, length.
constexpr size_t kRecordHeader = 13;
constexpr size_t kHandshakeHeader = 12;

void put_u24(std::vector<uint8_t>& bytes, size_t at, size_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 16);
  bytes[at + 1] = static_cast<uint8_t>(value >> 8);
  bytes[at + 2] = static_cast<uint8_t>(value);
}

// The one-record ClientHello as `pieces` datagrams.
std::deque<std::vector<uint8_t>> cut_hello(const std::vector<uint8_t>& hello, size_t pieces) {
  const size_t headers = kRecordHeader + kHandshakeHeader;
  const size_t size = hello.size() - headers;
  std::deque<std::vector<uint8_t>> out;
  for (size_t i = 0; i < pieces; ++i) {
    const size_t begin = size * i / pieces, end = size * (i + 1) / pieces;
    std::vector<uint8_t> piece(hello.begin(), hello.begin() + headers);
    const auto body = hello.begin() + headers;
    piece.insert(piece.end(), body + static_cast<long>(begin), body + static_cast<long>(end));
    piece[10] = static_cast<uint8_t>(i);
    piece[11] = static_cast<uint8_t>((kHandshakeHeader + end - begin) >> 8);
    piece[12] = static_cast<uint8_t>(kHandshakeHeader + end - begin);
    put_u24(piece, kRecordHeader + 6, begin);
    put_u24(piece, kRecordHeader + 9, end - begin);
    out.push_back(std::move(piece));
  }
  return out;
}

// What the client sends in clear after the cut hello must not reuse its sequence numbers.
void renumber_clear_records(std::vector<uint8_t>& datagram, uint8_t shift) {
  for (size_t at = 0; at + kRecordHeader <= datagram.size();) {
    const bool clear = datagram[at + 3] == 0 && datagram[at + 4] == 0;
    if (clear) datagram[at + 10] = static_cast<uint8_t>(datagram[at + 10] + shift);
    at += kRecordHeader + static_cast<size_t>(datagram[at + 11] << 8 | datagram[at + 12]);
  }
}

// A browser with a post-quantum key share says hello in several datagrams, in any order.
TEST(OpensslEngine, PutsAClientHelloOfSeveralDatagramsTogether) {
  for (const bool reversed : {false, true}) {
    Pair pair(openssl_identity(), openssl_identity());
    bool cut = false;
    pair.disturb = [&](const testing::Side& from, auto& wire) {
      if (wire.empty() || &from != &pair.client) return;
      if (!cut) {
        ASSERT_EQ(wire.size(), 1u);
        wire = cut_hello(wire.front(), 3);
        if (reversed) std::reverse(wire.begin(), wire.end());
      } else {
        for (auto& datagram : wire) renumber_clear_records(datagram, 2);
      }
      cut = true;
    };
    pair.start();
    pair.run();
    EXPECT_TRUE(pair.client.keys && pair.server.keys) << (reversed ? "reversed" : "in order");
  }
}

TEST(OpensslEngine, CutsItsOwnFlightsToTheMtu) {
  Options narrow;
  narrow.mtu = 228;  // OpenSSL's least is 208
  Pair pair(openssl_identity(narrow), openssl_identity(narrow));
  pair.start();
  pair.run();
  EXPECT_GT(pair.client.sent, 3u);
  EXPECT_LE(pair.client.largest, 228u);
  EXPECT_LE(pair.server.largest, 228u);
  EXPECT_TRUE(pair.client.keys && pair.server.keys);
}

TEST(OpensslEngine, DoesNotMindDoubledDatagrams) {
  Pair pair(openssl_identity(), openssl_identity());
  int rounds = 0;
  pair.disturb = [&](const testing::Side&, auto& wire) {
    if (++rounds > 8 || wire.empty()) return;
    wire.push_back(wire.front());
  };
  pair.start();
  pair.run();
  EXPECT_TRUE(pair.client.keys && pair.server.keys);
}

// OpenSSL's timer runs on the machine's clock: this test alone really waits, some 20 ms a loss.
TEST(OpensslEngine, SendsALostFlightAgain) {
  Options quick;
  quick.first_retransmission = milliseconds(20);
  for (size_t lost = 0; lost < 4; ++lost) {
    Pair pair(openssl_identity(quick), openssl_identity(quick));
    pair.lost = [lost](size_t index) { return index == lost; };
    pair.start();
    const auto begin = std::chrono::steady_clock::now();
    const base::TimePoint virtual_begin = pair.now;
    while (!pair.client.keys || !pair.server.keys) {
      const auto elapsed = std::chrono::steady_clock::now() - begin;
      ASSERT_LT(elapsed, std::chrono::seconds(10)) << lost;
      pair.now = virtual_begin + elapsed;
      if (pair.now >= pair.client.engine->next_timeout())
        pair.client.engine->handle_timeout(pair.now);
      if (pair.now >= pair.server.engine->next_timeout())
        pair.server.engine->handle_timeout(pair.now);
      pair.run();
    }
    // A few repetitions (more than one each only when the machine is slow), not a burst.
    EXPECT_LE(pair.client.sent + pair.server.sent, 40u) << lost;
  }
}

// Virtual time alone must not make the engine repeat itself: OpenSSL's clock has not moved.
TEST(OpensslEngine, LooksAgainLaterWhenOpensslsClockLagsBehind) {
  Options slow;
  slow.first_retransmission = milliseconds(5000);
  slow.last_retransmission = milliseconds(5000);
  Pair pair(openssl_identity(slow), openssl_identity(slow));
  pair.lost = [](size_t) { return true; };
  pair.start();
  pair.run();
  const size_t sent = pair.client.sent;
  pair.now = pair.client.engine->next_timeout();
  pair.client.engine->handle_timeout(pair.now);
  pair.run();
  EXPECT_EQ(pair.client.sent, sent);
  EXPECT_GT(pair.client.engine->next_timeout(), pair.now);
  EXPECT_NE(pair.client.engine->next_timeout(), base::kNever);
}

TEST(OpensslEngine, BoundsWhatWaitsToBeSent) {
  Options options;
  options.max_pending_datagrams = 1;
  options.mtu = 228;
  Pair pair(openssl_identity(options), openssl_identity());
  pair.client.engine->start(pair.now);
  pair.lost = [](size_t) { return true; };
  pair.run();
  EXPECT_EQ(pair.client.sent, 1u);
}

}  // namespace
}  // namespace viaduct::dtls
