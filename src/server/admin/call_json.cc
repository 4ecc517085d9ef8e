#include "server/admin/call_json.h"

#include <cstdio>

#include "core/call/causes.h"

namespace viaduct::admin {
namespace {

using jsonrpc::Array;
using jsonrpc::Object;

class Writer {
 public:
  explicit Writer(const node::ApiView& node) : node_(node) {}

  Object sent(const graph::SentStats& stats) const {
    Object out{{"packets", stats.packets}, {"bytes", stats.bytes}, {"bitrate", stats.bitrate}};
    coding(out, stats.coding);
    time(out, "last_packet", stats.last_packet);
    number(out, "mos", stats.mos);
    if (const auto& far = stats.reported) {
      Object report{
          {"lost", far->lost}, {"lost_percent", far->lost_percent}, {"jitter_ms", far->jitter_ms}};
      time(report, "at", far->at);
      out["reported"] = std::move(report);
    }
    return out;
  }

  Object received(const graph::ReceivedStats& stats) const {
    Object out{{"packets", stats.packets},
               {"bytes", stats.bytes},
               {"bitrate", stats.bitrate},
               {"lost", stats.lost},
               {"lost_percent", stats.lost_percent},
               {"late", stats.late},
               {"duplicates", stats.duplicates},
               {"jitter_ms", stats.jitter_ms},
               {"comfort_noise", stats.comfort_noise}};
    coding(out, stats.coding);
    time(out, "expected_since", stats.expected_since);
    time(out, "last_packet", stats.last_packet);
    time(out, "last_rtcp", stats.last_rtcp);
    number(out, "mos", stats.mos);
    const graph::Rejected& rejected = stats.rejected;
    out["rejected"] = Object{{"unknown_payload_type", rejected.unknown_payload_type},
                             {"malformed", rejected.malformed},
                             {"unauthentic", rejected.unauthentic},
                             {"replayed", rejected.replayed},
                             {"foreign_source", rejected.foreign_source},
                             {"early", rejected.early}};
    if (stats.unknown_payload_type) out["unknown_payload_type"] = *stats.unknown_payload_type;
    return out;
  }

  Object transport(const graph::TransportStats& stats) const {
    Object out{{"kind", stats.webrtc ? "webrtc" : "rtp"}};
    address(out, "local", stats.local);
    address(out, "remote", stats.remote);
    if (stats.foreign) address(out, "foreign", *stats.foreign);
    state(out, "ice", stats.ice);
    state(out, "dtls", stats.dtls);
    if (!stats.webrtc) return out;
    out["checks_answered"] = stats.checks_answered;
    out["checks_unauthenticated"] = stats.checks_unauthenticated;
    return out;
  }

  Object leg(const call::LegRecord& leg) const {
    Object out{{"id", leg.leg.str()},
               {"role", leg.is_caller ? "caller" : "called"},
               {"number", jsonrpc::valid_utf8(leg.party.number)},
               {"name", jsonrpc::valid_utf8(leg.party.name)}};
    time(out, "answered", leg.answered);
    if (leg.held) out["held"] = true;
    if (leg.left) out["ended"] = end(*leg.left);
    out["sent"] = sent(leg.stats.sent);
    out["received"] = received(leg.stats.received);
    out["transport"] = transport(leg.stats.transport);
    number(out, "round_trip_ms", leg.stats.round_trip_ms);
    Array findings;
    for (const call::Finding& finding : leg.findings) {
      Object one{{"trouble", call::trouble_name(finding.trouble)},
                 {"sentence", jsonrpc::valid_utf8(finding.sentence)}};
      time(one, "at", finding.at);
      findings.push_back(std::move(one));
    }
    out["diagnosis"] = std::move(findings);
    return out;
  }

  static Object end(const call::Termination& termination) {
    return {{"result", call::result_name(termination.result)},
            {"cause", call::to_q850(termination)},
            {"reason", jsonrpc::valid_utf8(termination.reason)}};
  }
  void time(Object& out, std::string_view name, std::optional<base::TimePoint> at) const {
    if (at) out[name] = iso_time(node_.wall(*at));
  }

 private:
  static void number(Object& out, std::string_view name, std::optional<double> value) {
    if (value) out[name] = *value;
  }
  static void address(Object& out, std::string_view name, const base::SocketAddress& address) {
    if (address.port != 0) out[name] = address.str();
  }
  static void coding(Object& out, const std::optional<graph::Coding>& coding) {
    if (!coding) return;
    out["codec"] = negotiation::encoding_name(coding->codec.encoding);
    out["payload_type"] = coding->payload_type;
  }
  static void state(Object& out, std::string_view name, graph::TransportState state) {
    switch (state) {
      case graph::TransportState::unused: return;
      case graph::TransportState::waiting: out[name] = "waiting"; return;
      case graph::TransportState::connected: out[name] = "connected"; return;
      case graph::TransportState::failed: out[name] = "failed"; return;
    }
  }

  const node::ApiView& node_;
};

}  // namespace

std::string iso_time(base::WallTime time) {
  using namespace std::chrono;
  const auto since = time.time_since_epoch();
  const auto day = floor<days>(since);
  const year_month_day date{sys_days(day)};
  const hh_mm_ss clock{floor<milliseconds>(since - day)};
  char out[40];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()},
                unsigned{date.month()}, unsigned{date.day()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return out;
}

Object to_json(const call::CallRecord& call, const node::ApiView& node, bool with_legs) {
  const Writer writer(node);
  Object out{{"id", call.id.str()},
             {"state", call.ended      ? "ended"
                       : call.answered ? "up"
                                       : "ringing"},
             {"caller", jsonrpc::valid_utf8(call.caller.number)},
             {"dialled", jsonrpc::valid_utf8(call.dialled)}};
  if (const auto* callee = call.callee_leg())
    out["callee"] = jsonrpc::valid_utf8(callee->party.number);
  writer.time(out, "began", call.began);
  writer.time(out, "answered", call.answered);
  writer.time(out, "ended", call.ended);
  out["media"] = call.direct ? "direct" : "server";
  writer.time(out, "taken_over", call.taken_over);
  if (call.ended) out["end"] = Writer::end(call.termination);
  size_t findings = 0;
  for (const call::LegRecord& leg : call.legs) findings += leg.findings.size();
  out["findings"] = findings;
  if (!with_legs) return out;
  Array legs;
  for (const call::LegRecord& leg : call.legs) legs.push_back(writer.leg(leg));
  out["legs"] = std::move(legs);
  return out;
}

}  // namespace viaduct::admin
