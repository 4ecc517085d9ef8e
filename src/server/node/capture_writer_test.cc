#include "server/node/capture_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/net/clock.h"

namespace viaduct::node {
namespace {

namespace fs = std::filesystem;

const base::SocketAddress kLocal{base::IpAddress::v4(0xC6336401), 20000};
const base::SocketAddress kRemote{base::IpAddress::v4(0xC0000209), 4000};

class CaptureWriterTest : public ::testing::Test {
 protected:
  fs::path folder_ = fs::temp_directory_path() / ("viaduct-capture-" + std::to_string(::getpid()));
  ~CaptureWriterTest() override { fs::remove_all(folder_); }

  static std::shared_ptr<graph::CaptureTap> tap() {
    graph::CaptureOptions options;
    options.until = net::steady_now() + std::chrono::hours(1);
    return std::make_shared<graph::CaptureTap>(options, kLocal);
  }
};

TEST_F(CaptureWriterTest, WritesWhatTheTapsHoldForItsOwnerOnly) {
  std::string path;
  {
    CaptureWriter writer({.folder = folder_.string()});
    const std::vector taps{tap(), tap()};
    const std::vector<uint8_t> packet(172, 0x80);
    for (const auto& one : taps) {
      one->received(packet, kRemote, false, net::steady_now());
      one->sent(packet, kRemote, false, net::steady_now());
    }
    path = writer.start("call.pcap", taps).value();
    taps[0]->finish();  // the other one is still running when the writer ends
  }
  EXPECT_EQ(fs::file_size(path), 24u + 4 * (16 + 20 + 8 + 172));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(CaptureWriterTest, RefusesTooManyAndWhatItCannotWrite) {
  CaptureWriter writer({.folder = folder_.string(), .max_captures = 1});
  ASSERT_TRUE(writer.start("one.pcap", {tap()}));
  EXPECT_EQ(writer.start("two.pcap", {tap()}).error().code, base::Errc::exhausted);
  std::ofstream(folder_ / "file").put('x');
  CaptureWriter nowhere({.folder = (folder_ / "file" / "under").string()});
  EXPECT_EQ(nowhere.start("one.pcap", {tap()}).error().code, base::Errc::io);
}

}  // namespace
}  // namespace viaduct::node
