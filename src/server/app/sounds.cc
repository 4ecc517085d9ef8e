#include "server/app/sounds.h"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>

namespace viaduct::app {
namespace {

constexpr uint32_t kRate = 16000;
constexpr double kNoteSeconds = 0.5;

// A plucked string in three harmonics that dies away, added to `out` from `start` on.
void pluck(std::vector<float>& out, double start, double hertz) {
  const size_t first = static_cast<size_t>(start * kRate);
  for (size_t i = 0; first + i < out.size() && i < kRate * 2; ++i) {
    const double t = static_cast<double>(i) / kRate;
    const double attack = std::min(1.0, t / 0.01);
    double sample = 0;
    for (int harmonic = 1; harmonic <= 3; ++harmonic)
      sample += std::sin(2 * std::numbers::pi * hertz * harmonic * t) / (harmonic * harmonic);
    out[first + i] += static_cast<float>(0.12 * attack * std::exp(-2.5 * t) * sample);
  }
}

}  // namespace

std::shared_ptr<const audio::Clip> built_in_music() {
  // C, A minor, F, G: a second octave above, four notes up and down each, twice.
  static constexpr std::array<std::array<int, 4>, 4> kChords = {
      {{0, 4, 7, 12}, {-3, 0, 4, 9}, {-7, -3, 0, 5}, {-5, -1, 2, 7}}};
  static constexpr std::array<size_t, 8> kOrder = {0, 1, 2, 3, 2, 1, 2, 1};
  std::vector<float> sound(static_cast<size_t>(kRate * kNoteSeconds * 32));
  double at = 0;
  for (const auto& chord : kChords) {
    for (size_t note : kOrder) {
      pluck(sound, at, 261.63 * std::exp2(chord[note] / 12.0));
      at += kNoteSeconds;
    }
  }
  std::vector<int16_t> samples;
  samples.reserve(sound.size());
  for (float s : sound)
    samples.push_back(static_cast<int16_t>(std::lround(std::clamp(s, -1.f, 1.f) * 32767)));
  return std::make_shared<const audio::Clip>(std::move(samples), kRate);
}

Sounds::Sounds() { clips_["music"] = built_in_music(); }

std::optional<std::string> Sounds::load(const std::string& name, const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return "the sound " + name + " cannot be read: " + file + ": " + error.message();
  if (size > audio::ClipLimits{}.max_file_bytes)
    return "the sound " + name + " is too large: " + file;
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(in)),
                                std::istreambuf_iterator<char>());
  auto clip = audio::Clip::decode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  if (!clip) return "the sound " + name + " cannot be used: " + file + ": " + clip.error().what;
  clips_[name] = std::move(*clip);
  return std::nullopt;
}

std::shared_ptr<const audio::Clip> Sounds::find(std::string_view name) const {
  const auto it = clips_.find(name);
  return it == clips_.end() ? nullptr : it->second;
}

}  // namespace viaduct::app
