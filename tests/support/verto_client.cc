#include "support/verto_client.h"

#include "transport/dtls/testing/engine_pair.h"

namespace viaduct::support {
namespace {

using jsonrpc::Object;

std::string text_of(const Object& object, std::string_view member) {
  return std::string(jsonrpc::find_string(object, member).value_or(""));
}

std::string number_of(const Object& object, std::string_view member) {
  const auto* value = jsonrpc::find(object, member);
  const auto number = value ? jsonrpc::as_integer(*value) : std::nullopt;
  return number ? std::to_string(*number) : "?";
}

}  // namespace

VertoClient::VertoClient(FakeNetwork& network, base::Rng& rng, FakeNode& node,
                         VertoClientOptions options, VertoClient* page)
    : Party(network, options.name, options.ip, options.hz),
      rng_(rng),
      node_(node),
      options_(std::move(options)),
      page_(page ? *page : *this),
      session_id_(rng.uuid()) {
  page_.lines_.push_back(this);
}

// --- what a scenario tells it --------------------------------------------------------------------

bool VertoClient::connect() {
  if (socket_) return false;
  socket_ = node_.open_socket(*this, {ip_, 40000});
  return true;
}

bool VertoClient::log_in(std::string_view password) {
  if (!socket_) connect();
  request("login", {{"login", options_.user + "@" + std::string(kDomain)},
                    {"passwd", password},
                    {"loginParams", Object()},
                    {"userVariables", Object()}});
  return true;
}

bool VertoClient::call(std::string_view number, bool local_ringback) {
  if (!has_socket() || state_ != State::idle) return false;
  state_ = State::calling;
  call_id_ = rng_.uuid();
  open_audio();
  Object params = of_call();
  Object& dialog = params["dialogParams"].as_object();
  dialog["destination_number"] = number;
  dialog["caller_id_name"] = options_.name;
  dialog["caller_id_number"] = options_.user;
  if (local_ringback) dialog["userVariables"] = Object{{"localRingback", "true"}};
  params["sdp"] = print_sdp(audio_->local(), browser_formats(), "sendrecv", "actpass", 1);
  request("verto.invite", std::move(params));
  return true;
}

bool VertoClient::answer() {
  if (!has_socket() || state_ != State::ringing || !remote_) return false;
  state_ = State::up;
  Object params = of_call();
  params["sdp"] = answer_to(*remote_);
  request("verto.answer", std::move(params));
  return true;
}

bool VertoClient::hang_up(std::string_view cause) {
  if (!has_socket() || state_ == State::idle) return false;
  Object params = of_call();
  if (!cause.empty()) params["cause"] = cause;
  request("verto.bye", std::move(params));
  close_audio();
  clear_line();
  return true;
}

bool VertoClient::dial(std::string_view digits) {
  if (!has_socket() || state_ != State::up) return false;
  Object params = of_call();
  params["dtmf"] = digits;
  request("verto.info", std::move(params));
  return true;
}

bool VertoClient::modify(std::string_view action, Object members) {
  if (!has_socket() || state_ != State::up) return false;
  Object params = of_call();
  params["action"] = action;
  for (const auto& member : members) params[member.key()] = member.value();
  request("verto.modify", std::move(params));
  return true;
}

bool VertoClient::lose_socket() {
  if (!socket_) return false;
  network_.trace(name_ + " -> node  (socket closed)");
  node_.close_socket(*socket_);
  socket_.reset();
  forget_unanswered();
  return true;
}

bool VertoClient::lose_network() {
  if (!socket_) return false;
  network_.trace(name_ + "  (network gone)");
  node_.abandon_socket(*socket_);
  socket_.reset();
  for (VertoClient* const line : lines_) line->audio_.reset();
  forget_unanswered();
  return true;
}

// What was not answered dies with its socket, as the node will see it too.
void VertoClient::forget_unanswered() {
  asked_.clear();
  for (VertoClient* const line : lines_)
    if (line->state_ != State::up) line->clear_line();
}

bool VertoClient::reload() {
  if (!socket_) return false;
  for (VertoClient* const line : lines_) line->close_audio();
  return lose_socket();
}

bool VertoClient::close_media() {
  if (!audio_) return false;
  close_audio();
  return true;
}

bool VertoClient::ask_for_new_media() {
  if (!has_socket() || state_ != State::up) return false;
  const bool speaks = audio_ && audio_->speaks();
  audio_.reset();
  open_audio();
  if (speaks) audio_->speak(true);
  Object params = of_call();
  params["action"] = "updateMedia";
  params["sdp"] = print_sdp(audio_->local(), browser_formats(), "sendrecv", "actpass", 2);
  request("verto.modify", std::move(params));
  return true;
}

bool VertoClient::repeat_invite() {
  if (!has_socket() || last_invite_.empty()) return false;
  node_.send_frame(*page_.socket_, last_invite_);
  return true;
}

// --- frames --------------------------------------------------------------------------------------

void VertoClient::request(std::string_view method, Object params) {
  params["sessid"] = page_.session_id_;
  page_.asked_[++page_.last_id_] = {std::string(method), this};
  send({{"jsonrpc", "2.0"},
        {"id", page_.last_id_},
        {"method", method},
        {"params", std::move(params)}});
}

void VertoClient::send(const Object& message) {
  const std::string text = jsonrpc::print(message);
  const std::string method = text_of(message, "method");
  if (!method.empty()) network_.trace(name_ + " -> node  " + method);
  if (method == "verto.invite") last_invite_ = text;
  node_.send_frame(*page_.socket_, text);
}

Object VertoClient::of_call() const { return {{"dialogParams", Object{{"callID", call_id_}}}}; }

void VertoClient::frame(std::string_view text) {
  const auto document = jsonrpc::parse(text, 64);
  if (!document || !document->value.is_object()) return note("garbage");
  const Object& message = document->value.get_object();
  const std::string method = text_of(message, "method");
  if (method.empty()) return on_reply(message);
  if (const auto* id = jsonrpc::find(message, "id"))
    send({{"jsonrpc", "2.0"}, {"id", *id}, {"result", Object{{"method", method}}}});
  const Object* const params = jsonrpc::find_object(message, "params");
  if (params) line_of(*params).on_request(method, *params);
  else on_request(method, Object());
}

VertoClient& VertoClient::line_of(const Object& params) {
  const std::string call_id = text_of(params, "callID");
  if (call_id.empty()) return *this;
  for (VertoClient* const line : lines_)
    if (line->call_id_ == call_id) return *line;
  for (VertoClient* const line : lines_)
    if (line->state_ == State::idle) return *line;
  return *this;
}

void VertoClient::on_request(std::string_view method, const Object& params) {
  if (method == "verto.ping") return;
  if (method == "verto.invite") return on_invite(params);
  if (method == "verto.attach") return on_attach(params);
  if (method == "verto.bye") return on_bye(params);
  if (method == "verto.media" || method == "verto.answer") {
    const auto media = read_sdp(text_of(params, "sdp"));
    note(std::string(method) + (media ? " " + words_of(*media) : ""));
    return on_description(params, method == "verto.answer");
  }
  if (method == "verto.clientReady")
    for (VertoClient* const line : lines_) line->on_ready(params);
  if (method == "verto.info") return note("verto.info " + text_of(params, "dtmf"));
  if (method == "verto.display") return note("verto.display " + text_of(params, "display_number"));
  note(std::string(method));
}

void VertoClient::on_invite(const Object& params) {
  const std::string call_id = text_of(params, "callID");
  const auto offer = read_sdp(text_of(params, "sdp"));
  if (!offer) return note("verto.invite broken-sdp");
  if (state_ != State::idle) {
    request("verto.bye", {{"dialogParams", Object{{"callID", call_id}}}, {"cause", "USER_BUSY"}});
    return;
  }
  note("verto.invite from=" + text_of(params, "caller_id_number") + " " + words_of(*offer));
  state_ = State::ringing;
  call_id_ = call_id;
  remote_ = *offer;
}

void VertoClient::on_attach(const Object& params) {
  const auto offer = read_sdp(text_of(params, "sdp"));
  if (!offer) return note("verto.attach broken-sdp");
  const std::string held = text_of(params, "holdState");
  note("verto.attach " + words_of(*offer) + (held.empty() ? "" : " " + held));
  call_id_ = text_of(params, "callID");
  state_ = State::up;
  if (!accepts_attach_) return;
  // A page that stays hands its open microphone on.
  const bool speaks = audio_ && audio_->speaks();
  audio_.reset();
  Object answer = of_call();
  answer["sdp"] = answer_to(*offer);
  if (speaks) audio_->speak(true);
  request("verto.attach", std::move(answer));
}

void VertoClient::on_bye(const Object& params) {
  note("verto.bye " + number_of(params, "causeCode") + " " + text_of(params, "cause"));
  if (text_of(params, "callID") != call_id_) return;
  close_audio();
  clear_line();
}

void VertoClient::on_description(const Object& params, bool answered) {
  if (text_of(params, "callID") != call_id_) return;
  if (answered) state_ = State::up;
  if (const auto remote = read_sdp(text_of(params, "sdp")); remote && audio_)
    audio_->agree(*remote);
}

// A call that the node does not offer again is over, as clients do.
void VertoClient::on_ready(const Object& params) {
  if (state_ != State::up) return;
  const auto* const kept = jsonrpc::find_array(params, "reattached_sessions");
  for (size_t i = 0; kept && i < kept->size(); ++i)
    if (jsonrpc::as_string((*kept)[i]) == call_id_) return;
  clear_line();
}

void VertoClient::on_reply(const Object& reply) {
  const auto* id = jsonrpc::find(reply, "id");
  const auto number = id ? jsonrpc::as_integer(*id) : std::nullopt;
  const auto asked = number ? asked_.find(*number) : asked_.end();
  if (asked == asked_.end()) return note("stray reply");
  const Asked what = asked->second;
  what.line->replied(what.method, reply);
}

void VertoClient::replied(const std::string& method, const Object& reply) {
  if (const Object* const error = jsonrpc::find_object(reply, "error")) {
    note("error " + number_of(*error, "code") + " " + method + " " + text_of(*error, "message"));
    // Also of a call that we hung up as the node offered it anew.
    if (method == "verto.invite" || method == "verto.attach") clear_line();
    return;
  }
  const Object* const result = jsonrpc::find_object(reply, "result");
  const std::string hold = result ? text_of(*result, "holdState") : "";
  note("result " + method + (hold.empty() ? "" : " " + hold));
  if (method == "verto.modify" && result) on_description(*result, false);
}

void VertoClient::closed(uint16_t code) {
  note("closed " + std::to_string(code));
  socket_.reset();
  forget_unanswered();
}

// --- the rest ------------------------------------------------------------------------------------

void VertoClient::open_audio() {
  audio_ =
      std::make_unique<AudioEnd>(network_, rng_, base::SocketAddress{ip_, audio_port_++},
                                 options_.hz, dtls::testing::fake_identity(name_ + rng_.token(4)));
  audio_->set_habits(habits);
}

void VertoClient::close_audio() {
  if (audio_) audio_->close();
  audio_.reset();
}

std::string VertoClient::answer_to(const RemoteMedia& offer) {
  open_audio();
  RemoteMedia agreed = offer;
  agreed.formats = choose(browser_formats(), offer);
  audio_->agree(agreed);
  return print_sdp(audio_->local(), agreed.formats, "sendrecv", "active", 1);
}

void VertoClient::clear_line() {
  audio_.reset();
  state_ = State::idle;
  call_id_.clear();
  remote_.reset();
}

std::string VertoClient::unrest() const {
  if (!has_socket()) return "";
  switch (state_) {
    case State::idle: return "";
    case State::calling: return "still calls";
    case State::ringing: return "still rings";
    case State::up: return "still believes it is in a call";
  }
  return "";
}

}  // namespace viaduct::support
