#include "signalling/dialog/registrar.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "signalling/dialog/dialog.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;

namespace {

// qvalue (§25.1): 0 to 1 with at most three decimals, in thousandths. What is no qvalue counts
// as 1.
uint16_t parse_q(std::optional<std::string_view> text) {
  if (!text || text->empty() || text->front() != '0') return 1000;
  if (text->size() == 1) return 0;
  if ((*text)[1] != '.' || text->size() > 5) return 1000;
  std::string decimals(text->substr(2));
  decimals.resize(3, '0');
  return base::parse_number<uint16_t>(decimals).value_or(1000);
}

std::string contact_value(const Binding& binding, base::TimePoint now) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(binding.expires - now);
  std::string out = "<" + binding.contact + ">;expires=" + std::to_string(left.count());
  if (binding.q != 1000) {
    std::string decimals = std::to_string(binding.q);
    out += ";q=0." + std::string(3 - decimals.size(), '0') + decimals;
  }
  return out;
}

Message refusal(const Message& request, uint16_t status, std::string_view to_tag,
                std::string_view phrase = {}) {
  return sip::make_response(request, status, to_tag, phrase);
}

}  // namespace

Message Registrar::handle(const Message& request, std::string_view aor, const sip::Flow& flow,
                          std::string_view to_tag, base::TimePoint now) {
  Plan planned = plan(request, aor, flow, to_tag, now);
  if (Message* refused = std::get_if<Message>(&planned)) return std::move(*refused);
  for (Change& change : std::get<std::vector<Change>>(planned)) apply(std::move(change));
  return success(request, aor, to_tag, now);
}

Registrar::Plan Registrar::plan(const Message& request, std::string_view aor, const sip::Flow& flow,
                                std::string_view to_tag, base::TimePoint now) const {
  const auto cseq = request.cseq();
  const auto path = request.addresses(HeaderName::path);
  const bool has_contacts = request.has(HeaderName::contact);
  const auto contacts = request.contacts();
  if (!cseq || !path || (has_contacts && !contacts)) return refusal(request, 400, to_tag);
  if (!has_contacts) return std::vector<Change>{};
  if (path->size() > options_.max_path) return refusal(request, 400, to_tag, "Too Many Paths");

  Binding common;
  common.aor = aor;
  common.flow = flow;
  common.call_id = request.call_id();
  common.cseq = cseq->number;
  common.user_agent = request.user_agent();
  for (const sip::NameAddr& hop : *path) common.path.push_back(hop.uri.str());

  std::vector<Change> changes;
  if (contacts->all) {
    const auto expires = request.expires();
    if (!expires || *expires != 0) return refusal(request, 400, to_tag);  // §10.3 step 6
    if (const auto* ids = find(aor))
      for (const BindingId id : *ids) {
        const Binding& binding = *bindings_.find(id);
        // A request that an earlier one of the same client overtook takes nothing away.
        if (binding.call_id == common.call_id && binding.cseq >= common.cseq) continue;
        changes.push_back({binding, *sip::Uri::parse(binding.contact), true});
      }
    return changes;
  }
  size_t added = 0;
  for (const sip::NameAddr& contact : contacts->list) {
    auto change = plan_contact(request, contact, common, to_tag, now);
    if (Message* refused = std::get_if<Message>(&change)) return std::move(*refused);
    auto& checked = std::get<Change>(change);
    if (!checked.remove && !find_contact(aor, checked.uri)) ++added;
    changes.push_back(std::move(checked));
  }
  const auto* ids = find(aor);
  if (added > 0 && (ids ? ids->size() : 0) + added > options_.max_contacts)
    return refusal(request, 403, to_tag, "Too Many Contacts");
  if (bindings_.size() + added > options_.max_bindings) return refusal(request, 503, to_tag);
  return changes;
}

