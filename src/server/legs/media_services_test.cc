#include "server/legs/media_services.h"

#include <gtest/gtest.h>

#include "server/legs/testing/fake_ports.h"

namespace viaduct::legs {
namespace {

using testing::FakePorts;

constexpr graph::MediaId id(uint32_t n) { return {n, 1}; }

base::SocketAddress address(const char* text) { return *base::SocketAddress::parse(text); }

class MediaServicesTest : public ::testing::Test {
 protected:
  base::SeededRng rng_{1};
  FakePorts ports_;
  base::TimePoint now_{};
  MediaServices media_{
      {.webrtc = {{address("192.0.2.1:10000")}, {address("192.0.2.1:10001")}}, .rtp = {}},
      {"sha-256", std::vector<uint8_t>(32, 7)},
      ports_,
      rng_};

  void open(uint32_t n) {
    media_.emit(id(n), graph::OpenSession{
                           .id = id(n), .transport = graph::PlainTransport{1, 2}, .cname = "c"});
  }
  size_t worker_of(uint32_t n) { return media_.candidates(id(n)).front().port - 10000u; }
};

TEST_F(MediaServicesTest, SessionsSpreadOverTheWorkersUnlessTheyBelongTogether) {
  media_.place(id(1));
  media_.place(id(2));
  EXPECT_NE(worker_of(1), worker_of(2));
  media_.place(id(3), id(2));
  media_.place(id(4), id(2));
  EXPECT_EQ(worker_of(3), worker_of(2));
  EXPECT_EQ(worker_of(4), worker_of(2));
  media_.place(id(5));
  EXPECT_EQ(worker_of(5), worker_of(1)) << "it had the fewest";
  media_.place(id(6), id(99));
  EXPECT_EQ(worker_of(6), worker_of(1)) << "a neighbour that is gone counts for nothing";
}

TEST_F(MediaServicesTest, CommandsGoToTheSessionsWorker) {
  media_.place(id(1));
  media_.place(id(2));
  open(2);
  ASSERT_EQ(media_.commands().size(), 1u);
  EXPECT_EQ(media_.commands().front().worker, worker_of(2));
  media_.emit(id(9), graph::CloseSession{id(9)});
  EXPECT_EQ(media_.commands().size(), 1u) << "for a session that is not placed";
}

TEST_F(MediaServicesTest, PortsComeBackWhenTheWorkerHasLetGo) {
  media_.place(id(1));
  const auto lease = media_.lease(id(1), now_);
  ASSERT_TRUE(lease);
  open(1);
  media_.close(id(1));
  EXPECT_EQ(ports_.leased(), 1u) << "the worker still has the sockets";
  EXPECT_EQ(media_.sessions(), 1u);
  EXPECT_EQ(media_.leases(), 1u);
  ASSERT_EQ(media_.commands().size(), 2u);
  EXPECT_TRUE(std::holds_alternative<graph::CloseSession>(media_.commands().back().command));
  media_.closed(id(1), now_);
  EXPECT_EQ(ports_.leased(), 0u);
  EXPECT_EQ(media_.sessions(), 0u);
  media_.closed(id(1), now_);
  EXPECT_EQ(ports_.leased(), 0u) << "a second answer gives nothing back";
}

TEST_F(MediaServicesTest, ASessionThatWasNeverOpenedIsJustForgotten) {
  media_.place(id(1));
  media_.close(id(1));
  EXPECT_EQ(media_.sessions(), 0u);
  EXPECT_TRUE(media_.commands().empty());
}

TEST_F(MediaServicesTest, NoPortIsLeft) {
  ports_.pairs = 0;
  media_.place(id(1));
  const auto lease = media_.lease(id(1), now_);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, base::Errc::exhausted);
  media_.close(id(1));
  EXPECT_EQ(media_.sessions(), 0u);
}

}  // namespace
}  // namespace viaduct::legs
