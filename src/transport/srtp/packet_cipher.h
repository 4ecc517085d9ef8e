// Encrypts and authenticates the packets of one direction under one set of session keys: RTP's or
// RTCP's (RFC 3711 §4, RFC 7714 §8 and §9). The primitives are OpenSSL's; which packet is which is
// Context's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "transport/srtp/profile.h"

struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;

namespace viaduct::srtp {

enum class PacketKind : uint8_t { rtp, rtcp };

// What makes a packet's keystream its own: never twice the same under one key.
struct PacketId {
  uint32_t ssrc = 0;
  uint64_t index =
      0;  // RTP: rollover counter and sequence, 48 bits; RTCP: the SRTCP index, 31 bits
};

class PacketCipher {
 public:
  // Derives the session keys (RFC 3711 §4.3). `master` has the profile's length. Errors:
  // unsupported (this OpenSSL lacks the cipher).
  static base::Result<PacketCipher> create(Profile profile, const MasterKey& master,
                                           PacketKind kind);
  PacketCipher(PacketCipher&&) noexcept;
  PacketCipher& operator=(PacketCipher&&) noexcept;
  ~PacketCipher();

  size_t tag_size() const { return tag_size_; }
  // The cipher authenticates too (GCM).
  bool is_aead() const { return mac_ == nullptr; }
  // Encrypts `text`, which lies directly behind `head` in the packet, and writes the tag. Never
  // allocates. False: OpenSSL failed.
  bool seal(const PacketId& id, std::span<const uint8_t> head, std::span<uint8_t> text,
            std::span<uint8_t> tag);
  // False: the tag is wrong; then `text` is unspecified.
  bool open(const PacketId& id, std::span<const uint8_t> head, std::span<uint8_t> text,
            std::span<const uint8_t> tag);

 private:
  static constexpr size_t kBlock = 16;
  static constexpr size_t kDigest = 20;  // SHA-1
  using Block = std::array<uint8_t, kBlock>;
  struct FreeCipher {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  struct FreeMac {
    void operator()(evp_mac_ctx_st* context) const;
  };

  PacketCipher() = default;
  Block nonce(const PacketId& id) const;
  std::array<uint8_t, 4> word(const PacketId& id) const;
  bool start(const PacketId& id, std::span<const uint8_t> head, bool encrypt);
  bool crypt(std::span<uint8_t> text);
  bool digest(const PacketId& id, std::span<const uint8_t> head, std::span<const uint8_t> text,
              std::span<uint8_t, kDigest> out);

  std::unique_ptr<evp_cipher_ctx_st, FreeCipher> cipher_;
  std::unique_ptr<evp_mac_ctx_st, FreeMac> mac_;  // none: is_aead()
  Block salt_{};
  size_t salt_size_ = 0;
  size_t tag_size_ = 0;
  PacketKind kind_ = PacketKind::rtp;
};

}  // namespace viaduct::srtp
