// telephone-event: a script of packets and time against the receiver, whose starts and ends must
// alternate; then the digits of the input through sender and receiver, which must all arrive.
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/check.h"
#include "transport/rtp/telephone_event.h"

namespace {

using namespace viaduct;
using base::TimePoint;

constexpr TimePoint kStart{std::chrono::seconds(1)};

// Starts and ends alternate and name the same event. Returns the event that goes on.
std::optional<uint8_t> drain(rtp::TelephoneEventReceiver& receiver, std::optional<uint8_t> going_on,
                             std::string* digits = nullptr) {
  while (const auto event = receiver.poll()) {
    if (const auto* start = std::get_if<rtp::EventStarted>(&*event)) {
      VIADUCT_CHECK(!going_on);
      going_on = start->event;
    } else {
      const auto& end = std::get<rtp::EventEnded>(*event);
      VIADUCT_CHECK(going_on == end.event && end.length >= base::Duration::zero());
      if (digits) *digits += rtp::digit_of_event(end.event).value();
      going_on.reset();
    }
  }
  VIADUCT_CHECK(going_on.has_value() == (receiver.next_timeout() != base::kNever));
  return going_on;
}

void receive_script(base::ByteReader in) {
  rtp::TelephoneEventReceiver receiver(8000);
  TimePoint now = kStart;
  std::optional<uint8_t> going_on;
  while (in.remaining() != 0) {
    const uint8_t step = in.u8();
    if (step < 16) receiver.restart();
    now += std::chrono::milliseconds(step);
    receiver.handle_timeout(now);
    going_on = drain(receiver, going_on);
    const base::RtpTime timestamp{in.u32()};
    const auto payload = in.bytes(std::min<size_t>(4, in.remaining()));
    const auto event = rtp::parse_telephone_event(payload);
    if (!event) continue;
    VIADUCT_CHECK(rtp::parse_telephone_event(rtp::encode(*event)).value() == *event);
    receiver.receive(*event, timestamp, now);
    going_on = drain(receiver, going_on);
  }
}

// Each input byte is a digit's character and, scaled, its length.
void send_script(std::span<const uint8_t> input) {
  rtp::TelephoneEventSender sender({.clock_rate = 48000});
  rtp::TelephoneEventReceiver receiver(48000);
  std::string wanted;
  for (const uint8_t byte : input.first(std::min<size_t>(input.size(), 20))) {
    const char digit = static_cast<char>(byte);
    if (sender.enqueue(digit, std::chrono::milliseconds(17 * byte), kStart))
      wanted += rtp::digit_of_event(rtp::event_of_digit(digit).value()).value();
  }
  std::string got;
  std::optional<uint8_t> going_on;
  for (TimePoint now = kStart; !sender.idle(); now = sender.next_timeout()) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - kStart);
    const base::RtpTime line{static_cast<uint32_t>(since.count() * 48)};
    while (const auto output = sender.poll(now, line)) {
      receiver.receive(output->event, output->timestamp, now);
      going_on = drain(receiver, going_on, &got);
    }
    VIADUCT_CHECK(sender.idle() || sender.next_timeout() > now);
  }
  VIADUCT_CHECK(got == wanted && !going_on);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  receive_script(base::ByteReader({data, size}));
  send_script({data, size});
  return 0;
}
