#include "tests/bench/capacity/codecs.h"

#include <time.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "tests/bench/capacity/speech.h"

namespace viaduct::bench {
namespace {

// One direction of a call. Both codecs work at the narrower side's rate, as in the media worker.
class Direction {
 public:
  Direction(codec::Kind from, codec::Kind to)
      : decoder_(codec::make_decoder(from, kRate).value()),
        encoder_(codec::make_encoder(to, kRate).value()) {}

  void carry(std::span<const uint8_t> payload) {
    const size_t count = decoder_->decode(payload, samples_).value();
    encoder_->encode(std::span(samples_).first(count), bytes_).value();
  }

 private:
  static constexpr uint32_t kRate = 8000;
  static inline std::array<int16_t, codec::kMaxFrameSamples> samples_;
  static inline std::array<uint8_t, 1500> bytes_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::unique_ptr<codec::Encoder> encoder_;
};

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

double codecs_us_per_packet(const Plan& plan) {
  const auto from_browser = payloads(browser_format(Kind::transcode));
  const auto from_phone = payloads(kPhoneFormat);
  std::vector<Direction> up, down;
  for (size_t i = 0; i < plan.calls; ++i) {
    up.emplace_back(codec::Kind::opus, codec::Kind::pcmu);
    down.emplace_back(codec::Kind::pcmu, codec::Kind::opus);
  }
  const double begin = thread_seconds();
  size_t carried = 0;
  for (size_t frame = 0; thread_seconds() - begin < plan.seconds; ++frame) {
    for (size_t call = 0; call < plan.calls; ++call, carried += 2) {
      up[call].carry(from_browser[(frame + call) % from_browser.size()]);
      down[call].carry(from_phone[(frame + call) % from_phone.size()]);
    }
  }
  return 1e6 * (thread_seconds() - begin) / static_cast<double>(carried);
}

}  // namespace viaduct::bench
