// ReceptionWatch: notices that the far side's packets stop, or never come, and that they come
// again. A packet costs it a store; its deadline is only moved when it is reached.
#pragma once

#include <optional>
#include <utility>

#include "base/time.h"

namespace viaduct::graph {

struct ReceptionWatchOptions {
  // Under the three seconds in which people ask "are you there?".
  base::Duration patience = std::chrono::milliseconds(2500);
  // After a packet that announced silence. Opus DTX sends twice a second, RFC 3389 leaves it to the
  // sender: some phones say it once and then nothing.
  base::Duration patience_in_silence = std::chrono::seconds(30);
};

class ReceptionWatch {
 public:
  explicit ReceptionWatch(ReceptionWatchOptions options = {}) : options_(options) {}

  // Whether packets should come: the agreement says so and the transport is there.
  void expect(bool expected, base::TimePoint now);
  // False: there is nothing to poll() for and the deadline has come no nearer.
  bool packet(bool announces_silence, base::TimePoint now) {
    last_ = now;
    if (stalled_) resumed_ = true;
    return std::exchange(silence_, announces_silence) != announces_silence || stalled_;
  }

  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;

  enum class Change { stalled, resumed };
  std::optional<Change> poll();

  std::optional<base::TimePoint> expected_since() const { return since_; }
  std::optional<base::TimePoint> last_packet() const { return last_; }
  bool in_silence() const { return silence_; }

 private:
  ReceptionWatchOptions options_;
  std::optional<base::TimePoint> since_;
  std::optional<base::TimePoint> last_;
  bool silence_ = false;
  bool stalled_ = false;
  bool told_ = false;  // that it is stalled
  bool resumed_ = false;
};

}  // namespace viaduct::graph
