#include "base/timer_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/rng.h"

namespace viaduct::base {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(Duration since_start) { return TimePoint(since_start); }

TEST(TimerQueue, AnEmptyOneNeverFires) {
  TimerQueue<int> timers;
  EXPECT_EQ(timers.next(), kNever);
  EXPECT_EQ(timers.pop_due(at(1h)), std::nullopt);
  EXPECT_EQ(timers.pop_due(kNever), std::nullopt);
}

TEST(TimerQueue, FiresInTheOrderOfDeadlinesAndNotEarly) {
  TimerQueue<std::string> timers;
  timers.set("late", at(30ms));
  timers.set("soon", at(10ms));
  EXPECT_EQ(timers.next(), at(10ms));
  EXPECT_EQ(timers.pop_due(at(10ms) - 1ns), std::nullopt);
  EXPECT_EQ(timers.pop_due(at(10ms)), "soon");
  EXPECT_EQ(timers.pop_due(at(10ms)), std::nullopt);
  EXPECT_EQ(timers.pop_due(at(1s)), "late");
  EXPECT_EQ(timers.size(), 0u);
}

TEST(TimerQueue, EqualDeadlinesFireInTheOrderTheyWereSet) {
  TimerQueue<int> timers;
  for (int key : {3, 1, 2}) timers.set(key, at(5ms));
  timers.set(3, at(5ms));  // set again: now the last
  EXPECT_EQ(timers.pop_due(at(5ms)), 1);
  EXPECT_EQ(timers.pop_due(at(5ms)), 2);
  EXPECT_EQ(timers.pop_due(at(5ms)), 3);
}

TEST(TimerQueue, AKeyHasOneTimer) {
  TimerQueue<int> timers;
  timers.set(1, at(10ms));
  timers.set(1, at(20ms));
  EXPECT_EQ(timers.size(), 1u);
  EXPECT_EQ(timers.pop_due(at(10ms)), std::nullopt);
  timers.cancel(1);
  timers.cancel(1);
  EXPECT_FALSE(timers.is_set(1));
  EXPECT_EQ(timers.next(), kNever);
}

TEST(TimerQueue, AgreesWithAMapOverManyChanges) {
  TimerQueue<uint32_t> timers;
  std::map<uint32_t, TimePoint> model;
  SeededRng rng(5);
  TimePoint now = at(0s);
  for (int step = 0; step < 5000; ++step) {
    const uint32_t key = rng.below(50);
    if (rng.below(4) == 0) {
      timers.cancel(key);
      model.erase(key);
    } else {
      const TimePoint deadline = now + std::chrono::milliseconds(rng.below(100));
      timers.set(key, deadline);
      model[key] = deadline;
    }
    now += 1ms;
    TimePoint last = at(0s);
    while (const auto due = timers.pop_due(now)) {
      ASSERT_TRUE(model.contains(*due));
      EXPECT_LE(model[*due], now);
      EXPECT_LE(last, model[*due]);
      last = model[*due];
      model.erase(*due);
    }
    for (const auto& [left, deadline] : model) ASSERT_GT(deadline, now) << left << " was forgotten";
    ASSERT_EQ(timers.size(), model.size());
  }
}

}  // namespace
}  // namespace viaduct::base