std::variant<Registrar::Change, Message> Registrar::plan_contact(const Message& request,
                                                                 const sip::NameAddr& contact,
                                                                 Binding common,
                                                                 std::string_view to_tag,
                                                                 base::TimePoint now) const {
  if (!contact.uri.is_sip()) return refusal(request, 400, to_tag, "Unusable Contact");
  const auto header = request.expires();
  auto expires = std::chrono::seconds(contact.expires().value_or(
      header ? *header : static_cast<uint32_t>(options_.default_expires.count())));
  if (expires.count() != 0 && expires < options_.min_expires) {
    Message response = refusal(request, 423, to_tag);
    response.add(HeaderName::min_expires, std::to_string(options_.min_expires.count()));
    return response;
  }
  if (const auto known = find_contact(common.aor, contact.uri)) {
    const Binding& binding = *bindings_.find(*known);
    // Out of order within one client's registration (§10.3 step 7).
    if (binding.call_id == common.call_id && binding.cseq >= common.cseq)
      return refusal(request, 500, to_tag, "CSeq Out Of Order");
  }
  const sip::Flow source = common.flow;
  common.contact = contact.uri.str();
  common.behind_nat = common.path.empty() && is_behind_nat(contact.uri, source);
  if (common.path.empty() && !common.behind_nat)
    common.flow = flow_to(contact.uri, source).value_or(source);
  common.q = parse_q(contact.params.get("q"));
  common.expires = now + std::min(expires, options_.max_expires);
  return Change{std::move(common), contact.uri, expires.count() == 0};
}

void Registrar::apply(Change change) {
  const auto known = find_contact(change.binding.aor, change.uri);
  if (change.remove) {
    if (known) remove(*known, false);
    return;
  }
  if (known) {
    timers_.set(*known, change.binding.expires);
    bindings_.at(*known) = std::move(change.binding);
    return;
  }
  events_.push_back(BindingAdded{change.binding});
  const base::TimePoint expires = change.binding.expires;
  std::string aor = change.binding.aor;
  const BindingId id = bindings_.emplace(std::move(change.binding));
  by_aor_[std::move(aor)].push_back(id);
  timers_.set(id, expires);
}

void Registrar::remove(BindingId id, bool expired) {
  Binding& binding = bindings_.at(id);
  const auto ids = by_aor_.find(binding.aor);
  std::erase(ids->second, id);
  if (ids->second.empty()) by_aor_.erase(ids);
  timers_.cancel(id);
  events_.push_back(BindingRemoved{std::move(binding), expired});
  bindings_.erase(id);
}

Message Registrar::success(const Message& request, std::string_view aor, std::string_view to_tag,
                           base::TimePoint now) const {
  Message response = sip::make_response(request, 200, to_tag);
  for (const Binding& binding : bindings(aor))
    response.add(HeaderName::contact, contact_value(binding, now));
  for (const std::string_view path : request.values(HeaderName::path))
    response.add(HeaderName::path, path);  // RFC 3327 §5.3
  return response;
}

const std::vector<BindingId>* Registrar::find(std::string_view aor) const {
  const auto it = by_aor_.find(std::string(aor));
  return it == by_aor_.end() ? nullptr : &it->second;
}

std::optional<BindingId> Registrar::find_contact(std::string_view aor, const sip::Uri& uri) const {
  const auto* ids = find(aor);
  if (!ids) return std::nullopt;
  for (const BindingId id : *ids) {
    const auto known = sip::Uri::parse(bindings_.find(id)->contact);
    if (known && sip::equivalent(*known, uri)) return id;
  }
  return std::nullopt;
}

std::vector<Binding> Registrar::bindings(std::string_view aor) const {
  std::vector<Binding> out;
  if (const auto* ids = find(aor))
    for (const BindingId id : *ids) out.push_back(*bindings_.find(id));
  std::stable_sort(out.begin(), out.end(), [](const Binding& a, const Binding& b) {
    return a.q != b.q ? a.q > b.q : a.expires > b.expires;
  });
  return out;
}

void Registrar::flow_failed(const sip::Flow& flow) {
  if (!sip::is_reliable(flow.transport)) return;  // a datagram that bounced proves nothing
  std::vector<BindingId> gone;
  bindings_.for_each([&](BindingId id, const Binding& binding) {
    if (binding.flow == flow) gone.push_back(id);
  });
  for (const BindingId id : gone) remove(id, true);
}

void Registrar::handle_timeout(base::TimePoint now) {
  while (const auto id = timers_.pop_due(now)) remove(*id, true);
}

std::optional<RegistrarEvent> Registrar::poll() {
  if (events_.empty()) return std::nullopt;
  RegistrarEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace viaduct::dialog
