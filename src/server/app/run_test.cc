#include "server/app/run.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace viaduct::app {
namespace {

using ::testing::MatchesRegex;

TEST(CommandLine, TellsItsVersion) {
  std::string program = "viaduct", flag = "--version";
  char* arguments[] = {program.data(), flag.data(), nullptr};
  ::testing::internal::CaptureStdout();
  const int status = run(2, arguments);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(),
              MatchesRegex("viaduct [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace viaduct::app
