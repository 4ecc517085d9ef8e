#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <set>

namespace viaduct::base {
namespace {

// Hands out these words, in this order.
class Scripted final : public Rng {
 public:
  explicit Scripted(std::deque<uint32_t> words) : words_(std::move(words)) {}
  void fill(std::span<uint8_t> out) override {
    ASSERT_EQ(out.size(), sizeof(uint32_t));
    ASSERT_FALSE(words_.empty());
    std::memcpy(out.data(), &words_.front(), sizeof(uint32_t));
    words_.pop_front();
  }
  size_t left() const { return words_.size(); }

 private:
  std::deque<uint32_t> words_;
};

TEST(Rng, BelowDrawsAgainWhereResiduesWouldBeUneven) {
  // 2^32 is 1 modulo 3, so one value must go: 0.
  Scripted rng({0, 5});
  EXPECT_EQ(rng.below(3), 2u);
  EXPECT_EQ(rng.left(), 0u);
  // Powers of two divide 2^32: nothing goes.
  Scripted even({0, 5});
  EXPECT_EQ(even.below(4), 0u);
  EXPECT_EQ(even.left(), 1u);
}

TEST(Rng, BelowIsUniform) {
  SeededRng rng(1);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts[rng.below(10)];
  // Five standard deviations of a binomial with n = 100000, p = 0.1.
  for (int count : counts) EXPECT_NEAR(count, 10'000, 475);
  // A modulus without rejection would give the lower half of this range twice as often.
  int low = 0;
  for (int i = 0; i < 100'000; ++i) low += rng.below(3u << 30) < (3u << 29);
  EXPECT_NEAR(low, 50'000, 800);
}

TEST(Rng, TokensAreOfTheAlphabetAndDiffer) {
  SeededRng rng(2);
  std::set<std::string> seen;
  std::set<char> characters;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = rng.token(24);
    ASSERT_EQ(token.size(), 24u);
    characters.insert(token.begin(), token.end());
    seen.insert(token);
  }
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(characters.size(), 62u);
  EXPECT_TRUE(std::ranges::all_of(characters, [](char c) { return std::isalnum(c); }));
  EXPECT_EQ(rng.token(0), "");
}

TEST(Rng, UuidsSayTheirVersion) {
  SeededRng rng(3);
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = rng.uuid();
    ASSERT_EQ(uuid.size(), 36u);
    for (size_t at : {8, 13, 18, 23}) EXPECT_EQ(uuid[at], '-');
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos);
  }
}

TEST(SeededRng, TheSeedDecides) {
  SeededRng a(42), b(42), c(43);
  const uint64_t first = a.u64();
  EXPECT_EQ(first, b.u64());
  EXPECT_NE(first, c.u64());
  EXPECT_NE(first, a.u64());
}

TEST(SeededRng, FillsEveryLength) {
  for (size_t length = 0; length < 20; ++length) {
    SeededRng rng(9);
    std::array<uint8_t, 24> buffer{};
    rng.fill(std::span(buffer).first(length));
    // Nothing past the length; and the beginning does not depend on it.
    EXPECT_TRUE(std::all_of(buffer.begin() + static_cast<long>(length), buffer.end(),
                            [](uint8_t byte) { return byte == 0; }));
    std::array<uint8_t, 24> whole{};
    SeededRng(9).fill(whole);
    EXPECT_TRUE(
        std::equal(buffer.begin(), buffer.begin() + static_cast<long>(length), whole.begin()));
  }
}

}  // namespace
}  // namespace viaduct::base
