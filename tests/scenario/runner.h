// Runner: plays one scenario against a whole node and says what was found wrong.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "scenario/script.h"
#include "support/fake_network.h"
#include "support/fake_node.h"
#include "support/sip_phone.h"
#include "support/verto_client.h"

namespace viaduct::scenario {

class Runner {
 public:
  explicit Runner(uint64_t seed);

  // The fault as "line: text", or nothing.
  std::optional<std::string> play(std::string_view script);
  // Every message and event; the same each time for the same script and seed.
  const std::string& ladder() const { return network_.ladder(); }
  std::string dump() { return node_.dump(); }

  // --- for the verbs (verbs.cc) ---
  void say(const Statement& statement);
  void add_phone(const std::string& name, const std::string& number);
  void add_browser(const std::string& name, const std::string& number);
  // Another line of a browser: the same page and socket.
  void add_line(const std::string& name, const std::string& browser);
  std::string call_id_of(const std::string& browser) const;
  void expect_event(const std::string& party, const std::string& words, base::Duration limit);
  void expect_nothing_else(const std::string& party);
  void expect_sound(const std::string& party, const std::string& what, bool heard);
  void expect_digits(const std::string& party, size_t count);
  void expect_recording(const std::string& name, const std::string& left, const std::string& right);
  void expect_rest(const std::string& party);
  void forbid(const std::string& party, const std::string& words);
  void add_rule(support::Rule::Action action, const Captures& what, base::Duration delay);
  void wait(base::Duration duration) { time_.run_for(duration); }
  void set_port_pairs(size_t pairs) { node_.set_port_pairs(pairs); }
  void expect_calls(size_t count);
  void expect_media(const std::string& where);
  // Of any call, also one that is over: "<trouble> words of the sentence".
  void expect_diagnosis(const std::string& words, base::Duration limit);
  void expect_no_diagnosis();

  static constexpr base::Duration kPatience = std::chrono::seconds(5);

 private:
  struct Forbidden {
    int line;
    std::string party, words;
    size_t first;  // of its events
  };

  support::Party& party(const std::string& name);
  support::AudioEnd& audio_of(const std::string& name);
  bool is_heard(support::AudioEnd& audio, const std::string& what);
  std::string unread(support::Party& party) const;
  // All is run to its end: nothing may be left anywhere.
  void end();

  base::SeededRng rng_;
  support::VirtualTime time_;
  support::FakeNetwork network_;
  support::FakeNode node_;
  std::map<std::string, std::unique_ptr<support::SipPhone>> phones_;
  std::map<std::string, std::unique_ptr<support::VertoClient>> browsers_;
  std::vector<std::string> unread_findings();
  std::vector<Forbidden> forbidden_;
  std::vector<std::string> read_findings_;
  int line_ = 0;
};

}  // namespace viaduct::scenario
