// Descriptions as phones and browsers write them, and what they read in the node's: written out by
// hand so that the node's own negotiation is not its own judge.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "signalling/negotiation/types.h"

namespace viaduct::support {

using negotiation::Format;

// Who writes: a phone (plain RTP), or a browser when it has a fingerprint.
struct LocalMedia {
  base::SocketAddress address;
  std::string ufrag, password, fingerprint;  // "sha-256 AA:BB:..."
  bool names_candidates = false;             // of a browser that waited for them
  std::string crypto;  // of a phone with SDES: "1 AES_CM_128_HMAC_SHA1_80 inline:..."
  bool is_browser() const { return !fingerprint.empty(); }
};

// What a phone and a browser can do, telephone-events included.
std::vector<Format> phone_formats();
std::vector<Format> browser_formats();

// `setup`: "actpass" in a browser's offer, "active" in its answer.
std::string print_sdp(const LocalMedia& local, const std::vector<Format>& formats,
                      std::string_view direction, std::string_view setup, int version);

// What the node's description says.
struct RemoteMedia {
  std::vector<Format> formats;
  std::string direction;
  base::SocketAddress address;
  std::string ufrag, password;
  negotiation::Fingerprint fingerprint;
  std::vector<base::SocketAddress> candidates;
  bool ice_lite = false;  // the node; else another browser
  bool is_offer = false;  // setup:actpass
  // Of its AES_CM_128_HMAC_SHA1_80, the one suite our phones know; no key: not offered.
  uint32_t crypto_tag = 0;
  std::vector<uint8_t> crypto_key;

  // The first format that is none of telephone-event.
  const Format* audio() const;
  // The telephone-event with the clock of audio().
  const Format* events() const;
};
// Errors: malformed.
base::Result<RemoteMedia> read_sdp(std::string_view text);

// The first audio format of `offered` that is among `own`, and the telephone-event beside it.
std::vector<Format> choose(const std::vector<Format>& own, const RemoteMedia& offered);

// "sdp PCMU sendrecv", for events.
std::string words_of(const RemoteMedia& media);

}  // namespace viaduct::support
