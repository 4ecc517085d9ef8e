#include "base/spsc_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace viaduct::base {
namespace {

TEST(SpscQueue, GivesBackInOrderAndRefusesWhenFull) {
  SpscQueue<int> queue(3);  // rounded up to 4
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(int{i}));
  EXPECT_FALSE(queue.push(4));
  EXPECT_EQ(queue.pop(), 0);
  EXPECT_TRUE(queue.push(4));
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(SpscQueue, ARefusedValueIsLeftUntouched) {
  SpscQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  EXPECT_FALSE(queue.push(std::move(second)));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(*second, 2);
}

TEST(SpscQueue, LetsGoOfWhatWasTaken) {
  SpscQueue<std::shared_ptr<int>> queue(4);
  const auto value = std::make_shared<int>(1);
  queue.push(std::shared_ptr<int>(value));
  { auto taken = queue.pop(); }
  EXPECT_EQ(value.use_count(), 1);
}

// The one test of base with threads in it: under the thread sanitizer it proves the memory order.
TEST(SpscQueue, CarriesEverythingBetweenTwoThreads) {
  constexpr uint64_t kCount = 200'000;
  SpscQueue<std::unique_ptr<uint64_t>> queue(64);
  std::thread producer([&queue] {
    for (uint64_t i = 0; i < kCount;) {
      if (queue.push(std::make_unique<uint64_t>(i))) ++i;
      else std::this_thread::yield();
    }
  });
  uint64_t expected = 0;
  bool in_order = true;
  while (expected < kCount) {
    if (auto value = queue.pop()) in_order &= **value == expected++;
    else std::this_thread::yield();
  }
  producer.join();
  EXPECT_TRUE(in_order);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

}  // namespace
}  // namespace viaduct::base
