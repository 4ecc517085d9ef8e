// SipLegs: makes call::Leg of SIP INVITE sessions. Events of the UserAgent in, LegEvents out by
// poll(); LegCommands in, commands to the UserAgent's sessions out. Control thread only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/time.h"
#include "core/call/leg.h"
#include "core/call/switchboard.h"
#include "core/directory/directory.h"
#include "server/legs/leg_media.h"
#include "signalling/dialog/user_agent.h"

namespace viaduct::legs {

class SipLegs {
 public:
  // All must outlive it.
  SipLegs(dialog::UserAgent& agent, call::Switchboard& switchboard, MediaServices& media,
          const directory::Directory& directory);

  // Events of the UserAgent; those that are no leg's affair are ignored.
  void on(const dialog::IncomingCall& event, base::TimePoint now);
  void on(const dialog::Ringing& event, base::TimePoint now);
  void on(const dialog::Answered& event, base::TimePoint now);
  void on(const dialog::Confirmed& event, base::TimePoint now);
  void on(const dialog::Reinvited& event, base::TimePoint now);
  void on(const dialog::ReinviteConfirmed& event, base::TimePoint now);
  void on(const dialog::ReinviteDone&, base::TimePoint) {}  // we send none yet
  void on(const dialog::DtmfReceived& event, base::TimePoint now);
  void on(const dialog::Ended& event, base::TimePoint now);

  bool owns(call::LegId leg) const { return legs_.contains(leg); }
  // StartLeg with a SipTarget, or any command for a leg that owns() knows.
  void command(const call::LegCommand& command, base::TimePoint now);
  std::optional<call::LegEvent> poll();
  size_t size() const { return legs_.size(); }

 private:
  struct Leg {
    call::LegId id;
    dialog::SessionId session;
    std::unique_ptr<LegMedia> media;
    directory::Dtmf dtmf = directory::Dtmf::rfc4733;
    bool outgoing = false;
    bool answered = false;
    bool we_offer = false;  // a delayed offer: ours goes in the 200, theirs comes in the ACK
    bool held = false;      // by its last description
    std::optional<call::Termination> ending;  // what EndLeg said
  };

  // After the media session was opened.
  static void set_up_digits(Leg& leg, const directory::User* user);

  void execute(const call::StartLeg& command, base::TimePoint now);
  void execute(const call::RingLeg& command, base::TimePoint now);
  void execute(const call::OpenEarlyMedia& command, base::TimePoint now);
  void execute(const call::AnswerLeg& command, base::TimePoint now);
  void execute(const call::TakeMedia&, base::TimePoint) {}  // it is here always
  void execute(const call::EndLeg& command, base::TimePoint now);
  void execute(const call::SendLegDtmf& command, base::TimePoint now);
  void execute(const call::ShowPeer&, base::TimePoint) {}  // SIP phones show what INVITE said
  void execute(const call::ReplyTransfer&, base::TimePoint) {
  }  // phones have not asked: no REFER yet

  Leg* find(call::LegId leg);
  Leg* find(dialog::SessionId session);
  void emit(call::LegEvent event) { events_.push_back(std::move(event)); }
  // After each description: whether the phone holds, in whatever form it says so.
  void note_hold(Leg& leg);
  // Ends a leg whose media cannot be agreed on.
  void end(Leg& leg, const call::Termination& termination, base::TimePoint now);
  call::Identity identity_of(const dialog::IncomingCall& event, const directory::User* user) const;

  dialog::UserAgent& agent_;
  call::Switchboard& switchboard_;
  MediaServices& media_;
  const directory::Directory& directory_;
  std::unordered_map<call::LegId, Leg> legs_;
  std::unordered_map<dialog::SessionId, call::LegId> by_session_;
  std::deque<call::LegEvent> events_;
};

}  // namespace viaduct::legs
