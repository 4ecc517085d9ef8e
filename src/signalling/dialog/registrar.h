// The registrar (RFC 3261 §10.3, Path of RFC 3327): which contacts a user is reached at, and how.
//
//   REGISTER (authenticated) -> handle() -> response + BindingAdded / BindingRemoved
//   timer                    -> handle_timeout() ----> BindingRemoved
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "signalling/dialog/options.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/message.h"

namespace viaduct::dialog {

struct BindingTag;
using BindingId = base::Id<BindingTag>;

// One device of a user.
struct Binding {
  std::string aor;                // "user@domain", as authenticated
  std::string contact;            // URI: the request URI toward it
  std::vector<std::string> path;  // its Path: route set toward it, first hop first
  // Where requests to it go: the flow it registered over when it is behind a NAT, a proxy, a
  // connection or a name; else the address in its contact.
  sip::Flow flow;
  bool behind_nat = false;  // the contact's address is not where it speaks from
  uint16_t q = 1000;        // preference in thousandths (§20.10)
  base::TimePoint expires;
  std::string call_id;
  uint32_t cseq = 0;
  std::string user_agent;
};

struct BindingAdded {  // not for refreshes
  Binding binding;
};
struct BindingRemoved {
  Binding binding;
  bool expired = false;  // else the user took it away
};
using RegistrarEvent = std::variant<BindingAdded, BindingRemoved>;

class Registrar {
 public:
  explicit Registrar(RegistrarOptions options) : options_(options) {}

  // The response to a REGISTER of `aor`, whose user is proven. All of it is done or none (§10.3).
  sip::Message handle(const sip::Message& request, std::string_view aor, const sip::Flow& flow,
                      std::string_view to_tag, base::TimePoint now);
  // Best q first, then the most recent.
  std::vector<Binding> bindings(std::string_view aor) const;
  // A connection is gone, and with it the bindings that are reached over nothing else.
  void flow_failed(const sip::Flow& flow);

  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return timers_.next(); }
  std::optional<RegistrarEvent> poll();
  size_t size() const { return bindings_.size(); }

 private:
  struct Change {
    Binding binding;
    sip::Uri uri;
    bool remove = false;
  };
  // What a REGISTER asks for, checked; or the response that refuses it.
  using Plan = std::variant<std::vector<Change>, sip::Message>;

  Plan plan(const sip::Message& request, std::string_view aor, const sip::Flow& flow,
            std::string_view to_tag, base::TimePoint now) const;
  std::variant<Change, sip::Message> plan_contact(const sip::Message& request,
                                                  const sip::NameAddr& contact, Binding common,
                                                  std::string_view to_tag,
                                                  base::TimePoint now) const;
  void apply(Change change);
  void remove(BindingId id, bool expired);
  const std::vector<BindingId>* find(std::string_view aor) const;
  std::optional<BindingId> find_contact(std::string_view aor, const sip::Uri& uri) const;
  sip::Message success(const sip::Message& request, std::string_view aor, std::string_view to_tag,
                       base::TimePoint now) const;

  RegistrarOptions options_;
  base::SlotMap<Binding, BindingTag> bindings_;
  std::unordered_map<std::string, std::vector<BindingId>> by_aor_;
  base::TimerQueue<BindingId> timers_;
  std::deque<RegistrarEvent> events_;
};

}  // namespace viaduct::dialog
