#include "signalling/verto/speed.h"

#include <gtest/gtest.h>

namespace viaduct::verto {
namespace {

using namespace std::chrono_literals;

class SpeedTestTest : public testing::Test {
 protected:
  void frame(std::string_view text) { test_.receive(text, now_, out_); }
  // A shell whose network takes `per_piece` for whatever was sent.
  void drain(base::Duration per_piece) {
    while (test_.downloading()) {
      now_ += per_piece;
      test_.drained(now_, out_);
    }
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> found;
    for (const auto& text : out_)
      if (!text.starts_with("#SPB")) found.push_back(text);
    return found;
  }
  size_t bytes() const {
    size_t sum = 0;
    for (const auto& text : out_)
      if (text.starts_with("#SPB")) sum += text.size();
    return sum;
  }

  Options options_;
  SpeedTest test_{options_};
  base::TimePoint now_{1h};
  std::vector<std::string> out_;
};

TEST_F(SpeedTestTest, AnswersAsTheReferenceDoes) {
  frame("#SPU 4096");
  for (int i = 0; i < 4; ++i) frame("#SPB " + std::string(1023, '.'));
  now_ += 184ms;
  frame("#SPE");
  ASSERT_EQ(out_.size(), 41u);
  EXPECT_EQ(out_[0], "#SPU 184");
  EXPECT_EQ(out_[1], "#SPB" + std::string(1020, '.'));
  EXPECT_EQ(bytes(), 40'960u);
  drain(250ms);
  EXPECT_EQ(out_.back(), "#SPD 25");
}

TEST_F(SpeedTestTest, ReportsAtLeastOneMillisecond) {
  frame("#SPU 1000");
  frame("#SPE");
  drain(0ms);
  EXPECT_EQ(texts(), (std::vector<std::string>{"#SPU 1", "#SPD 1"}));
  EXPECT_EQ(bytes(), 10'000u);
}

TEST_F(SpeedTestTest, RunsTwoSequencesInOrder) {
  for (int i = 0; i < 2; ++i) {
    frame("#SPU 262144");
    now_ += 30ms;
    frame("#SPE");
  }
  EXPECT_LE(out_.size(), 65u);  // one piece at a time
  drain(1ms);
  const auto all = texts();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0], "#SPU 30");
  EXPECT_TRUE(all[1].starts_with("#SPD "));
  EXPECT_EQ(all[2], "#SPU 30");
  EXPECT_TRUE(all[3].starts_with("#SPD "));
  EXPECT_EQ(bytes(), 2u * 2'621'440u);
}

TEST_F(SpeedTestTest, BoundsTheDownloadAndScalesTheResult) {
  frame("#SPU 10485760");
  frame("#SPE");
  const auto start = now_;
  drain(10ms);
  EXPECT_LE(bytes(), 4u * 1024 * 1024);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start).count();
  // 4 MiB took that long; one round would have been 10 MiB.
  EXPECT_NEAR(std::stod(out_.back().substr(5)), static_cast<double>(took) * 2.5, 5);
}

TEST_F(SpeedTestTest, IgnoresWhatIsNoTest) {
  for (const char* text :
       {"#", "#X", "#SPE", "#SPU", "#SPU 0", "#SPU 99999999", "#SPU x", "#SPB"}) {
    frame(text);
    frame("#SPE");
  }
  EXPECT_TRUE(out_.empty());
}

TEST_F(SpeedTestTest, AnotherFrameEndsTheUploadWithoutAnswer) {
  frame("#SPU 2048");
  test_.interrupt();
  frame("#SPE");
  EXPECT_TRUE(out_.empty());
}

TEST_F(SpeedTestTest, QueuesNoMoreThanAllowed) {
  for (int i = 0; i < 50; ++i) {
    frame("#SPU 1000000");
    frame("#SPE");
  }
  drain(1ms);
  EXPECT_EQ(texts().size(), 2 * options_.max_queued_speed_tests);
}

TEST_F(SpeedTestTest, GivesUpOnASocketThatDoesNotDrain) {
  frame("#SPU 262144");
  frame("#SPE");
  now_ += 10s;
  test_.give_up(now_, out_);
  EXPECT_EQ(out_.back(), "#SPD 1000");
  EXPECT_FALSE(test_.downloading());
}

}  // namespace
}  // namespace viaduct::verto
