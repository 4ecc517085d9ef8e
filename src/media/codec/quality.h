// How good a conversation sounds over a network: the E-model of ITU-T G.107, with the default
// values for all that is no packet network, so that R = 93.2 - Id - Ie,eff.
#pragma once

#include "base/time.h"
#include "media/codec/codec.h"

namespace viaduct::codec {

struct NetworkQuality {
  double lost_percent = 0;
  // Mouth to ear; see mouth_to_ear().
  base::Duration delay{};
};

// What a listener waits for: half of the round trip, a jitter buffer of twice the jitter, and one
// packet each to be collected and to be decoded.
base::Duration mouth_to_ear(base::Duration round_trip, base::Duration jitter, base::Duration ptime);

// The transmission rating R, 0-93.2. The codec counts by its Ie and Bpl (G.107 §7.4, G.113 Appendix
// I), losses taken as independent (BurstR 1):
//   G.711 with concealment 0 and 25.1, the published values. L16 the same: it is linear G.711.
//   G.722 and Opus have none on this narrowband scale. They are given Ie 0, as no network makes
//   them worse than G.711, and the Bpl of concealed G.711 and, for Opus, whose concealment and
//   in-band FEC hold out longer, 30. Their wider band earns no bonus: 4.4 is the best any codec
//   gets here.
double rating(Kind kind, const NetworkQuality& network);

// MOS-CQE of a rating (G.107 Annex B), 1.0-4.5.
double mos_of(double rating);

}  // namespace viaduct::codec
