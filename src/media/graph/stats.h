// What is known of one media session: the same structure for the API, metrics and call records. The
// worker fills it every few seconds and when something happens; see StatsReport in messages.h.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/time.h"
#include "signalling/negotiation/types.h"

namespace viaduct::graph {

// A codec and the payload type it goes under.
struct Coding {
  negotiation::Codec codec;
  uint8_t payload_type = 0;
  friend bool operator==(const Coding&, const Coding&) = default;
};

// What the far side's last report block said of our stream (RFC 3550 §6.4.1).
struct FarReport {
  base::TimePoint at{};
  int64_t lost = 0;         // since the beginning; negative where it counted duplicates
  double lost_percent = 0;  // since its report before
  double jitter_ms = 0;
};

// From us to the far side.
struct SentStats {
  uint64_t packets = 0;
  uint64_t bytes = 0;  // of payload
  double bitrate = 0;  // bit/s of payload, over the last interval of reports
  std::optional<Coding> coding;
  std::optional<base::TimePoint> last_packet;
  std::optional<FarReport> reported;
  std::optional<double> mos;  // how we sound there; nothing without a report
};

struct Rejected {
  uint64_t unknown_payload_type = 0;
  uint64_t malformed = 0;
  uint64_t unauthentic = 0;  // SRTP
  uint64_t replayed = 0;
  uint64_t foreign_source = 0;  // from an address that is not the far side's
  uint64_t early = 0;           // before keys or agreement
  uint64_t total() const {
    return unknown_payload_type + malformed + unauthentic + replayed + foreign_source + early;
  }
};

// From the far side to us.
struct ReceivedStats {
  // Since when packets should come: agreed both ways, transport connected. Nothing on hold.
  std::optional<base::TimePoint> expected_since;
  uint64_t packets = 0;
  uint64_t bytes = 0;  // of payload
  double bitrate = 0;  // bit/s of payload, over the last interval of reports
  uint64_t lost = 0;
  double lost_percent = 0;  // over the last interval of reports
  uint64_t late = 0;
  uint64_t duplicates = 0;
  double jitter_ms = 0;
  std::optional<Coding> coding;  // of the last packet
  bool comfort_noise = false;    // the last packet announced silence (RFC 3389, Opus DTX)
  std::optional<base::TimePoint> last_packet;
  std::optional<base::TimePoint> last_rtcp;
  Rejected rejected;
  std::optional<uint8_t> unknown_payload_type;  // the last that was never agreed
  std::optional<double> mos;                    // how the far side sounds here
};

enum class TransportState : uint8_t { unused, waiting, connected, failed };

struct TransportStats {
  bool webrtc = false;
  base::SocketAddress local;   // where we are reached; the worker does not know: control fills it
  base::SocketAddress remote;  // where we send; port 0 while unknown
  std::optional<base::SocketAddress> foreign;  // that of the last packet of a foreign source
  TransportState ice = TransportState::unused;
  TransportState dtls = TransportState::unused;
  uint64_t checks_answered = 0;
  uint64_t checks_unauthenticated = 0;  // connectivity checks with a wrong password
};

struct SessionStats {
  SentStats sent;
  ReceivedStats received;
  TransportStats transport;
  std::optional<double> round_trip_ms;  // from RTCP
};

}  // namespace viaduct::graph
