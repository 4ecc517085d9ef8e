#include "scenario/verbs.h"

#include <functional>

namespace viaduct::scenario {
namespace {

using support::kPassword;
using support::Rule;
using support::SipPhone;
using support::VertoClient;

template <class Who>
struct Verb {
  std::string_view pattern;
  // False when the party is in no state for it.
  bool (*act)(Runner&, Who&, const Captures&);
};

constexpr bool kDone = true;

bool speak(support::Party& party, bool on) {
  if (!party.audio()) return false;
  party.audio()->speak(on);
  return true;
}

const Verb<SipPhone> kPhoneVerbs[] = {
    {"registers",
     [](Runner& r, SipPhone& p, const Captures&) {
       if (!p.register_with(kPassword)) return false;
       r.expect_event(p.name(), "200 REGISTER", Runner::kPatience);
       return kDone;
     }},
    {"unregisters",
     [](Runner& r, SipPhone& p, const Captures&) {
       if (!p.register_with(kPassword, 0)) return false;
       r.expect_event(p.name(), "200 REGISTER", Runner::kPatience);
       return kDone;
     }},
    {"asks to register with password <p>",
     [](Runner&, SipPhone& p, const Captures& c) { return p.register_with(c[0]); }},
    {"calls <number>", [](Runner&, SipPhone& p, const Captures& c) { return p.call(c[0], {}); }},
    {"calls <number> without offer",
     [](Runner&, SipPhone& p, const Captures& c) {
       return p.call(c[0], {.offer = false, .password = {}});
     }},
    {"calls <number> with password <p>",
     [](Runner&, SipPhone& p, const Captures& c) {
       return p.call(c[0], {.offer = true, .password = c[1]});
     }},
    {"rings", [](Runner&, SipPhone& p, const Captures&) { return p.ring(false); }},
    {"rings with media", [](Runner&, SipPhone& p, const Captures&) { return p.ring(true); }},
    {"answers", [](Runner&, SipPhone& p, const Captures&) { return p.answer(); }},
    {"rejects with <status>",
     [](Runner&, SipPhone& p, const Captures& c) {
       return p.reject(static_cast<uint16_t>(read_number(c[0])));
     }},
    {"cancels", [](Runner&, SipPhone& p, const Captures&) { return p.cancel(); }},
    {"hangs up", [](Runner&, SipPhone& p, const Captures&) { return p.hang_up(); }},
    {"holds", [](Runner&, SipPhone& p, const Captures&) { return p.reoffer("sendonly"); }},
    {"holds as inactive",
     [](Runner&, SipPhone& p, const Captures&) { return p.reoffer("inactive"); }},
    {"holds by address",
     [](Runner&, SipPhone& p, const Captures&) {
       return p.reoffer("sendrecv", base::IpAddress::v4(0));
     }},
    {"retrieves", [](Runner&, SipPhone& p, const Captures&) { return p.reoffer("sendrecv"); }},
    {"retrieves without offer",
     [](Runner&, SipPhone& p, const Captures&) { return p.ask_for_offer(); }},
    {"sends info <digit>",
     [](Runner&, SipPhone& p, const Captures& c) { return p.send_info(c[0][0]); }},
    {"dials <digits>",
     [](Runner&, SipPhone& p, const Captures& c) {
       if (!p.audio()) return false;
       p.audio()->dial(c[0]);
       return kDone;
     }},
    {"repeats its INVITE", [](Runner&, SipPhone& p, const Captures&) { return p.repeat_invite(); }},
    {"has only <codec>", [](Runner&, SipPhone& p, const Captures& c) { return p.limit_to(c[0]); }},
    {"keeps its ACKs back",
     [](Runner&, SipPhone& p, const Captures&) { return p.keep_acks_back(true), kDone; }},
    {"acknowledges",
     [](Runner&, SipPhone& p, const Captures&) {
       p.keep_acks_back(false);
       return p.acknowledge();
     }},
    {"falls silent", [](Runner&, SipPhone& p, const Captures&) { return p.fall_silent(), kDone; }},
    {"names <ip> in its SDP",
     [](Runner&, SipPhone& p, const Captures& c) {
       p.habits.named_ip = base::IpAddress::parse(c[0]).value();
       return kDone;
     }},
    {"encrypts", [](Runner&, SipPhone& p, const Captures&) { return p.habits.encrypts = true; }},
    {"sends payload type <n>",
     [](Runner&, SipPhone& p, const Captures& c) {
       p.habits.payload_type = static_cast<uint8_t>(read_number(c[0]));
       return kDone;
     }},
    {"sends reports",
     [](Runner&, SipPhone& p, const Captures&) { return p.habits.sends_reports = true; }},
    {"speaks", [](Runner&, SipPhone& p, const Captures&) { return speak(p, true); }},
    {"hushes", [](Runner&, SipPhone& p, const Captures&) { return speak(p, false); }},
};

const Verb<VertoClient> kBrowserVerbs[] = {
    {"logs in",
     [](Runner& r, VertoClient& b, const Captures&) {
       if (!b.log_in(kPassword)) return false;
       r.expect_event(b.name(), "result login", Runner::kPatience);
       r.expect_event(b.name(), "verto.clientReady", Runner::kPatience);
       return kDone;
     }},
    {"asks to log in with password <p>",
     [](Runner&, VertoClient& b, const Captures& c) { return b.log_in(c[0]); }},
    {"calls <number>", [](Runner&, VertoClient& b, const Captures& c) { return b.call(c[0]); }},
    {"calls <number> with its own ringback",
     [](Runner&, VertoClient& b, const Captures& c) { return b.call(c[0], true); }},
    {"repeats its invite",
     [](Runner&, VertoClient& b, const Captures&) { return b.repeat_invite(); }},
    {"answers", [](Runner&, VertoClient& b, const Captures&) { return b.answer(); }},
    {"hangs up", [](Runner&, VertoClient& b, const Captures&) { return b.hang_up(""); }},
    {"hangs up with <cause>",
     [](Runner&, VertoClient& b, const Captures& c) { return b.hang_up(c[0]); }},
    {"dials <digits>", [](Runner&, VertoClient& b, const Captures& c) { return b.dial(c[0]); }},
    {"holds", [](Runner&, VertoClient& b, const Captures&) { return b.modify("hold"); }},
    {"retrieves", [](Runner&, VertoClient& b, const Captures&) { return b.modify("unhold"); }},
    {"toggles hold",
     [](Runner&, VertoClient& b, const Captures&) { return b.modify("toggleHold"); }},
    {"transfers to <number>",
     [](Runner&, VertoClient& b, const Captures& c) {
       return b.modify("transfer", {{"destination", c[0]}});
     }},
    {"joins <line>",
     [](Runner& r, VertoClient& b, const Captures& c) {
       return b.modify("replace", {{"replaceCallID", r.call_id_of(c[0])}});
     }},
    {"loses its socket", [](Runner&, VertoClient& b, const Captures&) { return b.lose_socket(); }},
    {"loses its network",
     [](Runner&, VertoClient& b, const Captures&) { return b.lose_network(); }},
    {"reloads its page", [](Runner&, VertoClient& b, const Captures&) { return b.reload(); }},
    {"comes back", [](Runner&, VertoClient& b,
                      const Captures&) { return !b.has_socket() && b.log_in(kPassword); }},
    {"closes its media", [](Runner&, VertoClient& b, const Captures&) { return b.close_media(); }},
    {"opens a second tab", [](Runner&, VertoClient& b,
                              const Captures&) { return b.lose_network() && b.log_in(kPassword); }},
    {"takes offers again",
     [](Runner&, VertoClient& b, const Captures&) { return b.accept_attach(true), kDone; }},
    {"leaves offers unanswered",
     [](Runner&, VertoClient& b, const Captures&) { return b.accept_attach(false), kDone; }},
    {"asks for new media",
     [](Runner&, VertoClient& b, const Captures&) { return b.ask_for_new_media(); }},
    {"names its addresses",
     [](Runner&, VertoClient& b, const Captures&) { return b.habits.names_candidates = true; }},
    {"checks with a wrong password",
     [](Runner&, VertoClient& b, const Captures&) { return b.habits.wrong_ice_password = true; }},
    {"shows another certificate",
     [](Runner&, VertoClient& b, const Captures&) { return b.habits.wrong_fingerprint = true; }},
    {"speaks", [](Runner&, VertoClient& b, const Captures&) { return speak(b, true); }},
    {"hushes", [](Runner&, VertoClient& b, const Captures&) { return speak(b, false); }},
};

template <class Who, size_t N>
void tell(const Verb<Who> (&verbs)[N], Runner& runner, Who& who, const Statement& statement) {
  for (const Verb<Who>& verb : verbs) {
    const auto captures = fit(verb.pattern, statement.words, 1);
    if (!captures) continue;
    if (verb.act(runner, who, *captures)) return;
    throw Fault("\"" + statement.text() + "\" cannot be done now; " + who.name() + " " +
                (who.unrest().empty() ? "is at rest" : who.unrest()));
  }
  throw Fault("nobody understands \"" + statement.text() + "\"");
}

struct Saying {
  std::string_view pattern;
  void (*act)(Runner&, const Captures&);
};

// "INVITE from alice [by 100 ms]" in words.
Captures words_of(const std::string& text) { return read_statements(text).front().words; }

void delay(Runner& runner, const Captures& c) {
  Captures what = words_of(c[0]);
  if (what.size() < 6 || what[what.size() - 3] != "by") throw Fault("delayed by how much?");
  const base::Duration by = read_duration(what[what.size() - 2], what.back());
  what.resize(what.size() - 3);
  runner.add_rule(Rule::Action::delay, what, by);
}

const Saying kSayings[] = {
    {"phone <name> <number>", [](Runner& r, const Captures& c) { r.add_phone(c[0], c[1]); }},
    {"browser <name> <number>", [](Runner& r, const Captures& c) { r.add_browser(c[0], c[1]); }},
    {"line <name> of <who>", [](Runner& r, const Captures& c) { r.add_line(c[0], c[1]); }},
    {"node has <n> rtp pairs",
     [](Runner& r, const Captures& c) { r.set_port_pairs(read_number(c[0])); }},
    {"wait <n> <unit>", [](Runner& r, const Captures& c) { r.wait(read_duration(c[0], c[1])); }},
    {"expect recording <name> has <who> left and <who> right",
     [](Runner& r, const Captures& c) { r.expect_recording(c[0], c[1], c[2]); }},
    {"expect <who> hears <n> digits",
     [](Runner& r, const Captures& c) { r.expect_digits(c[0], read_number(c[1])); }},
    {"expect <who> hears <what>",
     [](Runner& r, const Captures& c) { r.expect_sound(c[0], c[1], true); }},
    {"expect <who> does not hear <what>",
     [](Runner& r, const Captures& c) { r.expect_sound(c[0], c[1], false); }},
    {"expect <who> is at rest", [](Runner& r, const Captures& c) { r.expect_rest(c[0]); }},
    {"expect <who> gets nothing else",
     [](Runner& r, const Captures& c) { r.expect_nothing_else(c[0]); }},
    {"expect node has <n> calls",
     [](Runner& r, const Captures& c) { r.expect_calls(read_number(c[0])); }},
    {"expect media is <where>", [](Runner& r, const Captures& c) { r.expect_media(c[0]); }},
    {"expect no diagnosis", [](Runner& r, const Captures&) { r.expect_no_diagnosis(); }},
    {"expect diagnosis <...>",
     [](Runner& r, const Captures& c) { r.expect_diagnosis(c[0], Runner::kPatience); }},
    {"expect within <n> <unit> diagnosis <...>",
     [](Runner& r, const Captures& c) { r.expect_diagnosis(c[2], read_duration(c[0], c[1])); }},
    {"expect <who> gets <...>",
     [](Runner& r, const Captures& c) { r.expect_event(c[0], c[1], Runner::kPatience); }},
    {"expect within <n> <unit> <who> gets <...>",
     [](Runner& r, const Captures& c) { r.expect_event(c[2], c[3], read_duration(c[0], c[1])); }},
    {"never <who> gets <...>", [](Runner& r, const Captures& c) { r.forbid(c[0], c[1]); }},
    {"network loses the next <...>",
     [](Runner& r, const Captures& c) { r.add_rule(Rule::Action::lose, words_of(c[0]), {}); }},
    {"network loses <...>",
     [](Runner& r, const Captures& c) { r.add_rule(Rule::Action::lose, words_of(c[0]), {}); }},
    {"network doubles the next <...>",
     [](Runner& r, const Captures& c) { r.add_rule(Rule::Action::duplicate, words_of(c[0]), {}); }},
    {"network delays the next <...>", delay},
};

}  // namespace

void tell_phone(Runner& runner, SipPhone& phone, const Statement& statement) {
  tell(kPhoneVerbs, runner, phone, statement);
}

void tell_browser(Runner& runner, VertoClient& browser, const Statement& statement) {
  tell(kBrowserVerbs, runner, browser, statement);
}

void tell_world(Runner& runner, const Statement& statement) {
  for (const Saying& saying : kSayings) {
    const auto captures = fit(saying.pattern, statement.words);
    if (!captures) continue;
    saying.act(runner, *captures);
    return;
  }
  throw Fault("nobody understands \"" + statement.text() + "\"");
}

}  // namespace viaduct::scenario
