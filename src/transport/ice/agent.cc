#include "transport/ice/agent.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "transport/stun/builder.h"

namespace viaduct::ice {
namespace {

using base::TimePoint;

// STUN error codes (RFC 8489 §14.8, RFC 8445 §16.2).
constexpr uint16_t kBadRequest = 400;
constexpr uint16_t kUnauthenticated = 401;
constexpr uint16_t kUnknownAttribute = 420;
constexpr uint16_t kRoleConflict = 487;

// Holds every reply: header, an IPv6 address or a full list of unknown attributes, integrity and
// fingerprint.
constexpr size_t kReplyBuffer = 160;
constexpr size_t kUnlimited = kReplyBuffer;

}  // namespace

LiteAgent::LiteAgent(Credentials local, AgentOptions options) : options_(options) {
  current_.local = std::move(local);
}

void LiteAgent::set_remote(std::string_view ufrag, TimePoint now) {
  if (current_.remote_ufrag == ufrag) return;
  current_.remote_ufrag = std::string(ufrag);
  // What another peer taught (a forked answer that did not win) is no longer to be believed.
  std::erase_if(pairs_, [&](const Pair& pair) {
    return pair.generation == current_.number && pair.remote_ufrag != ufrag;
  });
  if (selected_ && !find(*selected_)) selected_.reset();
  failed_ = false;
  if (std::ranges::find(pairs_, current_.number, &Pair::generation) == pairs_.end())
    initial_deadline_ = now + options_.initial_timeout;
}

void LiteAgent::restart(Credentials local) {
  // A second restart before the first came to a pair: the old pair's credentials stay the old ones.
  const uint32_t number = current_.number + 1;
  if (previous_) {
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.generation == current_.number; });
    if (selected_ && !find(*selected_)) selected_.reset();
  } else if (!failed_) {
    previous_ = std::move(current_);
  }
  current_ = Generation{std::move(local), std::nullopt, number};
  initial_deadline_ = base::kNever;
  failed_ = false;
}

bool LiteAgent::accepts_ufrag(std::string_view local_ufrag) const {
  return generation_of(local_ufrag) != nullptr;
}

const LiteAgent::Generation* LiteAgent::generation_of(std::string_view local_ufrag) const {
  if (current_.local.ufrag == local_ufrag) return &current_;
  if (previous_ && previous_->local.ufrag == local_ufrag) return &*previous_;
  return nullptr;
}

void LiteAgent::receive(std::span<const uint8_t> packet, const Path& from, TimePoint now,
                        Sink& sink) {
  const auto message = stun::Message::parse(packet);
  if (!message || message->method != stun::kBinding) {
    ++stats_.malformed;
    return;
  }
  // Indications only keep a NAT binding open (RFC 8445 §11); responses answer nothing of ours.
  if (message->message_class != stun::Class::request) return;
  receive_request(*message, packet.size(), from, now, sink);
}

// RFC 8489 §9.1.3 for the integrity, §6.3.1 for unknown attributes, RFC 8445 §7.3 for the rest.
void LiteAgent::receive_request(const stun::Message& request, size_t request_size, const Path& from,
                                TimePoint now, Sink& sink) {
  const auto names = request.username ? stun::split_username(*request.username) : std::nullopt;
  if (!names || !request.has_integrity) {
    ++stats_.unauthenticated;
    return reply_error(request, kBadRequest, nullptr, request_size, from, sink);
  }
  const Generation* generation = generation_of(names->local_ufrag);
  const bool peer_known =
      generation && (!generation->remote_ufrag || *generation->remote_ufrag == names->remote_ufrag);
  if (!peer_known || !request.integrity_matches(generation->local.password.reveal())) {
    ++stats_.unauthenticated;
    return reply_error(request, kUnauthenticated, nullptr, request_size, from, sink);
  }
  if (!request.not_understood.empty()) {
    ++stats_.not_understood;
    return reply_error(request, kUnknownAttribute, generation, kUnlimited, from, sink);
  }
  if (request.ice_controlled) {
    ++stats_.role_conflicts;
    return reply_error(request, kRoleConflict, generation, kUnlimited, from, sink);
  }
  if (failed_) {
    // RFC 7675 §5.1: consent that expired comes back only with new credentials.
    ++stats_.late;
    return;
  }
  ++stats_.checks_answered;
  reply_success(request, *generation, from, sink);
  if (generation == &current_) initial_deadline_ = base::kNever;

  const uint32_t number = generation->number;
  Pair& pair = pair_for(from, names->remote_ufrag, number);
  // Consent checks of some peers leave the priority out: what it was stands.
  pair.priority = request.priority.value_or(pair.priority);
  pair.last_check = now;
  pair.lost = false;
  // A check under old credentials says nothing about the pair's use under the new.
  if (request.use_candidate && pair.generation == number) nominate(pair, now);
}

void LiteAgent::reply_success(const stun::Message& request, const Generation& generation,
                              const Path& to, Sink& sink) {
  std::array<uint8_t, kReplyBuffer> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::success, request.method, request.transaction);
  builder.xor_mapped_address(to.remote);
  builder.integrity(generation.local.password.reveal());
  builder.fingerprint();
  sink.send(to, builder.finish().value());
}

// Without a generation the sender has proved nothing: the reply carries no integrity, and is not
// sent when it is longer than `longest`.
void LiteAgent::reply_error(const stun::Message& request, uint16_t code,
                            const Generation* generation, size_t longest, const Path& to,
                            Sink& sink) {
  std::array<uint8_t, kReplyBuffer> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::error, request.method, request.transaction);
  builder.error_code(code, {});
  if (code == kUnknownAttribute) builder.unknown_attributes(request.not_understood.types());
  if (generation) builder.integrity(generation->local.password.reveal());
  builder.fingerprint();
  const auto reply = builder.finish().value();
  if (reply.size() <= longest) sink.send(to, reply);
}

