#include "transport/srtp/context.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "transport/srtp/packet_cipher.h"
#include "transport/srtp/replay_window.h"

namespace viaduct::srtp {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr size_t kRtpHeader = 12;
constexpr size_t kRtcpHeader = 8;
constexpr size_t kRtcpIndex = 4;  // behind what is encrypted (RFC 3711 §3.4)
constexpr uint32_t kRtcpEncrypted = 0x80000000;
// A key's life in packets (RFC 3711 §9.2).
constexpr uint64_t kMaxRtpIndex = (uint64_t{1} << 48) - 1;
constexpr uint64_t kMaxRtcpIndex = (uint64_t{1} << 31) - 1;

constexpr Error kWrongLength{Errc::malformed, "SRTP key of the wrong length"};
constexpr Error kTooManyStreams{Errc::exhausted, "too many SRTP streams"};
constexpr Error kReplayed{Errc::conflict, "SRTP packet replayed"};
constexpr Error kWrongTag{Errc::unauthorised, "SRTP authentication failed"};
constexpr Error kNotSrtp{Errc::malformed, "not an SRTP packet"};
constexpr Error kKeyUsedUp{Errc::exhausted, "SRTP key used up"};

uint32_t word_at(std::span<const uint8_t> packet, size_t offset) {
  return base::ByteReader(packet.subspan(offset, 4)).u32();
}
uint16_t sequence_of(std::span<const uint8_t> packet) {
  return static_cast<uint16_t>(packet[2] << 8 | packet[3]);
}

// Fixed header, CSRCs and extension (RFC 3550 §5.1): what is authenticated but not encrypted. 0
// when the packet ends within it.
size_t header_size(std::span<const uint8_t> packet) {
  if (packet.size() < kRtpHeader) return 0;
  size_t size = kRtpHeader + 4 * size_t{packet[0] & 15u};
  if (packet[0] & 0x10) {
    if (packet.size() < size + 4) return 0;
    size += 4 + 4 * size_t{word_at(packet, size) & 0xffff};
  }
  return size <= packet.size() ? size : 0;
}

struct Stream {
  uint32_t ssrc = 0;
  ReplayWindow rtp;
  ReplayWindow rtcp;
  uint64_t next_rtcp = 0;  // of ours
};

// One direction: its ciphers and the streams seen under them.
struct Direction {
  PacketCipher rtp;
  PacketCipher rtcp;
  std::vector<uint8_t> mki;  // each packet names its key by it (RFC 3711 §3.1); empty: none does
  std::vector<Stream> streams;  // a few: searched one by one

  static Result<Direction> create(Profile profile, const MasterKey& key) {
    auto rtp = PacketCipher::create(profile, key, PacketKind::rtp);
    auto rtcp = PacketCipher::create(profile, key, PacketKind::rtcp);
    if (!rtp || !rtcp) return Error{Errc::unsupported, "OpenSSL cannot do this SRTP profile"};
    Direction out{std::move(*rtp), std::move(*rtcp), key.mki, {}};
    out.streams.reserve(2);
    return out;
  }
  Stream* find(uint32_t ssrc) {
    const auto it = std::ranges::find(streams, ssrc, &Stream::ssrc);
    return it == streams.end() ? nullptr : &*it;
  }
  bool is_named(std::span<const uint8_t> packet_mki) const {
    return std::ranges::equal(packet_mki, mki);
  }
  Stream& open(uint32_t ssrc) {
    if (Stream* const known = find(ssrc)) return *known;
    return streams.emplace_back(Stream{.ssrc = ssrc, .rtp = {}, .rtcp = {}});
  }
};

// What stands behind the ciphertext: with HMAC the RTCP index, the MKI and the tag, with GCM the
// tag, the index and the MKI (RFC 3711 §3.1 and §3.4, RFC 7714 §8.2 and §9).
struct Trailer {
  size_t tag_at, index_at, mki_at, end;
};
Trailer trailer_of(const PacketCipher& cipher, size_t length, size_t mki, PacketKind kind) {
  const size_t tag = cipher.tag_size();
  const size_t index = kind == PacketKind::rtcp ? kRtcpIndex : 0;
  const size_t index_at = cipher.is_aead() ? length + tag : length;
  const size_t mki_at = index_at + index;
  return {cipher.is_aead() ? length : mki_at + mki, index_at, mki_at, length + tag + index + mki};
}

bool fits(std::span<const uint8_t> buffer, size_t length, size_t header) {
  return length >= header && length <= buffer.size() &&
         length <= std::numeric_limits<uint16_t>::max() && buffer[0] >> 6 == 2;
}

}  // namespace

