// The randomness port. The operating system's fills it in io/net; SeededRng in tests.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace viaduct::base {

class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(std::span<uint8_t> out) = 0;

  uint32_t u32();
  uint64_t u64();
  // Uniform in [0, bound); bound > 0.
  uint32_t below(uint32_t bound);
  // `length` characters of [a-zA-Z0-9]: 5.95 bits of entropy each. Fits ICE, SIP tags and branches.
  std::string token(size_t length);
  // A version 4 UUID (RFC 4122 §4.4) in lower case.
  std::string uuid();
};

// Deterministic (xoshiro256**): for tests and scenarios, never for secrets.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(uint64_t seed);
  void fill(std::span<uint8_t> out) override;

 private:
  uint64_t next();
  std::array<uint64_t, 4> state_;
};

}  // namespace viaduct::base
