// One dialog (RFC 3261 §12): the peer-to-peer relation that the requests of a session run in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/message.h"

namespace viaduct::dialog {

class Dialog {
 public:
  Dialog() = default;  // only to be assigned to
  // Our INVITE, before any response: no remote tag yet. `invite` has From, To, Call-ID, CSeq, and
  // its Request-URI is the remote target.
  static Dialog from_our_invite(const sip::Message& invite, std::vector<sip::NameAddr> routes,
                                const sip::Flow& flow);
  // The dialog a response to our INVITE makes: its To tag, Record-Route and Contact.
  Dialog forked(const sip::Message& response) const;
  // An INVITE to us. Errors: malformed (no usable Contact, From, CSeq).
  static base::Result<Dialog> from_invite(const sip::Message& invite, const sip::Flow& flow,
                                          std::string_view local_tag);

  const std::string& call_id() const { return call_id_; }
  std::string_view local_tag() const { return local_.tag(); }
  std::string_view remote_tag() const { return remote_.tag(); }

  // A new request with the next CSeq. The Contact is the caller's to add.
  sip::Message make_request(sip::Method method);
  // The ACK to a 2xx: the INVITE's CSeq number.
  sip::Message make_ack(uint32_t cseq) const;
  uint32_t next_cseq() { return ++local_cseq_; }
  // Accounts for a request's CSeq; false when it is out of order (§12.2.2).
  bool take_remote_cseq(uint32_t cseq);

  // Contact of a target refresh request or its 2xx (§12.2); without one the target stays.
  void refresh_target(const sip::Message& message);
  // The peer now speaks over this flow: kept where only the flow leads back to it.
  void seen_on(const sip::Flow& flow);
  // Where requests of this dialog go: the address of the first route or the target, where that is
  // one and can be expected to be reachable; else the flow the peer is known on.
  sip::Flow next_hop() const;
  // The side that made the Call-ID waits longer after a glare (§14.1).
  bool owns_call_id() const { return owns_call_id_; }

 private:
  sip::Message start_request(sip::Method method, uint32_t cseq) const;
  void note_nat(const sip::Uri& asked);

  std::string call_id_;
  sip::NameAddr local_;
  sip::NameAddr remote_;
  uint32_t local_cseq_ = 0;
  std::optional<uint32_t> remote_cseq_;
  std::vector<sip::NameAddr> route_set_;
  sip::Uri remote_target_;
  sip::Flow flow_;
  bool only_by_flow_ = false;  // the target's address lies behind a NAT
  bool owns_call_id_ = false;
};

// Whether a contact with this host, met on `flow`, is behind a NAT: an address that is not the
// flow's and, as far as can be told, no place of its own.
bool is_behind_nat(const sip::Uri& contact, const sip::Flow& flow);
// The address a URI names, over the flow's listener; nothing for names and where the transport
// asked for is another.
std::optional<sip::Flow> flow_to(const sip::Uri& uri, const sip::Flow& like);

}  // namespace viaduct::dialog
