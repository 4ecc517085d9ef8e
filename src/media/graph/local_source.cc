#include "media/graph/local_source.h"

#include <algorithm>

#include "media/graph/format.h"

namespace viaduct::graph {

std::optional<LocalSource> LocalSource::create(const Tone& tone, const negotiation::Format& send,
                                               std::chrono::milliseconds ptime,
                                               const codec::OpusOptions& opus) {
  if (!kind_of(send.codec)) return std::nullopt;
  std::vector<audio::ToneStep> steps;
  uint32_t highest = 0;
  for (const Tone::Step& step : tone.steps) {
    highest = std::max<uint32_t>({highest, step.first_hz, step.second_hz});
    steps.push_back({step.first_hz, step.second_hz, step.length});
  }
  auto encoder = FrameEncoder::create(send, ptime, rate_for_sound(send.codec, 2 * highest), opus);
  if (!encoder) return std::nullopt;
  audio::ToneGenerator generator(steps, static_cast<double>(tone.level_dbm0), tone.repeat,
                                 encoder->rate());
  return LocalSource(std::move(*encoder), std::move(generator));
}

std::optional<LocalSource> LocalSource::create(const Play& play, const negotiation::Format& send,
                                               std::chrono::milliseconds ptime,
                                               const codec::OpusOptions& opus) {
  if (!play.clip || !kind_of(send.codec)) return std::nullopt;
  const uint32_t rate = rate_for_sound(send.codec, play.clip->rate());
  if (!audio::Resampler::supports(play.clip->rate(), rate)) return std::nullopt;
  auto encoder = FrameEncoder::create(send, ptime, rate, opus);
  if (!encoder) return std::nullopt;
  return LocalSource(std::move(*encoder), audio::ClipReader(play.clip, rate, play.repeat));
}

bool LocalSource::finished() const {
  return std::visit([](const auto& generator) { return generator.finished(); }, generator_);
}

std::optional<EncodedFrame> LocalSource::next(std::span<uint8_t> out) {
  if (auto* tone = std::get_if<audio::ToneGenerator>(&generator_)) tone->generate(samples_);
  else std::get<audio::ClipReader>(generator_).read(samples_);
  return encoder_.encode(samples_, out);
}

}  // namespace viaduct::graph
