#include "support/fake_network.h"

#include <cstdio>

#include "base/encoding.h"
#include "signalling/sip/parser.h"
#include "transport/stun/demux.h"

namespace viaduct::support {

std::string title_of(std::span<const uint8_t> datagram) {
  if (!datagram.empty() && datagram[0] >= 'A' && datagram[0] <= 'Z') {
    const auto message = sip::parse(base::as_text(datagram));
    if (!message) return "broken SIP";
    if (message->is_request()) return std::string(message->method_text());
    const auto cseq = message->cseq();
    return std::to_string(message->status()) + " " + (cseq ? cseq->method_text : "?");
  }
  switch (stun::classify(datagram)) {
    case stun::PacketKind::stun: return "STUN";
    case stun::PacketKind::dtls: return "DTLS";
    case stun::PacketKind::rtp: return "RTP";
    case stun::PacketKind::rtcp: return "RTCP";
    case stun::PacketKind::other: break;
  }
  return "other";
}

Rule* FakeNetwork::rule_for(const base::SocketAddress& from, const base::SocketAddress& to,
                            std::string_view title) {
  for (Rule& rule : rules_) {
    if (rule.count == 0 || (rule.from ? from.ip : to.ip) != rule.ip) continue;
    if (title == rule.title || title.starts_with(rule.title + " ")) return &rule;
  }
  return nullptr;
}

void FakeNetwork::send(const base::SocketAddress& from, const base::SocketAddress& to,
                       std::span<const uint8_t> bytes) {
  const std::string title = title_of(bytes);
  const bool is_sip = bytes[0] >= 'A' && bytes[0] <= 'Z';
  std::string fate;
  base::Duration delay = latency;
  int copies = 1;
  if (Rule* rule = rule_for(from, to, title)) {
    --rule->count;
    if (rule->action == Rule::Action::lose) copies = 0, fate = "  (lost)";
    if (rule->action == Rule::Action::duplicate) copies = 2, fate = "  (twice)";
    if (rule->action == Rule::Action::delay) delay += rule->delay, fate = "  (delayed)";
  }
  if (is_sip || !fate.empty())
    trace(name_of(from.ip) + " -> " + name_of(to.ip) + "  " + title + fate);
  for (; copies > 0; --copies) deliver_later(delay, from, to, bytes);
}

void FakeNetwork::deliver_later(base::Duration delay, const base::SocketAddress& from,
                                const base::SocketAddress& to, std::span<const uint8_t> bytes) {
  time_.after(delay, [this, from, to, copy = std::vector<uint8_t>(bytes.begin(), bytes.end())] {
    auto it = bound_.find(to);
    if (it == bound_.end()) it = bound_.find({to.ip, 0});
    if (it != bound_.end()) it->second->datagram(from, to, copy);
  });
}

std::string FakeNetwork::name_of(const base::IpAddress& ip) const {
  const auto it = names_.find(ip);
  return it == names_.end() ? ip.str() : it->second;
}

void FakeNetwork::trace(std::string_view line) {
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "%10.3f  ",
                std::chrono::duration<double>(time_.elapsed()).count());
  ladder_ += stamp;
  ladder_ += line;
  ladder_ += '\n';
}

}  // namespace viaduct::support
