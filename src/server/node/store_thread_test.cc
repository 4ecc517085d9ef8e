#include "server/node/store_thread.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace viaduct::node {
namespace {

namespace fs = std::filesystem;

TEST(StoreThread, WritesAtItsEndWhatItsMailboxHadNoRoomFor) {
  std::string folder = (fs::temp_directory_path() / "viaduct-store-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  constexpr graph::RecordingId kId{1, 1};
  constexpr uint64_t kBlocks = 20'000;  // at once, several times the mailbox
  constexpr size_t kSamples = 8;
  {
    StoreThread store(folder);
    store.inbox().send(OpenFile{kId, "call", audio::FileFormat::wav, 8000, 1});
    for (uint64_t n = 0; n < kBlocks; ++n)
      store.inbox().send(
          AppendToFile{kId, std::make_shared<const graph::AudioBlock>(
                                graph::AudioBlock{n * kSamples, std::vector<int16_t>(kSamples)})});
  }
  constexpr size_t kHeader = 44;
  EXPECT_EQ(fs::file_size(fs::path(folder) / "call.wav"), kHeader + kBlocks * kSamples * 2);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace viaduct::node
