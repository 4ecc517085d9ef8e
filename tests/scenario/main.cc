// viaduct_scenarios [--ladder] FILE...: plays each scenario twice with the same seed; both runs
// must find the same and look the same. Exit status 1 when any failed.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "scenario/runner.h"

namespace {

constexpr uint64_t kSeed = 7;

bool play(const std::string& path, bool show_ladder) {
  using viaduct::scenario::Runner;
  std::ifstream file(path);
  const std::string script{std::istreambuf_iterator<char>(file), {}};
  if (script.empty()) {
    std::printf("%s: cannot be read\n", path.c_str());
    return false;
  }
  Runner first(kSeed);
  const auto fault = first.play(script);
  if (fault || show_ladder) std::printf("%s", first.ladder().c_str());
  if (fault) {
    std::printf("%s\n%s:%s\n", first.dump().c_str(), path.c_str(), fault->c_str());
    return false;
  }
  Runner second(kSeed);
  if (second.play(script) || second.ladder() != first.ladder()) {
    std::printf("%s:1: a second run with the same seed is different\n", path.c_str());
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int passed = 0, failed = 0;
  bool show_ladder = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--ladder") show_ladder = true;
    else ++(play(argv[i], show_ladder) ? passed : failed);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