LiteAgent::Pair& LiteAgent::pair_for(const Path& path, std::string_view remote_ufrag,
                                     uint32_t generation) {
  Pair* pair = find(path);
  if (!pair) {
    if (pairs_.size() >= options_.max_pairs) evict_one();
    pair = &pairs_.emplace_back();
    pair->path = path;
    pair->generation = generation;
    pair->remote_ufrag = remote_ufrag;
  } else if (pair->generation < generation) {
    // Known from before the restart: it must be nominated anew.
    pair->generation = generation;
    pair->remote_ufrag = remote_ufrag;
    pair->nominated = false;
  }
  return *pair;
}

void LiteAgent::evict_one() {
  const auto oldest = std::ranges::min_element(pairs_, {}, [&](const Pair& pair) {
    return selected_ == pair.path ? TimePoint::max() : pair.last_check;
  });
  if (oldest == pairs_.end()) return;
  ++stats_.pairs_evicted;
  if (selected_ == oldest->path) selected_.reset();
  pairs_.erase(oldest);
}

void LiteAgent::nominate(Pair& pair, TimePoint now) {
  pair.nominated = true;
  pair.last_nomination = now;
  if (pair.generation == current_.number && previous_) {
    // The restart has come to its pair: what was before it goes (RFC 8445 §9.1.1.1).
    const Path path = pair.path;
    previous_.reset();
    std::erase_if(pairs_, [&](const Pair& p) { return p.generation != current_.number; });
    return select(path);
  }
  const Pair* before = selected_ ? find(*selected_) : nullptr;
  const bool held = before && before != &pair && before->priority > pair.priority &&
                    now - before->last_nomination < options_.nomination_hold;
  if (!held) select(pair.path);
}

void LiteAgent::select(const Path& path) {
  if (selected_ == path) return;
  selected_ = path;
  events_.push_back(PairSelected{path});
}

LiteAgent::Pair* LiteAgent::find(const Path& path) {
  const auto it = std::ranges::find(pairs_, path, &Pair::path);
  return it == pairs_.end() ? nullptr : &*it;
}
const LiteAgent::Pair* LiteAgent::find(const Path& path) const {
  return const_cast<LiteAgent*>(this)->find(path);
}

LiteAgent::Pair* LiteAgent::latest_nominated() {
  const auto rank = [](const Pair& pair) {
    return std::tuple(!pair.lost, pair.nominated, pair.last_nomination);
  };
  const auto best = std::ranges::max_element(pairs_, {}, rank);
  return best != pairs_.end() && best->nominated && !best->lost ? &*best : nullptr;
}

bool LiteAgent::is_validated(const Path& path) const {
  const Pair* const pair = find(path);
  return pair && !pair->lost;
}

std::optional<Path> LiteAgent::selected() const { return selected_; }

std::optional<Path> LiteAgent::send_path() const {
  if (selected_) return selected_;
  const auto best = std::ranges::max_element(
      pairs_, {}, [](const Pair& pair) { return std::pair(!pair.lost, pair.priority); });
  return best == pairs_.end() || best->lost ? std::nullopt : std::optional(best->path);
}

void LiteAgent::path_lost(const Path& path) {
  Pair* const pair = find(path);
  if (!pair) return;
  pair->lost = true;
  if (selected_ != path) return;
  selected_.reset();
  if (const Pair* const next = latest_nominated()) select(next->path);
}

std::optional<Event> LiteAgent::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

TimePoint LiteAgent::next_timeout() const {
  TimePoint next = initial_deadline_;
  for (const Pair& pair : pairs_) next = std::min(next, pair.last_check + options_.consent_timeout);
  return next;
}

void LiteAgent::handle_timeout(TimePoint now) {
  if (now >= initial_deadline_) {
    initial_deadline_ = base::kNever;
    // A restart that nobody followed leaves the old pair as it is.
    if (pairs_.empty()) return fail(CheckTimeout{});
  }
  expire_pairs(now);
}

// Consent is each pair's own. When the selected one's is gone, the latest nominated of the others
// takes over; without one the session has lost its peer, unless a restart's checks are awaited.
void LiteAgent::expire_pairs(TimePoint now) {
  const auto expired = [&](const Pair& p) {
    return now >= p.last_check + options_.consent_timeout;
  };
  if (std::erase_if(pairs_, expired) == 0) return;
  const bool selected_gone = selected_ && !find(*selected_);
  if (!pairs_.empty() && !selected_gone) return;
  if (const Pair* const next = latest_nominated()) return select(next->path);
  if (initial_deadline_ == base::kNever) return fail(ConsentLost{});
  selected_.reset();
}

void LiteAgent::fail(Event event) {
  failed_ = true;
  pairs_.clear();
  selected_.reset();
  initial_deadline_ = base::kNever;
  events_.push_back(std::move(event));
}

std::string LiteAgent::dump() const {
  std::string out = "ice-lite ufrag=" + current_.local.ufrag +
                    (previous_ ? " restarting-from=" + previous_->local.ufrag : "") +
                    (failed_     ? " failed"
                     : selected_ ? " selected"
                                 : " unselected") +
                    " pairs=" + std::to_string(pairs_.size()) +
                    " answered=" + std::to_string(stats_.checks_answered) +
                    " malformed=" + std::to_string(stats_.malformed) +
                    " unauthenticated=" + std::to_string(stats_.unauthenticated);
  return out;
}

}  // namespace viaduct::ice
