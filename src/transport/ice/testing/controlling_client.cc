#include "transport/ice/testing/controlling_client.h"

#include <algorithm>
#include <array>

#include "transport/stun/builder.h"

namespace viaduct::ice::testing {

using base::SocketAddress;
using base::TimePoint;

ControllingClient::ControllingClient(base::Rng& rng, ControllingOptions options)
    : rng_(rng), options_(options), tie_breaker_(rng.u64()) {}

void ControllingClient::start(std::string local_ufrag, Credentials remote,
                              std::vector<SocketAddress> candidates, TimePoint now) {
  local_ufrag_ = std::move(local_ufrag);
  remote_ = std::move(remote);
  checks_.clear();
  nominating_ = false;
  TimePoint at = now;
  for (const SocketAddress& candidate : candidates) {
    begin_check(candidate, options_.nomination == Nomination::aggressive, false, at);
    at += options_.pace;
  }
  handle_timeout(now);
}

void ControllingClient::begin_check(const SocketAddress& remote, bool nominating, bool consent,
                                    TimePoint at) {
  Check& check = checks_.emplace_back();
  check.remote = remote;
  rng_.fill(check.transaction);
  check.nominating = nominating;
  check.consent = consent;
  check.wait = options_.first_timeout;
  check.next = at;
}

void ControllingClient::send(Check& check, TimePoint now) {
  std::array<uint8_t, 512> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::request, stun::kBinding, check.transaction);
  builder.username(remote_.ufrag + ":" + local_ufrag_);
  builder.priority(options_.priority);
  if (check.nominating) builder.use_candidate();
  builder.ice_controlling(tie_breaker_);
  builder.integrity(remote_.password.reveal());
  builder.fingerprint();
  const auto packet = builder.finish().value();
  outputs_.push_back(Transmit{check.remote, {packet.begin(), packet.end()}});
  ++check.sends;
  if (check.consent || check.sends >= options_.most_sends) {
    check.next = now + options_.first_timeout * options_.last_wait;
  } else {
    check.next = now + check.wait;
    check.wait *= 2;
  }
}

void ControllingClient::receive(std::span<const uint8_t> packet, const SocketAddress& from,
                                TimePoint now) {
  const auto message = stun::Message::parse(packet);
  if (!message || message->message_class == stun::Class::request) return;
  const auto it = std::ranges::find(checks_, message->transaction, &Check::transaction);
  if (it == checks_.end() || it->remote != from) return;
  if (message->message_class == stun::Class::error) {
    errors_.push_back(message->error ? message->error->code : uint16_t{0});
    checks_.erase(it);
    if (checks_.empty() && !selected_) outputs_.push_back(ChecksFailed{});
    return;
  }
  if (!message->integrity_matches(remote_.password.reveal())) return;
  mapped_ = message->xor_mapped_address;
  const Check check = *it;
  checks_.erase(it);
  succeeded(check, now);
}

void ControllingClient::succeeded(const Check& check, TimePoint now) {
  if (check.consent) {
    if (check.remote == selected_) consent_until_ = now + options_.consent_timeout;
    return;
  }
  if (!check.nominating) {
    if (nominating_) return;
    nominating_ = true;
    begin_check(check.remote, true, false, now);
    return handle_timeout(now);
  }
  std::erase_if(checks_, [](const Check& other) { return !other.nominating; });
  const bool moved = selected_ != check.remote;
  selected_ = check.remote;
  consent_until_ = now + options_.consent_timeout;
  next_consent_ = now + options_.consent_interval;
  if (moved) outputs_.push_back(Nominated{check.remote});
}

void ControllingClient::handle_timeout(TimePoint now) {
  if (now >= consent_until_) {
    selected_.reset();
    checks_.clear();
    next_consent_ = consent_until_ = base::kNever;
    outputs_.push_back(ConsentExpired{});
    return;
  }
  if (now >= next_consent_) ask_consent(now);
  const size_t before = checks_.size();
  std::erase_if(checks_, [&](const Check& check) {
    const bool sent_all = check.consent ? check.sends > 0 : check.sends >= options_.most_sends;
    return now >= check.next && sent_all;
  });
  for (Check& check : checks_)
    if (now >= check.next) send(check, now);
  if (before != 0 && checks_.empty() && !selected_) outputs_.push_back(ChecksFailed{});
}

void ControllingClient::ask_consent(TimePoint now) {
  begin_check(*selected_, options_.nomination == Nomination::aggressive, true, now);
  // 0.8 to 1.2 times the interval, so that many sessions do not fall into step.
  next_consent_ = now + options_.consent_interval * (800 + rng_.below(401)) / 1000;
}

std::optional<Output> ControllingClient::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

TimePoint ControllingClient::next_timeout() const {
  TimePoint next = std::min(next_consent_, consent_until_);
  for (const Check& check : checks_) next = std::min(next, check.next);
  return next;
}

}  // namespace viaduct::ice::testing