struct Context::State {
  Profile profile;
  Direction send;
  Direction receive;
  size_t max_streams;
  Counters counters{};

  // Whether a stream of this number may be opened, or is.
  bool has_room(Direction& direction, uint32_t ssrc) const {
    return direction.find(ssrc) || direction.streams.size() < max_streams;
  }
  Error count(const Error& error) {
    if (error.code == Errc::unauthorised) ++counters.authentication_failed;
    else if (error.code == Errc::conflict) ++counters.replayed;
    else ++counters.malformed;
    return error;
  }
};

Context::Context(std::unique_ptr<State> state) : state_(std::move(state)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<Context> Context::create(const Keys& keys, size_t max_streams) {
  const size_t size = key_size(keys.profile) + salt_size(keys.profile);
  const MasterKey& send = keys.send.reveal();
  const MasterKey& receive = keys.receive.reveal();
  if (send.key_and_salt.size() != size || receive.key_and_salt.size() != size || !send.mki.empty())
    return kWrongLength;
  auto sending = Direction::create(keys.profile, send);
  auto receiving = Direction::create(keys.profile, receive);
  if (!sending) return sending.error();
  if (!receiving) return receiving.error();
  return Context(std::make_unique<State>(
      State{keys.profile, std::move(*sending), std::move(*receiving), max_streams}));
}

Result<void> Context::renew_receive(const base::Secret<MasterKey>& key) {
  const Profile profile = state_->profile;
  if (key.reveal().key_and_salt.size() != key_size(profile) + salt_size(profile))
    return kWrongLength;
  auto receiving = Direction::create(profile, key.reveal());
  if (!receiving) return receiving.error();
  state_->receive = std::move(*receiving);
  return {};
}

Result<size_t> Context::protect_rtp(std::span<uint8_t> buffer, size_t length) {
  if (!fits(buffer, length, kRtpHeader)) return kNotSrtp;
  if (buffer.size() - length < kTrailer)
    return Error{Errc::too_large, "no room for the SRTP trailer"};
  const size_t header = header_size(buffer.first(length));
  if (header == 0) return kNotSrtp;
  Direction& direction = state_->send;
  const uint32_t ssrc = word_at(buffer, 8);
  if (!state_->has_room(direction, ssrc)) return kTooManyStreams;
  Stream& stream = direction.open(ssrc);
  const auto index = stream.rtp.index_of(sequence_of(buffer));
  // Two packets under one index would give away both (RFC 7714 §10).
  if (!index || stream.rtp.contains(*index)) return kReplayed;
  if (*index > kMaxRtpIndex) return kKeyUsedUp;
  const size_t tag = direction.rtp.tag_size();
  if (!direction.rtp.seal({ssrc, *index}, buffer.first(header),
                          buffer.subspan(header, length - header), buffer.subspan(length, tag)))
    return kNotSrtp;
  stream.rtp.insert(*index);
  ++state_->counters.protected_packets;
  return length + tag;
}

Result<size_t> Context::unprotect_rtp(std::span<uint8_t> packet) {
  Direction& direction = state_->receive;
  const size_t extra = trailer_of(direction.rtp, 0, direction.mki.size(), PacketKind::rtp).end;
  if (!fits(packet, packet.size(), kRtpHeader + extra)) return state_->count(kNotSrtp);
  const size_t length = packet.size() - extra;
  const auto at = trailer_of(direction.rtp, length, direction.mki.size(), PacketKind::rtp);
  if (!direction.is_named(packet.subspan(at.mki_at, direction.mki.size())))
    return state_->count(kWrongTag);
  const size_t header = header_size(packet.first(length));
  if (header == 0) return state_->count(kNotSrtp);
  const uint32_t ssrc = word_at(packet, 8);
  if (!state_->has_room(direction, ssrc)) return state_->count(kTooManyStreams);
  const Stream* const known = direction.find(ssrc);
  const ReplayWindow& window = known ? known->rtp : ReplayWindow{};
  const auto index = window.index_of(sequence_of(packet));
  if (!index || window.contains(*index)) return state_->count(kReplayed);
  if (!direction.rtp.open({ssrc, *index}, packet.first(header),
                          packet.subspan(header, length - header),
                          packet.subspan(at.tag_at, direction.rtp.tag_size())))
    return state_->count(kWrongTag);
  direction.open(ssrc).rtp.insert(*index);
  ++state_->counters.unprotected_packets;
  return length;
}

Result<size_t> Context::protect_rtcp(std::span<uint8_t> buffer, size_t length) {
  if (!fits(buffer, length, kRtcpHeader)) return kNotSrtp;
  if (buffer.size() - length < kTrailer)
    return Error{Errc::too_large, "no room for the SRTP trailer"};
  Direction& direction = state_->send;
  const uint32_t ssrc = word_at(buffer, 4);
  if (!state_->has_room(direction, ssrc)) return kTooManyStreams;
  Stream& stream = direction.open(ssrc);
  if (stream.next_rtcp > kMaxRtcpIndex) return kKeyUsedUp;
  const auto at = trailer_of(direction.rtcp, length, 0, PacketKind::rtcp);
  base::ByteWriter(buffer.subspan(at.index_at, kRtcpIndex))
      .u32(static_cast<uint32_t>(stream.next_rtcp) | kRtcpEncrypted);
  if (!direction.rtcp.seal({ssrc, stream.next_rtcp}, buffer.first(kRtcpHeader),
                           buffer.subspan(kRtcpHeader, length - kRtcpHeader),
                           buffer.subspan(at.tag_at, direction.rtcp.tag_size())))
    return kNotSrtp;
  ++stream.next_rtcp;
  ++state_->counters.protected_packets;
  return at.end;
}

Result<size_t> Context::unprotect_rtcp(std::span<uint8_t> packet) {
  Direction& direction = state_->receive;
  const size_t mki = direction.mki.size();
  const size_t extra = trailer_of(direction.rtcp, 0, mki, PacketKind::rtcp).end;
  if (!fits(packet, packet.size(), kRtcpHeader + extra)) return state_->count(kNotSrtp);
  const size_t length = packet.size() - extra;
  const auto at = trailer_of(direction.rtcp, length, mki, PacketKind::rtcp);
  if (!direction.is_named(packet.subspan(at.mki_at, mki))) return state_->count(kWrongTag);
  const uint32_t word = word_at(packet, at.index_at);
  // Reports in the clear were never agreed to.
  if (!(word & kRtcpEncrypted)) return state_->count(kNotSrtp);
  const uint64_t index = word & ~kRtcpEncrypted;
  const uint32_t ssrc = word_at(packet, 4);
  if (!state_->has_room(direction, ssrc)) return state_->count(kTooManyStreams);
  const Stream* const known = direction.find(ssrc);
  if (known && known->rtcp.contains(index)) return state_->count(kReplayed);
  if (!direction.rtcp.open({ssrc, index}, packet.first(kRtcpHeader),
                           packet.subspan(kRtcpHeader, length - kRtcpHeader),
                           packet.subspan(at.tag_at, direction.rtcp.tag_size())))
    return state_->count(kWrongTag);
  direction.open(ssrc).rtcp.insert(index);
  ++state_->counters.unprotected_packets;
  return length;
}

const Counters& Context::counters() const { return state_->counters; }

}  // namespace viaduct::srtp
