// The bandwidth test of one connection: frames that begin with '#' instead of a brace.
//
//   client: "#SPU <bytes>"  "#SPB ......" x N  "#SPE"
//   server:                                           "#SPU <ms>"  "#SPB....." x 10 rounds  "#SPD
//   <ms>"
//
// A download is sent in pieces, the next one when the socket has drained: that bounds memory and
// makes the time measured the time of delivery. A client may start a test before the one before it
// has ended.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "signalling/verto/options.h"

namespace viaduct::verto {

class SpeedTest {
 public:
  // `options` must outlive the test.
  explicit SpeedTest(const Options& options) : options_(&options) {}

  // A frame that begins with '#'. What is to be sent is appended to `out`, here and below.
  void receive(std::string_view frame, base::TimePoint now, std::vector<std::string>& out);
  // Another frame came: an upload ends without a result.
  void interrupt() { uploading_ = false; }
  // The socket has sent everything.
  void drained(base::TimePoint now, std::vector<std::string>& out);
  // The socket took too long: ends the download with what has been measured.
  void give_up(base::TimePoint now, std::vector<std::string>& out);
  bool downloading() const { return downloading_; }

 private:
  struct Upload {
    uint32_t bytes;
    int64_t milliseconds;
  };

  void start_download(base::TimePoint now, std::vector<std::string>& out);
  void send_piece(std::vector<std::string>& out);
  void end_download(base::TimePoint now, std::vector<std::string>& out);
  std::string frame_at(uint32_t index) const;

  const Options* options_;
  bool uploading_ = false;
  uint32_t announced_ = 0;
  base::TimePoint started_{};

  std::deque<Upload> waiting_;  // the first is being downloaded
  bool downloading_ = false;
  uint32_t round_bytes_ = 0;
  uint32_t frames_ = 0;
  uint32_t sent_ = 0;
  base::TimePoint download_started_{};
};

}  // namespace viaduct::verto
