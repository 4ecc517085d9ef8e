#include "base/rng.h"

#include <bit>
#include <cstring>

#include "base/encoding.h"

namespace viaduct::base {
namespace {

template <class T>
T draw(Rng& rng) {
  std::array<uint8_t, sizeof(T)> bytes;
  rng.fill(bytes);
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

uint32_t Rng::u32() { return draw<uint32_t>(*this); }
uint64_t Rng::u64() { return draw<uint64_t>(*this); }

uint32_t Rng::below(uint32_t bound) {
  // Values below `skew` would favour the low residues; drawing again removes the bias.
  const uint32_t skew = -bound % bound;
  uint32_t value;
  do {
    value = u32();
  } while (value < skew);
  return value % bound;
}

std::string Rng::token(size_t length) {
  static constexpr char kAlphabet[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string out(length, '\0');
  for (char& c : out) c = kAlphabet[below(sizeof kAlphabet - 1)];
  return out;
}

std::string Rng::uuid() {
  std::array<uint8_t, 16> bytes;
  fill(bytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string out = hex_encode(bytes);
  for (size_t at : {8, 13, 18, 23}) out.insert(at, 1, '-');
  return out;
}

SeededRng::SeededRng(uint64_t seed) {
  // splitmix64 spreads a small seed over the whole state.
  for (uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

uint64_t SeededRng::next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void SeededRng::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    const uint64_t word = next();
    const size_t n = std::min(out.size(), sizeof word);
    std::memcpy(out.data(), &word, n);
    out = out.subspan(n);
  }
}

}  // namespace viaduct::base
