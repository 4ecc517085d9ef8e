// Party: what a scenario knows of a phone and a browser alike: what it was told, in words, and
// whether it believes itself to be in a call.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/audio_end.h"
#include "support/fake_network.h"

namespace viaduct::support {

class Party {
 public:
  Party(FakeNetwork& network, std::string who, const base::IpAddress& ip, double hz)
      : network_(network), name_(std::move(who)), ip_(ip), hz_(hz) {
    network_.name(ip, name_);
  }
  virtual ~Party() = default;
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  const std::string& name() const { return name_; }
  const base::IpAddress& ip() const { return ip_; }
  double hz() const { return hz_; }  // of its voice
  AudioEnd* audio() { return audio_.get(); }

  // From its next call on.
  AudioHabits habits;

  // Empty, or why the party is not at rest: "in a call", "waits for 200 to BYE".
  virtual std::string unrest() const = 0;

  struct Event {
    std::string text;  // words: "486 INVITE cause=17"
    bool seen = false;
  };
  // Everything it was told so far, oldest first.
  std::vector<Event>& events() { return events_; }

 protected:
  void note(std::string text) {
    network_.trace(name_ + ": " + text);
    events_.push_back({std::move(text)});
  }
  base::TimePoint now() const { return network_.time().now(); }

  FakeNetwork& network_;
  const std::string name_;
  const base::IpAddress ip_;
  const double hz_;
  std::unique_ptr<AudioEnd> audio_;

 private:
  std::vector<Event> events_;
};

// Whether all of the words stand in the text, the first one first; a text that says "again" (a
// retransmission) matches only words that say so too.
bool matches(std::string_view text, std::string_view words);

}  // namespace viaduct::support
