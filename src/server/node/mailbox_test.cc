#include "server/node/mailbox.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "io/net/poller.h"

namespace viaduct::node {
namespace {

using ::testing::ElementsAre;

std::vector<int> received(Mailbox<int>& box) {
  std::vector<int> out;
  while (const auto value = box.receive()) out.push_back(*value);
  return out;
}

TEST(Mailbox, ClosesWithAFullRingAndKeepsWhatIsHeldBack) {
  Mailbox<int> box(2);
  for (int i = 0; i < 5; ++i) box.send(i);
  EXPECT_FALSE(box.all_sent());
  EXPECT_FALSE(box.closed());
  box.close();
  EXPECT_TRUE(box.closed());
  EXPECT_THAT(received(box), ElementsAre(0, 1)) << "what is in the ring is still the receiver's";
  std::vector<int> left;
  while (const auto value = box.take_back()) left.push_back(*value);
  EXPECT_THAT(left, ElementsAre(2, 3, 4));
}

TEST(Mailbox, WhatTheReceiverLeftInTheRingComesBackFirst) {
  Mailbox<int> box(2);
  for (int i = 0; i < 3; ++i) box.send(i);
  box.close();
  EXPECT_EQ(box.take_back(), 0);
  EXPECT_EQ(box.take_back(), 1);
  EXPECT_EQ(box.take_back(), 2);
  EXPECT_EQ(box.take_back(), std::nullopt);
}

TEST(Mailbox, ClosingWakesAReceiverWhoSeesAllThatWasInTheRing) {
  for (int round = 0; round < 200; ++round) {
    Mailbox<int> box(4);
    std::vector<int> got;
    std::thread receiver([&] {
      net::Poller poller;
      poller.add(box.wake_fd(), 0);
      for (bool closing = false; !closing;) {
        poller.wait(base::kNever);
        box.clear_wake();
        closing = box.closed();
        while (const auto value = box.receive()) got.push_back(*value);
      }
    });
    for (int i = 0; i < round; ++i) box.send(i);
    box.close();
    receiver.join();
    EXPECT_EQ(box.receive(), std::nullopt) << "asked in this order, the receiver leaves nothing";
    while (const auto value = box.take_back()) got.push_back(*value);
    ASSERT_EQ(got.size(), static_cast<size_t>(round));
    for (int i = 0; i < round; ++i) ASSERT_EQ(got[static_cast<size_t>(i)], i);
  }
}

}  // namespace
}  // namespace viaduct::node
