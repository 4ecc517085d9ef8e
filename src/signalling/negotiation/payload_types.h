// Payload types: what a peer's numbers mean, and which numbers we give.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "signalling/negotiation/types.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

inline constexpr size_t kPayloadTypes = 128;

// The codec a peer's section gives to `payload_type`: by its rtpmap, or by RFC 3551 for the static
// ones. Spelling that says the same is made the same: "OPUS/48000" is kOpus, G722/16000 is kG722.
// Nothing for what we do not know; comfort noise is not read, we never use it.
std::optional<Codec> codec_of(const sdp::Media& media, uint8_t payload_type);

// What we ask of a sender of `codec`, behind "a=fmtp:<pt> "; empty for most.
std::string fmtp_for(const Codec& codec, bool webrtc);

// The numbers of one leg, kept for its whole life (RFC 3264 §8.3.2): a number never changes its
// meaning, and a number the peer has used for anything is never taken for something else.
class PayloadTypes {
 public:
  // The number `codec` has in this leg; chosen now if it has none yet.
  uint8_t of(const Codec& codec);
  // An answer took over the offerer's numbers. `named` are all those its section mentions.
  void learn(std::span<const Format> offered, const std::bitset<kPayloadTypes>& named);
  // Numbers the peer uses for its own side: none of them is chosen anew.
  void avoid(const std::bitset<kPayloadTypes>& named) { foreign_ |= named; }

 private:
  bool is_mapped(uint8_t number) const;
  uint8_t choose(const Codec& codec) const;

  std::vector<std::pair<Codec, uint8_t>> numbers_;
  std::bitset<kPayloadTypes> foreign_;  // named by the peer
};

}  // namespace viaduct::negotiation
