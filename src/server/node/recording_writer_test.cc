#include "server/node/recording_writer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "media/audio/clip.h"
#include "media/audio/testing/tone_measure.h"

namespace viaduct::node {
namespace {

namespace fs = std::filesystem;
using audio::FileFormat;

constexpr graph::RecordingId kId{1, 1};

class LastLine final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override {
    text = base::format_human(record);
    ++lines;
  }
  std::string text;
  size_t lines = 0;
};

class RecordingWriterTest : public ::testing::Test {
 protected:
  RecordingWriterTest() { base::set_log_sink(&log_, base::LogLevel::warning); }
  ~RecordingWriterTest() override {
    base::set_log_sink(nullptr, base::LogLevel::off);
    fs::remove_all(folder_);
  }
  static std::shared_ptr<const graph::AudioBlock> block(uint64_t position) {
    return std::make_shared<const graph::AudioBlock>(
        graph::AudioBlock{position, audio::testing::sine(440, -10, 8000, 8000, position)});
  }
  std::shared_ptr<const audio::Clip> read(const std::string& name) const {
    std::ifstream in(folder_ + "/" + name, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), {});
    auto clip = audio::Clip::decode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    return clip ? *clip : nullptr;
  }
  void open(FileFormat format = FileFormat::wav) {
    writer_.execute(OpenFile{kId, "2026/call", format, 8000, 1});
  }

  static std::string fresh_folder() {
    std::string pattern = (fs::temp_directory_path() / "viaduct-recordings-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  const std::string folder_ = fresh_folder();
  LastLine log_;
  RecordingWriter writer_{folder_};
};

TEST_F(RecordingWriterTest, EachFormatHasItsFile) {
  for (const auto& [format, name] :
       {std::pair{FileFormat::wav, "2026/call.wav"}, std::pair{FileFormat::flac, "2026/call.flac"},
        std::pair{FileFormat::opus, "2026/call.opus"}}) {
    open(format);
    for (uint64_t n = 0; n < 3; ++n) writer_.execute(AppendToFile{kId, block(n * 8000)});
    writer_.execute(CloseFile{kId});
    const auto clip = read(name);
    ASSERT_TRUE(clip) << name;
    EXPECT_NEAR(static_cast<double>(clip->samples().size()) / clip->rate(), 3, 0.05);
    EXPECT_NEAR(
        audio::testing::strongest_tone(clip->samples().subspan(clip->rate()), clip->rate()).hz, 440,
        1);
  }
  EXPECT_EQ(log_.lines, 0u);
}

TEST_F(RecordingWriterTest, BlocksLeftOutAreSilence) {
  open();
  writer_.execute(AppendToFile{kId, block(0)});
  writer_.execute(AppendToFile{kId, block(24000)});
  writer_.execute(CloseFile{kId, 2});
  const auto clip = read("2026/call.wav");
  ASSERT_TRUE(clip);
  ASSERT_EQ(clip->samples().size(), 32000u);
  EXPECT_EQ(audio::level_dbov(clip->samples().subspan(8000, 16000)), -127);
  EXPECT_NEAR(audio::level_dbov(clip->samples().last(8000)), -10, 0.1);
}

// Killed in mid-call: the header counts what is there.
TEST_F(RecordingWriterTest, AWavIsWholeAtAnyMoment) {
  open();
  writer_.execute(AppendToFile{kId, block(0)});
  const auto clip = read("2026/call.wav");
  ASSERT_TRUE(clip);
  EXPECT_EQ(clip->samples().size(), 8000u);
}

TEST_F(RecordingWriterTest, WhatCannotBeMadeIsToldOnceAndGivenUp) {
  { std::ofstream(folder_ + "/2026") << "a file where a folder should be"; }
  open();
  for (uint64_t n = 0; n < 3; ++n) writer_.execute(AppendToFile{kId, block(n * 8000)});
  writer_.execute(CloseFile{kId});
  EXPECT_EQ(log_.lines, 1u);
  EXPECT_NE(log_.text.find("Not a directory"), std::string::npos) << log_.text;
}

}  // namespace
}  // namespace viaduct::node
