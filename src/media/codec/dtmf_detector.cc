#include "media/codec/dtmf_detector.h"

// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/logging.h>
#include <spandsp/queue.h>
#include <spandsp/complex.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/dtmf.h>
// clang-format on

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace viaduct::codec {

namespace {
// Steps of the detector, in samples: 12.75 ms. A digit is known at its second one.
constexpr int64_t kBlock = 102;
// Who does not ask for digits gets no more of them.
constexpr size_t kMostWaiting = 32;
// Below it a digit is an echo of one: the receiver's floor (Q.24: -29 to -36 dBm0 need not be
// heard).
constexpr float kLeastDbm0 = -36;
constexpr float kTwistDb = 8, kReverseTwistDb = 4;

base::Duration length_of(int64_t samples) {
  return base::Duration(samples * 1'000'000'000 / DtmfDetector::kRate);
}
}  // namespace

struct DtmfDetector::State {
  dtmf_rx_state_t* receiver = nullptr;
  int64_t heard = 0;  // samples
  char digit = 0;     // that goes on
  int64_t begin = 0;
  std::deque<Digit> ended;

  State() : receiver(dtmf_rx_init(nullptr, nullptr, nullptr)) {
    VIADUCT_CHECK(receiver != nullptr);
    dtmf_rx_set_realtime_callback(receiver, report, this);
    dtmf_rx_parms(receiver, 0, kTwistDb, kReverseTwistDb, kLeastDbm0);
  }
  ~State() { dtmf_rx_free(receiver); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void report(void* user, int code, int /*level*/, int /*delay*/) {
    static_cast<State*>(user)->change(static_cast<char>(code));
  }
  void change(char now) {
    if (now == digit) return;
    // It was known one block after its beginning, and its end one after that.
    if (digit != 0 && ended.size() < kMostWaiting)
      ended.push_back({digit, length_of(heard - begin)});
    digit = now;
    begin = heard - kBlock;
  }
};

DtmfDetector::DtmfDetector() : state_(std::make_unique<State>()) {}
DtmfDetector::~DtmfDetector() = default;
DtmfDetector::DtmfDetector(DtmfDetector&&) noexcept = default;
DtmfDetector& DtmfDetector::operator=(DtmfDetector&&) noexcept = default;

void DtmfDetector::process(std::span<const int16_t> samples) {
  while (!samples.empty()) {
    const auto part = samples.first(std::min<size_t>(samples.size(), kBlock));
    dtmf_rx(state_->receiver, part.data(), static_cast<int>(part.size()));
    state_->heard += static_cast<int64_t>(part.size());
    samples = samples.subspan(part.size());
  }
}

bool DtmfDetector::in_digit() const { return state_->digit != 0; }

std::optional<DtmfDetector::Digit> DtmfDetector::poll() {
  if (state_->ended.empty()) return std::nullopt;
  const Digit digit = state_->ended.front();
  state_->ended.pop_front();
  return digit;
}

}  // namespace viaduct::codec
