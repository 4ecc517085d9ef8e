#include "media/codec/quality.h"

#include <algorithm>

namespace viaduct::codec {
namespace {

struct Impairment {
  double ie = 0;   // equipment impairment without loss
  double bpl = 0;  // robustness against loss
};

Impairment impairment_of(Kind kind) {
  switch (kind) {
    case Kind::opus: return {0, 30};
    case Kind::pcmu:
    case Kind::pcma:
    case Kind::g722:
    case Kind::l16: break;
  }
  return {0, 25.1};
}

// Id of G.107 for echo-free lines, in the linear form of Cole and Rosenbluth: speech becomes a
// discussion by turns above 177 ms.
double delay_impairment(double milliseconds) {
  return 0.024 * milliseconds + 0.11 * std::max(0.0, milliseconds - 177.3);
}

}  // namespace

base::Duration mouth_to_ear(base::Duration round_trip, base::Duration jitter,
                            base::Duration ptime) {
  return round_trip / 2 + jitter * 2 + ptime * 2;
}

double rating(Kind kind, const NetworkQuality& network) {
  const Impairment codec = impairment_of(kind);
  const double lost = std::clamp(network.lost_percent, 0.0, 100.0);
  const double equipment = codec.ie + (95 - codec.ie) * lost / (lost + codec.bpl);
  const double ms = std::chrono::duration<double, std::milli>(network.delay).count();
  return std::clamp(93.2 - delay_impairment(ms) - equipment, 0.0, 93.2);
}

double mos_of(double rating) {
  const double r = std::clamp(rating, 0.0, 100.0);
  return std::max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

}  // namespace viaduct::codec
