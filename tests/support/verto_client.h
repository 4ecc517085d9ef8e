// VertoClient: a browser's line that does what a scenario tells it. Further lines share page and
// socket with the first. Writes its own JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "signalling/jsonrpc/json.h"
#include "support/fake_node.h"
#include "support/party.h"

namespace viaduct::support {

struct VertoClientOptions {
  std::string name;
  std::string user;  // its number
  base::IpAddress ip;
  double hz = 1000;
};

class VertoClient final : public Party, private SocketPeer {
 public:
  // `page`: the line whose page and socket this one shares; it must outlive this one's calls.
  VertoClient(FakeNetwork& network, base::Rng& rng, FakeNode& node, VertoClientOptions options,
              VertoClient* page = nullptr);

  const VertoClientOptions& options() const { return options_; }

  // --- what a scenario tells it; false where the client is in no state for it ---
  bool connect();
  bool log_in(std::string_view password);
  bool call(std::string_view number, bool local_ringback = false);
  bool answer();
  // A call that rings or is up, or of its own. `cause`: a name; "" for none.
  bool hang_up(std::string_view cause);
  bool dial(std::string_view digits);
  // verto.modify of a call that is up; `members`: beside the action.
  bool modify(std::string_view action, jsonrpc::Object members = {});
  // The WebSocket ends; the page and its audio stay.
  bool lose_socket();
  // The WebSocket is silently gone: the node is not told.
  bool lose_network();
  // The page is gone, and its audio with it.
  bool reload();
  // The peer connection is closed, and nobody told.
  bool close_media();
  // An offer of its own for the call it is in (updateMedia).
  bool ask_for_new_media();
  // The very same request as before.
  bool repeat_invite();
  // Calls that are offered again are accepted without being told (the default) or not.
  void accept_attach(bool accept) { accepts_attach_ = accept; }

  const std::string& call_id() const { return call_id_; }
  bool has_socket() const { return page_.socket_.has_value(); }
  std::string unrest() const override;

 private:
  enum class State { idle, calling, ringing, up };

  void frame(std::string_view text) override;
  void closed(uint16_t code) override;
  // The line that has the call, or the first free one.
  VertoClient& line_of(const jsonrpc::Object& params);
  void forget_unanswered();
  void on_request(std::string_view method, const jsonrpc::Object& params);
  void on_invite(const jsonrpc::Object& params);
  void on_attach(const jsonrpc::Object& params);
  void on_bye(const jsonrpc::Object& params);
  void on_ready(const jsonrpc::Object& params);
  void on_reply(const jsonrpc::Object& reply);
  void replied(const std::string& method, const jsonrpc::Object& reply);
  // The node's description of our call.
  void on_description(const jsonrpc::Object& params, bool answered);

  void request(std::string_view method, jsonrpc::Object params);
  void send(const jsonrpc::Object& message);
  jsonrpc::Object of_call() const;
  void open_audio();
  void close_audio();
  std::string answer_to(const RemoteMedia& offer);
  void clear_line();

  base::Rng& rng_;
  FakeNode& node_;
  const VertoClientOptions options_;
  // Of the page, which may be this one.
  VertoClient& page_;
  std::vector<VertoClient*> lines_;
  const std::string session_id_;
  std::optional<verto::ConnId> socket_;
  int64_t last_id_ = 0;
  struct Asked {
    std::string method;
    VertoClient* line;
  };
  std::map<int64_t, Asked> asked_;

  State state_ = State::idle;
  std::string call_id_;
  std::string last_invite_;
  std::optional<RemoteMedia> remote_;
  uint16_t audio_port_ = 50000;
  bool accepts_attach_ = true;
};

}  // namespace viaduct::support
