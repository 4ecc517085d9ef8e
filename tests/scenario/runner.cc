#include "scenario/runner.h"

#include <algorithm>
#include <cmath>

#include "media/audio/testing/tone_measure.h"
#include "scenario/verbs.h"

namespace viaduct::scenario {
namespace {

using std::chrono::milliseconds;
using support::AudioEnd;
using support::Party;

// Longer than every timer that a call, a transaction or a lost session can have.
constexpr auto kEnd = std::chrono::seconds(300);

// Without the marks that stick to words.
std::string bare_words(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool last = i + 1 == text.size() || text[i + 1] == ' ';
    const bool mark = text[i] == '(' || text[i] == ')' || text[i] == ',' || text[i] == ';';
    if (!mark && !(last && (text[i] == '.' || text[i] == ':'))) out += text[i];
  }
  return out;
}

}  // namespace

Runner::Runner(uint64_t seed) : rng_(seed), network_(time_), node_(network_, seed + 1) {}

std::optional<std::string> Runner::play(std::string_view script) {
  try {
    for (const Statement& statement : read_statements(script)) {
      line_ = statement.line;
      network_.trace("== " + statement.text());
      say(statement);
    }
    network_.trace("== end");
    end();
  } catch (const std::exception& fault) {
    return std::to_string(line_) + ": " + fault.what();
  }
  return std::nullopt;
}

void Runner::say(const Statement& statement) {
  const std::string& subject = statement.words.front();
  if (const auto phone = phones_.find(subject); phone != phones_.end())
    tell_phone(*this, *phone->second, statement);
  else if (const auto browser = browsers_.find(subject); browser != browsers_.end())
    tell_browser(*this, *browser->second, statement);
  else tell_world(*this, statement);
}

// --- parties -------------------------------------------------------------------------------------

void Runner::add_phone(const std::string& name, const std::string& number) {
  const auto n = static_cast<uint32_t>(phones_.size());
  phones_[name] = std::make_unique<support::SipPhone>(
      network_, rng_,
      support::SipPhoneOptions{
          .name = name,
          .user = number,
          .address = {base::IpAddress::v4(0xC000020A + n), 5060},  // 192.0.2.10
          .server = node_.sip_address(),
          .hz = 700 + 200.0 * n});
}

void Runner::add_browser(const std::string& name, const std::string& number) {
  const auto n = static_cast<uint32_t>(browsers_.size());
  browsers_[name] = std::make_unique<support::VertoClient>(
      network_, rng_, node_,
      support::VertoClientOptions{.name = name,
                                  .user = number,
                                  .ip = base::IpAddress::v4(0xCB00710A + n),  // 203.0.113.10
                                  .hz = 800 + 200.0 * n});
}

void Runner::add_line(const std::string& name, const std::string& browser) {
  const auto page = browsers_.find(browser);
  if (page == browsers_.end()) throw Fault("there is no browser " + browser);
  const auto n = static_cast<uint32_t>(browsers_.size());
  support::VertoClientOptions options = page->second->options();
  options.name = name;
  options.hz = 800 + 200.0 * n;
  options.ip = base::IpAddress::v4(0xCB00710A + n);
  browsers_[name] = std::make_unique<support::VertoClient>(network_, rng_, node_,
                                                           std::move(options), page->second.get());
}

std::string Runner::call_id_of(const std::string& browser) const {
  const auto line = browsers_.find(browser);
  return line == browsers_.end() ? browser : line->second->call_id();
}

Party& Runner::party(const std::string& name) {
  if (const auto phone = phones_.find(name); phone != phones_.end()) return *phone->second;
  if (const auto browser = browsers_.find(name); browser != browsers_.end())
    return *browser->second;
  throw Fault("there is no " + name);
}

AudioEnd& Runner::audio_of(const std::string& name) {
  AudioEnd* const audio = party(name).audio();
  if (!audio) throw Fault(name + " is in no call");
  return *audio;
}

// --- expectations --------------------------------------------------------------------------------

std::string Runner::unread(Party& party) const {
  std::string out;
  for (const Party::Event& event : party.events())
    if (!event.seen) out += "\n    " + event.text;
  return out.empty() ? " nothing" : out;
}

void Runner::expect_event(const std::string& name, const std::string& words, base::Duration limit) {
  Party& party = this->party(name);
  const auto found = [&] {
    return std::ranges::find_if(party.events(), [&](const Party::Event& event) {
      return !event.seen && support::matches(event.text, words);
    });
  };
  if (!time_.run_until([&] { return found() != party.events().end(); }, limit))
    throw Fault(name + " does not get " + words + "; it got, unread:" + unread(party));
  found()->seen = true;
}

void Runner::expect_nothing_else(const std::string& name) {
  Party& party = this->party(name);
  if (std::ranges::any_of(party.events(), [](const auto& event) { return !event.seen; }))
    throw Fault(name + " got more:" + unread(party));
}

bool Runner::is_heard(AudioEnd& audio, const std::string& what) {
  if (what == "nothing") return audio.packets() == 0;
  if (what == "silence") return audio.heard() == "nothing" || audio.heard() == "silence";
  if (what == "music") return audio.hears_tone(support::kMusicHz);
  if (what == "ringback") return audio.hears_tone(440) || audio.hears_tone(480);
  return audio.hears_tone(party(what).hz());
}

void Runner::expect_sound(const std::string& name, const std::string& what, bool heard) {
  // What is on its way and in buffers belongs to the time before.
  time_.run_for(milliseconds(300));
  std::string instead;
  for (const base::TimePoint end = time_.now() + kPatience; time_.now() < end;) {
    audio_of(name).forget();
    time_.run_for(milliseconds(500));
    if (is_heard(audio_of(name), what) == heard) return;
    instead = audio_of(name).heard();
  }
  throw Fault(name + (heard ? " does not hear " : " hears ") + what + " but " + instead);
}

