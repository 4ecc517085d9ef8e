#include "io/store/file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"

namespace viaduct::store {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = (fs::temp_directory_path() / "viaduct-file-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }
  std::string read(const std::string& name) const {
    std::ifstream in(folder_ + "/" + name, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }
  std::string folder_;
};

TEST_F(FileTest, PartsLandWhereTheyBelong) {
  auto file = File::create(folder_, "2026/01/call", ".wav").value();
  ASSERT_TRUE(file.write(4, base::as_bytes("world")));
  ASSERT_TRUE(file.write(0, base::as_bytes("hell")));
  ASSERT_TRUE(file.write(4, base::as_bytes("o")));
  EXPECT_EQ(read("2026/01/call.wav"), "helloorld");
  EXPECT_EQ(file.path(), folder_ + "/2026/01/call.wav");
}

TEST_F(FileTest, NeverOverAnotherFile) {
  ASSERT_TRUE(File::create(folder_, "call", ".wav").value().write(0, base::as_bytes("first")));
  auto second = File::create(folder_, "call", ".wav").value();
  ASSERT_TRUE(second.write(0, base::as_bytes("second")));
  EXPECT_EQ(read("call.wav"), "first");
  EXPECT_EQ(read("call-2.wav"), "second");
}

TEST_F(FileTest, NeverOutsideTheFolder) {
  for (const char* name : {"../x", "a/../../x", "/etc/x", "", ".x", "a/.x", "a/"})
    EXPECT_EQ(File::create(folder_, name, ".wav").error().code, base::Errc::malformed) << name;
}

TEST_F(FileTest, IsReadByWhomItsMakerSays) {
  const auto mode = [](const File& file) {
    return fs::status(file.path()).permissions() & fs::perms::mask;
  };
  using enum fs::perms;
  const fs::perms owner = owner_read | owner_write;
  EXPECT_EQ(mode(File::create(folder_, "call", ".wav").value()), owner | group_read);
  EXPECT_EQ(mode(File::create(folder_, "call", ".pcap", File::Readers::owner).value()), owner);
}

TEST_F(FileTest, WhatTheSystemSaidIsKept) {
  { std::ofstream(folder_ + "/plain") << "no folder"; }
  EXPECT_EQ(File::create(folder_, "plain/x", ".wav").error().os_error, ENOTDIR);
}

}  // namespace
}  // namespace viaduct::store
