// SipPhone: a phone with one line that does what a scenario tells it, and of itself only what every
// phone does: repeats what is not answered, answers challenges, sends ACKs, says 100 and 200 where
// nothing is to be decided. Its messages are its own, not the engine's under test.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "signalling/sip/digest_client.h"
#include "signalling/sip/message.h"
#include "support/party.h"

namespace viaduct::support {

struct SipPhoneOptions {
  std::string name;
  std::string user;  // its number
  base::SocketAddress address;
  base::SocketAddress server;
  double hz = 1000;
};

class SipPhone final : public Party, public Timed, public Receiver {
 public:
  SipPhone(FakeNetwork& network, base::Rng& rng, SipPhoneOptions options);
  ~SipPhone() override;

  // --- what a scenario tells it; false where the phone is in no state for it ---
  bool register_with(std::string_view password, int expires = 600);
  struct CallOptions {
    bool offer = true;  // in the INVITE; else in the 200, answered in the ACK
    std::string password;
  };
  bool call(std::string_view number, const CallOptions& options);
  bool ring(bool with_media);
  bool answer();
  bool reject(uint16_t status);
  bool cancel();
  bool hang_up();
  // A re-INVITE with this direction; `named`: another address than its own.
  bool reoffer(std::string_view direction, std::optional<base::IpAddress> named = {});
  // A re-INVITE that asks for an offer; its answer goes in the ACK.
  bool ask_for_offer();
  bool send_info(char digit);
  // The very same bytes as before.
  bool repeat_invite();
  bool acknowledge();

  // Habits. Just this codec, and no telephone-events: PCMU, PCMA or CN, which is none.
  bool limit_to(std::string_view codec);
  void keep_acks_back(bool keep) { keeps_acks_ = keep; }
  void fall_silent() { silent_ = true; }  // neither hears nor sends: unplugged

  std::string unrest() const override;

  // --- Timed, Receiver ---
  base::TimePoint next_timeout() const override;
  void handle_timeout(base::TimePoint now) override;
  void datagram(const base::SocketAddress& from, const base::SocketAddress& to,
                std::span<const uint8_t> bytes) override;

 private:
  enum class State { idle, calling, ringing, answered, up };
  struct Line {
    State state = State::idle;
    bool cancelled = false;
    bool hung_up = false;
    sip::Message invite;  // the last one, ours or theirs
    std::string call_id, local_tag, remote_tag, local_uri, remote_uri, remote_target;
    uint32_t cseq = 0;
    std::optional<RemoteMedia> remote;
    std::string ack;  // the last one sent to a 200
    uint32_t acked = 0;
    int sdp_version = 1;
  };
  struct Repeated {
    std::string key;  // of the message that ends the repeating
    std::string title;
    std::string bytes;
    base::TimePoint next;
    base::Duration interval;
    base::TimePoint give_up;
  };

  void on_request(const sip::Message& request);
  void on_invite(const sip::Message& request);
  void on_reinvite(const sip::Message& request);
  void on_ack(const sip::Message& ack);
  void on_cancel(const sip::Message& request);
  void on_bye(const sip::Message& request);
  void on_response(const sip::Message& response);
  void on_invite_response(const sip::Message& response);
  void on_success(const sip::Message& response);
  void on_failure(const sip::Message& response);
  void on_register_response(const sip::Message& response);
  void gave_up(const Repeated& what);

  sip::Message out_of_dialog(sip::Method method, std::string_view uri, std::string_view to);
  sip::Message in_dialog(sip::Method method);
  std::string contact() const;
  void add_via(sip::Message& request);
  void send(std::string_view bytes);
  void send_request(sip::Message request);
  void send_ack(const sip::Message& response);
  void respond(const sip::Message& request, sip::Message response);
  void respond(const sip::Message& request, uint16_t status);
  void repeat(std::string key, std::string title, std::string bytes);
  void stop_repeating(std::string_view key);
  bool repeats(std::string_view key) const;
  void clear_line();
  AudioEnd& open_audio();
  std::string sdp_offer(std::string_view direction, std::optional<base::IpAddress> named = {});
  std::string sdp_answer(const RemoteMedia& offer);
  bool answer_200();
  std::string events_of(const sip::Message& message);

  base::Rng& rng_;
  std::vector<Format> formats_ = phone_formats();
  const SipPhoneOptions options_;
  Line line_;
  std::list<Repeated> repeated_;
  std::map<std::string, std::string>
      responses_;                               // by branch and method: for retransmitted requests
  std::map<std::string, bool> seen_responses_;  // branch, status
  std::optional<sip::DigestClient> credentials_;
  sip::Message register_;
  std::string register_call_id_;
  uint32_t register_cseq_ = 0;
  bool invite_authorised_ = false;
  bool register_authorised_ = false;
  std::string last_invite_;
  std::string pending_ack_for_;
  sip::Message unacked_200_;
  bool keeps_acks_ = false;
  bool silent_ = false;
};

}  // namespace viaduct::support
