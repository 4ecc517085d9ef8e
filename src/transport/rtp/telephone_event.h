// Digits as RTP (RFC 4733): the payload, and the machines that send and receive events.
//
//   |     event     |E R| volume    |          duration             |
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/time.h"

namespace viaduct::rtp {

struct TelephoneEvent {
  uint8_t event = 0;  // 0..15 are the digits
  bool end = false;
  uint8_t volume = 10;    // -dBm0, 0..63
  uint16_t duration = 0;  // clock units since the packet's timestamp

  friend bool operator==(const TelephoneEvent&, const TelephoneEvent&) = default;
};

// Errors: truncated. What stands behind the first four bytes is ignored.
base::Result<TelephoneEvent> parse_telephone_event(std::span<const uint8_t> payload);
std::array<uint8_t, 4> encode(const TelephoneEvent& event);

// 0-9 * # A-D, either case.
std::optional<uint8_t> event_of_digit(char digit);
std::optional<char> digit_of_event(uint8_t event);

struct TelephoneEventOptions {
  uint32_t clock_rate = 8000;  // Hz
  // Between updates. RFC 4733 §2.5.1.2 says 50 ms or the audio's own; 20 ms is what phones send.
  base::Duration update_interval = std::chrono::milliseconds(20);
  // Pause between two digits: ITU-T Q.24 asks for 40 ms or more at the least tolerant receiver.
  base::Duration pause = std::chrono::milliseconds(60);
  // A digit's length is held in these: under 40 ms detectors miss it.
  base::Duration shortest = std::chrono::milliseconds(40);
  base::Duration longest = std::chrono::seconds(8);
  // Digits waiting; a whole calling card number with PIN fits.
  size_t max_queued = 64;
  uint8_t volume = 10;  // -dBm0
};

// Sends queued digits one after the other: first packet with the marker, updates, and the end three
// times (RFC 4733 §2.5.1.4), all with the timestamp of the digit's start.
class TelephoneEventSender {
 public:
  struct Output {
    TelephoneEvent event;
    base::RtpTime timestamp;  // on the caller's line
    bool marker = false;
  };

  explicit TelephoneEventSender(TelephoneEventOptions options = {}) : options_(options) {}

  // False: not a digit, or too many waiting.
  bool enqueue(char digit, base::Duration length, base::TimePoint now);
  // Drops what waits and what is going on; the receiver finds its end by itself.
  void clear();

  // A digit is being sent: audio is to be held back meanwhile.
  bool sending() const { return current_.has_value(); }
  bool idle() const { return !current_ && queue_.empty(); }
  base::TimePoint next_timeout() const { return next_; }
  // What is due; call until empty. `line` is Sender::timestamp_at(now).
  std::optional<Output> poll(base::TimePoint now, base::RtpTime line);

 private:
  struct Digit {
    uint8_t event = 0;
    base::Duration length{};
  };
  struct Current {
    Digit digit;
    base::TimePoint started{};
    base::RtpTime timestamp;     // of the present segment
    uint32_t segment_start = 0;  // clock units since `started`
    int ends_sent = 0;
  };
  Output begin(base::TimePoint now, base::RtpTime line);
  Output update(base::TimePoint now);
  void finish(base::TimePoint now);

  TelephoneEventOptions options_;
  std::deque<Digit> queue_;
  std::optional<Current> current_;
  base::TimePoint earliest_{};  // the pause after the last digit ends
  base::TimePoint next_ = base::kNever;
};

struct EventStarted {
  uint8_t event = 0;
};
struct EventEnded {
  uint8_t event = 0;
  base::Duration length{};
};
using ReceivedEvent = std::variant<EventStarted, EventEnded>;

// Makes one start and one end out of the packets of an event, whichever of them arrive.
class TelephoneEventReceiver {
 public:
  // `lost_end`: an event of which nothing came for this long has ended; RFC 4733 §2.5.2.3 leaves
  // the time open, updates come every 20 to 50 ms.
  explicit TelephoneEventReceiver(uint32_t clock_rate,
                                  base::Duration lost_end = std::chrono::milliseconds(500))
      : clock_rate_(clock_rate), lost_end_(lost_end) {}

  void set_clock_rate(uint32_t clock_rate) { clock_rate_ = clock_rate; }
  // The stream began anew (another SSRC): what goes on ends, timestamps count from nothing.
  void restart();
  void receive(const TelephoneEvent& event, base::RtpTime timestamp, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  // Call until empty after each receive and handle_timeout.
  std::optional<ReceivedEvent> poll();

 private:
  struct Current {
    uint8_t event = 0;
    base::RtpTime start;  // of the first segment
    base::RtpTime segment;
    uint32_t duration = 0;  // clock units since `start`
    base::TimePoint last_seen{};
  };
  void finish();

  uint32_t clock_rate_;
  base::Duration lost_end_;
  std::optional<Current> current_;
  std::optional<base::RtpTime> last_ended_;  // segment timestamp of the last event that ended
  std::deque<ReceivedEvent> events_;
};

}  // namespace viaduct::rtp