void Runner::expect_digits(const std::string& name, size_t count) {
  if (!time_.run_until([&] { return audio_of(name).digits_heard() >= count; }, kPatience) ||
      audio_of(name).digits_heard() != count)
    throw Fault(name + " heard " + std::to_string(audio_of(name).digits_heard()) + " digits");
}

void Runner::expect_recording(const std::string& name, const std::string& left,
                              const std::string& right) {
  const auto closed = [&] {
    return !node_.recordings().empty() && node_.recordings().back().closed;
  };
  if (!time_.run_until(closed, kPatience)) throw Fault("no recording has ended");
  const auto& recording = node_.recordings().back();
  if (recording.name != name) throw Fault("the recording is called " + recording.name);
  const std::string* const parties[] = {&left, &right};
  if (recording.channels != 2) throw Fault("the recording is not in stereo");
  for (size_t channel = 0; channel < 2; ++channel) {
    std::vector<int16_t> side;
    for (size_t i = channel; i < recording.samples.size(); i += 2)
      side.push_back(recording.samples[i]);
    const size_t second = recording.rate;
    if (side.size() < second) throw Fault("the recording is shorter than a second");
    const auto tone = audio::testing::strongest_tone(std::span(side).last(second).first(second / 2),
                                                     recording.rate);
    if (tone.dbov < -35 || std::abs(tone.hz - party(*parties[channel]).hz()) > 5)
      throw Fault("side " + std::to_string(channel) + " of the recording has " +
                  std::to_string(std::lround(tone.hz)) + " Hz, not " + *parties[channel]);
  }
}

void Runner::expect_rest(const std::string& name) {
  Party& party = this->party(name);
  if (!time_.run_until([&] { return party.unrest().empty(); }, kPatience))
    throw Fault(name + " " + party.unrest());
}

void Runner::expect_calls(size_t count) {
  const auto calls = [&] { return node_.control().counts().calls; };
  if (!time_.run_until([&] { return calls() == count; }, kPatience))
    throw Fault("the node has " + std::to_string(calls()) + " calls\n" + node_.dump());
}

void Runner::expect_media(const std::string& where) {
  const auto calls = node_.control().ledger().calls();
  if (calls.empty()) throw Fault("there is no call");
  const std::string now = calls.front()->direct ? "direct" : "here";
  if (now != where) throw Fault("media is " + now);
}

// Each as "<trouble> <sentence>".
std::vector<std::string> Runner::unread_findings() {
  std::vector<std::string> out;
  for (const call::CallRecord* call : node_.control().ledger().calls()) {
    for (const call::LegRecord& leg : call->legs) {
      for (const call::Finding& finding : leg.findings) {
        std::string text =
            std::string(call::trouble_name(finding.trouble)) + " " + finding.sentence;
        out.push_back(bare_words(text));
      }
    }
  }
  for (const std::string& read : read_findings_)
    if (const auto it = std::ranges::find(out, read); it != out.end()) out.erase(it);
  return out;
}

void Runner::expect_diagnosis(const std::string& words, base::Duration limit) {
  std::string found;
  const auto look = [&] {
    for (const std::string& text : unread_findings())
      if (support::matches(text, words)) return found = text, true;
    return false;
  };
  if (!time_.run_until(look, limit)) {
    std::string others;
    for (const std::string& text : unread_findings()) others += "\n    " + text;
    throw Fault("there is no diagnosis " + words + "; unread:" + others);
  }
  network_.trace("diagnosis: " + found);
  read_findings_.push_back(found);
}

void Runner::expect_no_diagnosis() {
  if (const auto left = unread_findings(); !left.empty()) throw Fault("it says: " + left.front());
}

void Runner::forbid(const std::string& name, const std::string& words) {
  forbidden_.push_back({line_, name, words, party(name).events().size()});
}

// --- the network ---------------------------------------------------------------------------------

// "[<count>|every] <title...> from|to <party>"
void Runner::add_rule(support::Rule::Action action, const Captures& what, base::Duration delay) {
  if (what.size() < 3) throw Fault("which message, and from or to whom?");
  support::Rule rule{.action = action, .title = {}, .ip = party(what.back()).ip(), .delay = delay};
  const std::string& way = what[what.size() - 2];
  if (way != "from" && way != "to") throw Fault("from or to, not " + way);
  rule.from = way == "from";
  for (size_t i = 0; i + 2 < what.size(); ++i) rule.title += (i == 0 ? "" : " ") + what[i];
  if (rule.title.starts_with("every ")) {
    rule.title.erase(0, 6);
    rule.count = SIZE_MAX;
  }
  network_.add_rule(std::move(rule));
}

// --- the end -------------------------------------------------------------------------------------

void Runner::end() {
  time_.run_for(kEnd);
  for (const Forbidden& one : forbidden_) {
    const auto& events = party(one.party).events();
    for (size_t i = one.first; i < events.size(); ++i) {
      if (!support::matches(events[i].text, one.words)) continue;
      line_ = one.line;
      throw Fault(one.party + " got " + events[i].text);
    }
  }
  std::string left = node_.leftovers();
  const auto check = [&](Party& party) {
    if (const std::string unrest = party.unrest(); !unrest.empty())
      left += party.name() + " " + unrest + "\n";
  };
  for (const auto& [name, phone] : phones_) check(*phone);
  for (const auto& [name, browser] : browsers_) check(*browser);
  if (!left.empty()) throw Fault("at the end there is left:\n" + left);
}

}  // namespace viaduct::scenario
