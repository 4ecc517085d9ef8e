// The INVITE sessions of a UserAgent: RFC 3261 §13-§15, and INFO. session.h has the values.
// The methods lie in incoming.cc (calls to us), outgoing.cc (calls of ours), in_dialog.cc (requests
// of the far side inside a session), mid_call.cc (re-INVITE and INFO of ours), invite_sessions.cc
// (finding, ending, timers).
//
// Commands answer errors: not_found (the session is over), conflict (not in this state), exhausted,
// malformed.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "signalling/dialog/invite_session.h"
#include "signalling/dialog/output.h"
#include "signalling/dialog/session.h"
#include "signalling/sip/transaction.h"

namespace viaduct::dialog {

class InviteSessions {
 public:
  explicit InviteSessions(AgentContext& context) : context_(context) {}

  // --- commands ---
  base::Result<SessionId> invite(Invite call, base::TimePoint now);
  // Our answer to the far side's offer, after Answered or ReinviteDone with needs_answer.
  base::Result<void> acknowledge(SessionId id, std::string_view sdp);
  // 180, or 183 with SDP: 101-199, any number of times.
  base::Result<void> progress(SessionId id, uint16_t status, std::optional<std::string> sdp,
                              base::TimePoint now);
  base::Result<void> answer(SessionId id, std::string_view sdp, base::TimePoint now);
  base::Result<void> reject(SessionId id, const Rejection& rejection, base::TimePoint now);
  // In any state: CANCEL, BYE or 480, as the state wants it.
  base::Result<void> hang_up(SessionId id, std::optional<sip::Reason> reason, base::TimePoint now);
  // `sdp`: the offer; nothing asks the far side for one.
  base::Result<void> reinvite(SessionId id, std::optional<std::string> sdp, base::TimePoint now);
  base::Result<void> answer_reinvite(SessionId id, std::string_view sdp, base::TimePoint now);
  base::Result<void> reject_reinvite(SessionId id, uint16_t status, base::TimePoint now);
  base::Result<void> send_dtmf(SessionId id, char digit, std::chrono::milliseconds duration,
                               base::TimePoint now);
  base::Result<void> send_info(SessionId id, std::string_view content_type, std::string_view body,
                               base::TimePoint now);

  // --- inputs, from the UserAgent ---
  // An INVITE outside of any dialog, screened and authenticated.
  void receive_invite(sip::RequestReceived received, std::string user, base::TimePoint now);
  // Anything with a To tag but ACK and CANCEL.
  void receive_in_dialog(sip::RequestReceived received, base::TimePoint now);
  void receive_ack(const sip::AckReceived& received, base::TimePoint now);
  void receive_cancel(const sip::RequestReceived& received, base::TimePoint now);
  void receive_response(sip::ResponseReceived received, base::TimePoint now);
  void invite_ended(sip::ClientTransactionId transaction);
  // ClientTimedOut, or ClientFailed where `transport_failed`.
  void client_failed(sip::ClientTransactionId transaction, bool transport_failed,
                     base::TimePoint now);
  void server_failed(sip::ServerTransactionId transaction, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return timers_.next(); }

  size_t size() const { return sessions_.size(); }
  size_t dialogs() const { return by_dialog_.size(); }
  size_t timers() const { return timers_.size(); }
  std::string dump();

 private:
  enum class Purpose : uint8_t { invite, reinvite, bye, info };
  struct ClientUse {
    SessionId session;
    Purpose purpose;
    sip::Message request;  // without Via: to be sent again with credentials
    unsigned attempts = 1;
    bool authorised = false;
  };

  // invite_sessions.cc
  InviteSession* live(SessionId id);  // null once its end was reported
  SessionId* find_dialog(std::string_view call_id, std::string_view local_tag);
  SessionId keep(InviteSession session);
  void finish(SessionId id, Ended ended, base::TimePoint now);
  void erase_if_done(SessionId id);
  void send_bye(SessionId id, Dialog& dialog, const std::optional<sip::Reason>& reason,
                base::TimePoint now);
  base::Result<sip::ClientTransactionId> start_client(SessionId id, ClientUse use,
                                                      const sip::Flow& flow, base::TimePoint now);
  void respond(sip::ServerTransactionId transaction, sip::Message response, base::TimePoint now);
  void refuse(const sip::RequestReceived& received, uint16_t status, base::TimePoint now);
  void refuse_pending(InviteSession& session, uint16_t status, base::TimePoint now);
  // A name-addr of ours on the listener of `flow`; empty when there is none.
  std::string contact(const std::string& user, const sip::Flow& flow) const;
  void add_capabilities(sip::Message& message, const InviteSession& session) const;
  void set_timer(SessionId id, SessionTimer::Kind kind, base::TimePoint at) {
    timers_.set({id, kind}, at);
  }
  void on_timer(const SessionTimer& timer, base::TimePoint now);

  // incoming.cc
  void send_answer(SessionId id, std::string_view sdp, base::TimePoint now);
  void repeat_answer(SessionId id, base::TimePoint now);
  void give_up_answer(SessionId id, base::TimePoint now);

  // outgoing.cc
  void receive_invite_response(SessionId id, const sip::Message& response, base::TimePoint now);
  void receive_ringing(SessionId id, const sip::Message& response);
  void receive_success(SessionId id, const sip::Message& response, base::TimePoint now);
  void end_other_fork(SessionId id, const sip::Message& response, base::TimePoint now);
  bool try_credentials(ClientUse& use, const sip::Message& response, base::TimePoint now);
  void send_ack(InviteSession& session, const Dialog& dialog, uint32_t cseq, std::string_view sdp);
  bool repeat_ack(InviteSession& session, std::string_view tag, uint32_t cseq);

  // mid_call.cc
  base::Result<void> send_reinvite(SessionId id, base::TimePoint now);
  void receive_reinvite_response(SessionId id, const sip::Message& response, base::TimePoint now);
  void retry_after_glare(SessionId id, base::TimePoint now);
  void report_reinvite(SessionId id, uint16_t status);
  void receive_request_failure(SessionId id, uint16_t status, base::TimePoint now);

  // in_dialog.cc
  void receive_bye(SessionId id, const sip::RequestReceived& received, base::TimePoint now);
  void receive_reinvite(SessionId id, sip::RequestReceived received, base::TimePoint now);
  void receive_info(SessionId id, const sip::RequestReceived& received, base::TimePoint now);

  AgentContext& context_;
  base::SlotMap<InviteSession, SessionTag> sessions_;
  std::unordered_map<std::string, SessionId> by_dialog_;               // Call-ID and our tag
  std::unordered_map<sip::ServerTransactionId, SessionId> by_invite_;  // not finally answered
  std::unordered_map<sip::ClientTransactionId, ClientUse> clients_;
  base::TimerQueue<SessionTimer> timers_;
};

// From, To and the like for events.
Party party_of(const sip::NameAddr& address);
// The SDP body, if the message has one.
std::optional<std::string> sdp_of(const sip::Message& message);
std::optional<sip::Reason> reason_of(const sip::Message& message);
inline constexpr std::string_view kSdpType = "application/sdp";
inline constexpr std::string_view kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO";

}  // namespace viaduct::dialog
