#include "signalling/dialog/dialog.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/networks.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using sip::Method;

namespace {

bool is_loose(const sip::Uri& uri) { return uri.params().has("lr"); }

std::vector<sip::NameAddr> record_route(const Message& message) {
  auto routes = message.record_route();
  return routes ? std::move(*routes) : std::vector<sip::NameAddr>{};
}

}  // namespace

bool is_behind_nat(const sip::Uri& contact, const sip::Flow& flow) {
  const auto host = contact.host_address();
  return host && *host != flow.remote.ip;
}

std::optional<sip::Flow> flow_to(const sip::Uri& uri, const sip::Flow& like) {
  const auto host = uri.host_address();
  if (!host || sip::is_reliable(like.transport)) return std::nullopt;
  const auto transport = uri.params().get("transport");
  if (uri.scheme() != sip::Uri::Scheme::sip || (transport && !base::iequals(*transport, "udp")))
    return std::nullopt;
  sip::Flow flow = like;
  flow.remote = {*host, uri.port() != 0 ? uri.port() : sip::default_port(like.transport)};
  return flow;
}

Dialog Dialog::from_our_invite(const Message& invite, std::vector<sip::NameAddr> routes,
                               const sip::Flow& flow) {
  Dialog dialog;
  dialog.call_id_ = invite.call_id();
  if (auto from = invite.from()) dialog.local_ = std::move(*from);
  if (auto to = invite.to()) dialog.remote_ = std::move(*to);
  if (const auto cseq = invite.cseq()) dialog.local_cseq_ = cseq->number;
  if (auto target = invite.request_uri()) dialog.remote_target_ = std::move(*target);
  dialog.route_set_ = std::move(routes);
  dialog.flow_ = flow;
  dialog.owns_call_id_ = true;
  return dialog;
}

Dialog Dialog::forked(const Message& response) const {
  Dialog dialog = *this;
  if (auto to = response.to()) dialog.remote_ = std::move(*to);
  dialog.route_set_ = record_route(response);
  std::reverse(dialog.route_set_.begin(), dialog.route_set_.end());  // §12.1.2
  dialog.refresh_target(response);
  dialog.note_nat(remote_target_);
  return dialog;
}

// Behind the same proxy a contact may be elsewhere than the flow's far end. It is taken for one
// behind a NAT when it is what we asked for over this flow, or private where the flow is public.
void Dialog::note_nat(const sip::Uri& asked) {
  const auto host = remote_target_.host_address();
  only_by_flow_ = host && is_behind_nat(remote_target_, flow_) &&
                  (base::iequals(remote_target_.host(), asked.host()) ||
                   (base::is_private(*host) && !base::is_private(flow_.remote.ip)));
}

base::Result<Dialog> Dialog::from_invite(const Message& invite, const sip::Flow& flow,
                                         std::string_view local_tag) {
  auto from = invite.from();
  auto to = invite.to();
  auto contact = invite.contact();
  const auto cseq = invite.cseq();
  const auto vias = invite.vias();
  if (!from || !to || !contact || !cseq || !vias || !contact->uri.is_sip())
    return base::Error{base::Errc::malformed, "INVITE that can make no dialog"};
  Dialog dialog;
  dialog.call_id_ = invite.call_id();
  dialog.local_ = std::move(*to);
  dialog.local_.set_tag(local_tag);
  dialog.remote_ = std::move(*from);
  dialog.remote_cseq_ = cseq->number;
  dialog.route_set_ = record_route(invite);
  dialog.remote_target_ = std::move(contact->uri);
  dialog.flow_ = flow;
  // With one Via nobody stands between: an address other than the source is one behind a NAT.
  dialog.only_by_flow_ = vias->size() == 1 && is_behind_nat(dialog.remote_target_, flow);
  return dialog;
}

// §12.2.1.1. A first route without lr is a strict router: it takes the place of the Request-URI and
// the target goes last.
Message Dialog::start_request(Method method, uint32_t cseq) const {
  const bool strict = !route_set_.empty() && !is_loose(route_set_.front().uri);
  sip::Uri target = strict ? route_set_.front().uri : remote_target_;
  target.clear_headers();
  Message request = Message::request(method, target);
  request.add(HeaderName::max_forwards, "70");
  for (size_t i = strict ? 1 : 0; i < route_set_.size(); ++i)
    request.add(HeaderName::route, route_set_[i].str());
  if (strict) request.add(HeaderName::route, "<" + remote_target_.str() + ">");
  request.add(HeaderName::from, local_.str());
  request.add(HeaderName::to, remote_.str());
  request.add(HeaderName::call_id, call_id_);
  request.add(HeaderName::cseq, sip::CSeq::of(cseq, method).str());
  return request;
}

Message Dialog::make_request(Method method) { return start_request(method, next_cseq()); }

Message Dialog::make_ack(uint32_t cseq) const { return start_request(Method::ack, cseq); }

bool Dialog::take_remote_cseq(uint32_t cseq) {
  if (remote_cseq_ && cseq <= *remote_cseq_) return false;
  remote_cseq_ = cseq;
  return true;
}

void Dialog::refresh_target(const Message& message) {
  auto contact = message.contact();
  if (contact && contact->uri.is_sip()) remote_target_ = std::move(contact->uri);
}

void Dialog::seen_on(const sip::Flow& flow) {
  if (only_by_flow_ || sip::is_reliable(flow.transport)) flow_ = flow;
}

sip::Flow Dialog::next_hop() const {
  if (only_by_flow_ && route_set_.empty()) return flow_;
  return flow_to(route_set_.empty() ? remote_target_ : route_set_.front().uri, flow_)
      .value_or(flow_);
}

}  // namespace viaduct::dialog
