#include "support/sip_phone.h"

#include <algorithm>

#include "base/encoding.h"
#include "signalling/sip/parser.h"
#include "support/fake_node.h"

namespace viaduct::support {
namespace {

using sip::HeaderName;
using sip::Message;
using sip::Method;

constexpr base::Duration kT1 = std::chrono::milliseconds(500);
constexpr base::Duration kT2 = std::chrono::seconds(4);
constexpr base::Duration kGiveUp = std::chrono::seconds(32);

std::string branch_of(const Message& message) {
  const auto via = message.via();
  return via ? std::string(via->branch()) : std::string();
}
std::string key_of(const Message& message) {
  const auto cseq = message.cseq();
  return branch_of(message) + " " + (cseq ? cseq->method_text : "");
}
uint32_t cseq_of(const Message& message) {
  const auto cseq = message.cseq();
  return cseq ? cseq->number : 0;
}
std::string tag_of(const base::Result<sip::NameAddr>& address) {
  return address ? std::string(address->tag()) : std::string();
}

}  // namespace

SipPhone::SipPhone(FakeNetwork& network, base::Rng& rng, SipPhoneOptions options)
    : Party(network, options.name, options.address.ip, options.hz),
      rng_(rng),
      options_(std::move(options)),
      register_call_id_(rng.token(12)) {
  network_.bind(options_.address, *this);
  network_.time().add(*this);
}

SipPhone::~SipPhone() {
  network_.time().remove(*this);
  network_.unbind(options_.address);
}

// --- making messages -----------------------------------------------------------------------------

std::string SipPhone::contact() const {
  return "<sip:" + options_.user + "@" + options_.address.str() + ">";
}

void SipPhone::add_via(Message& request) {
  request.remove(HeaderName::via);
  request.prepend(HeaderName::via, "SIP/2.0/UDP " + options_.address.str() + ";rport;branch=" +
                                       std::string(sip::kBranchCookie) + rng_.token(12));
}

Message SipPhone::out_of_dialog(Method method, std::string_view uri, std::string_view to) {
  Message out = Message::request(method, uri);
  out.add(HeaderName::max_forwards, "70");
  out.add(HeaderName::from,
          "<sip:" + options_.user + "@" + std::string(kDomain) + ">;tag=" + rng_.token(8));
  out.add(HeaderName::to, to);
  out.add(HeaderName::contact, contact());
  return out;
}

Message SipPhone::in_dialog(Method method) {
  Message out = Message::request(method, line_.remote_target);
  out.add(HeaderName::max_forwards, "70");
  out.add(HeaderName::from, line_.local_uri + ";tag=" + line_.local_tag);
  out.add(HeaderName::to, line_.remote_uri + ";tag=" + line_.remote_tag);
  out.add(HeaderName::call_id, line_.call_id);
  const uint32_t number = method == Method::ack ? line_.cseq : ++line_.cseq;
  out.add(HeaderName::cseq, sip::CSeq::of(number, method).str());
  if (method == Method::invite) out.add(HeaderName::contact, contact());
  return out;
}

void SipPhone::send(std::string_view bytes) {
  if (!silent_) network_.send(options_.address, options_.server, base::as_bytes(bytes));
}

void SipPhone::send_request(Message request) {
  add_via(request);
  if (request.is(Method::invite)) line_.invite = request;
  repeat(key_of(request), std::string(request.method_text()), request.str());
}

void SipPhone::repeat(std::string key, std::string title, std::string bytes) {
  send(bytes);
  repeated_.push_back(
      {std::move(key), std::move(title), std::move(bytes), now() + kT1, kT1, now() + kGiveUp});
}

void SipPhone::stop_repeating(std::string_view key) {
  repeated_.remove_if([&](const Repeated& one) { return one.key == key; });
}

bool SipPhone::repeats(std::string_view key) const {
  return std::ranges::any_of(repeated_, [&](const Repeated& one) { return one.key == key; });
}

void SipPhone::respond(const Message& request, Message response) {
  const std::string bytes = response.str();
  responses_[key_of(request)] = bytes;
  const bool final_to_invite = request.is(Method::invite) && response.status() >= 200;
  if (final_to_invite) repeat("ack " + std::to_string(cseq_of(request)), "ACK", bytes);
  else send(bytes);
}

void SipPhone::respond(const Message& request, uint16_t status) {
  Message response = sip::make_response(request, status, line_.local_tag);
  if (request.is(Method::invite) && status > 100) response.add(HeaderName::contact, contact());
  respond(request, std::move(response));
}

// --- what a scenario tells it --------------------------------------------------------------------

bool SipPhone::register_with(std::string_view password, int expires) {
  const std::string aor = "<sip:" + options_.user + "@" + std::string(kDomain) + ">";
  register_ = out_of_dialog(Method::register_, "sip:" + std::string(kDomain), aor);
  register_.add(HeaderName::expires, std::to_string(expires));
  register_.add(HeaderName::call_id, register_call_id_);
  register_.set(HeaderName::cseq, sip::CSeq::of(++register_cseq_, Method::register_).str());
  credentials_.emplace(options_.user, sip::DigestSecret::from_password(std::string(password)));
  register_authorised_ = false;
  send_request(register_);
  return true;
}

bool SipPhone::call(std::string_view number, const CallOptions& options) {
  if (line_.state != State::idle) return false;
  line_ = {};
  const std::string to = "<sip:" + std::string(number) + "@" + std::string(kDomain) + ">";
  Message invite =
      out_of_dialog(Method::invite, "sip:" + std::string(number) + "@" + options_.server.str(), to);
  line_.state = State::calling;
  line_.call_id = rng_.token(16);
  line_.local_tag = tag_of(invite.from());
  line_.local_uri = "<sip:" + options_.user + "@" + std::string(kDomain) + ">";
  line_.remote_uri = to;
  line_.cseq = 1;
  invite.add(HeaderName::call_id, line_.call_id);
  invite.add(HeaderName::cseq, sip::CSeq::of(line_.cseq, Method::invite).str());
  open_audio();
  if (options.offer) invite.set_body("application/sdp", sdp_offer("sendrecv"));
  const std::string password = options.password.empty() ? std::string(kPassword) : options.password;
  credentials_.emplace(options_.user, sip::DigestSecret::from_password(password));
  invite_authorised_ = false;
  send_request(std::move(invite));
  return true;
}

bool SipPhone::ring(bool with_media) {
  if (line_.state != State::ringing) return false;
  Message response = sip::make_response(line_.invite, static_cast<uint16_t>(with_media ? 183 : 180),
                                        line_.local_tag);
  response.add(HeaderName::contact, contact());
  if (with_media && line_.remote) response.set_body("application/sdp", sdp_answer(*line_.remote));
  respond(line_.invite, std::move(response));
  return true;
}

bool SipPhone::answer() {
  if (line_.state != State::ringing) return false;
  line_.state = State::answered;
  Message response = sip::make_response(line_.invite, 200, line_.local_tag);
  response.add(HeaderName::contact, contact());
  response.set_body("application/sdp",
                    line_.remote ? sdp_answer(*line_.remote) : sdp_offer("sendrecv"));
  respond(line_.invite, std::move(response));
  return true;
}

bool SipPhone::reject(uint16_t status) {
  if (line_.state != State::ringing) return false;
  respond(line_.invite, status);
  clear_line();
  return true;
}

bool SipPhone::cancel() {
  if (line_.state != State::calling) return false;
  line_.cancelled = true;
  // The same branch and number as the INVITE (RFC 3261 §9.1).
  Message cancel = Message::request(Method::cancel, line_.invite.request_uri_text());
  for (const HeaderName name : {HeaderName::via, HeaderName::max_forwards, HeaderName::from,
                                HeaderName::to, HeaderName::call_id})
    cancel.copy_fields(line_.invite, name);
  cancel.add(HeaderName::cseq, sip::CSeq::of(cseq_of(line_.invite), Method::cancel).str());
  repeat(key_of(cancel), "CANCEL", cancel.str());
  return true;
}

bool SipPhone::hang_up() {
  if (line_.state != State::up && line_.state != State::answered) return false;
  line_.hung_up = true;
  send_request(in_dialog(Method::bye));
  audio_.reset();
  return true;
}

bool SipPhone::reoffer(std::string_view direction, std::optional<base::IpAddress> named) {
  if (line_.state != State::up) return false;
  Message invite = in_dialog(Method::invite);
  ++line_.sdp_version;
  invite.set_body("application/sdp", sdp_offer(direction, named));
  send_request(std::move(invite));
  return true;
}

bool SipPhone::ask_for_offer() {
  if (line_.state != State::up) return false;
  ++line_.sdp_version;
  send_request(in_dialog(Method::invite));
  return true;
}

bool SipPhone::send_info(char digit) {
  if (line_.state != State::up) return false;
  Message info = in_dialog(Method::info);
  info.set_body("application/dtmf-relay",
                "Signal=" + std::string(1, digit) + "\r\nDuration=160\r\n");
  send_request(std::move(info));
  return true;
}

bool SipPhone::repeat_invite() {
  if (!line_.invite.is(Method::invite)) return false;
  send(line_.invite.str());
  return true;
}

bool SipPhone::acknowledge() {
  if (unacked_200_.status() == 0) return false;
  send_ack(unacked_200_);
  return true;
}

bool SipPhone::limit_to(std::string_view codec) {
  formats_ = phone_formats();
  formats_.push_back({13, {negotiation::Encoding::comfort_noise, 8000, 1}, ""});
  std::erase_if(formats_, [&](const Format& format) {
    return negotiation::encoding_name(format.codec.encoding) != codec;
  });
  return !formats_.empty();
}

// --- requests to it ------------------------------------------------------------------------------

void SipPhone::datagram(const base::SocketAddress&, const base::SocketAddress&,
                        std::span<const uint8_t> bytes) {
  if (silent_) return;
  const auto message = sip::parse(base::as_text(bytes));
  if (!message) {
    note("garbage");
    return;
  }
  if (message->is_request()) on_request(*message);
  else on_response(*message);
}

void SipPhone::on_request(const Message& request) {
  if (request.is(Method::ack)) return on_ack(request);
  if (const auto known = responses_.find(key_of(request)); known != responses_.end()) {
    note(std::string(request.method_text()) + " again");
    send(known->second);
    return;
  }
  switch (request.method()) {
    case Method::invite:
      return tag_of(request.to()).empty() ? on_invite(request) : on_reinvite(request);
    case Method::cancel: return on_cancel(request);
    case Method::bye: return on_bye(request);
    case Method::info: note("INFO" + events_of(request)); return respond(request, 200);
    default: return respond(request, 501);
  }
}

void SipPhone::on_invite(const Message& request) {
  if (line_.state != State::idle) {
    Message busy = sip::make_response(request, 486, rng_.token(8));
    responses_[key_of(request)] = busy.str();
    send(busy.str());
    return;
  }
  line_ = {};
  line_.state = State::ringing;
  line_.invite = request;
  line_.call_id = request.call_id();
  line_.local_tag = rng_.token(8);
  line_.remote_tag = tag_of(request.from());
  line_.local_uri = "<" + (*request.to()).uri.str() + ">";
  line_.remote_uri = "<" + (*request.from()).uri.str() + ">";
  line_.remote_target = (*request.contact()).uri.str();
  open_audio();
  if (!request.body().empty())
    if (auto remote = read_sdp(request.body())) line_.remote = std::move(*remote);
  respond(request, 100);
  note("INVITE from=" + (*request.from()).uri.user() + events_of(request));
}

void SipPhone::on_reinvite(const Message& request) {
  const auto remote = read_sdp(request.body());
  if (line_.state != State::up || !remote) return respond(request, 481);
  Message response = sip::make_response(request, 200);
  response.add(HeaderName::contact, contact());
  response.set_body("application/sdp", sdp_answer(*remote));
  note("re-INVITE" + events_of(request));
  respond(request, std::move(response));
}

void SipPhone::on_ack(const Message& ack) {
  const std::string key = "ack " + std::to_string(cseq_of(ack));
  const bool expected = repeats(key);
  stop_repeating(key);
  note("ACK" + events_of(ack) + (expected ? "" : " again"));
  if (line_.state != State::answered || ack.call_id() != line_.call_id) return;
  line_.state = State::up;
  if (const auto remote = read_sdp(ack.body()); remote && audio_) audio_->agree(*remote);
}

void SipPhone::on_cancel(const Message& request) {
  const bool ours = request.call_id() == line_.call_id && line_.state == State::ringing;
  note("CANCEL" + events_of(request) + (ours ? "" : " late"));
  respond(request, 200);
  if (!ours) return;
  respond(line_.invite, 487);
  clear_line();
}

void SipPhone::on_bye(const Message& request) {
  const bool ours = request.call_id() == line_.call_id && line_.state != State::idle;
  note("BYE" + events_of(request));
  respond(request, static_cast<uint16_t>(ours ? 200 : 481));
  if (!ours) return;
  stop_repeating("ack " + std::to_string(cseq_of(line_.invite)));
  clear_line();
}

// --- responses to it -----------------------------------------------------------------------------

void SipPhone::on_response(const Message& response) {
  const std::string key = key_of(response);
  const auto cseq = response.cseq();
  const std::string title = std::to_string(response.status()) + " " + cseq->method_text;
  const bool again = seen_responses_[key + std::to_string(response.status())];
  seen_responses_[key + std::to_string(response.status())] = true;
  if (cseq->method == Method::invite) {
    stop_repeating(key);
    if (again) {
      if (response.status() >= 180) note(title + " again");
      if (response.status() >= 300 || (response.status() >= 200 && !keeps_acks_))
        send_ack(response);
      return;
    }
    return on_invite_response(response);
  }
  if (response.status() < 200) return;
  stop_repeating(key);
  if (cseq->method == Method::register_) return on_register_response(response);
  note(title + events_of(response) + (again ? " again" : ""));
  if (cseq->method == Method::bye && line_.hung_up) clear_line();
}

void SipPhone::on_invite_response(const Message& response) {
  const uint16_t status = response.status();
  const bool ours = response.call_id() == line_.call_id;
  if (!ours || status == 100) {
    if (status >= 200) send_ack(response);
    return;
  }
  if (status == 401 && !invite_authorised_) {
    send_ack(response);
    if (!credentials_->take_challenge(response, false)) return on_failure(response);
    invite_authorised_ = true;
    Message again = line_.invite;
    credentials_->authorize(again, rng_);
    again.set(HeaderName::cseq, sip::CSeq::of(++line_.cseq, Method::invite).str());
    send_request(std::move(again));
    return;
  }
  note(std::to_string(status) + " INVITE" + events_of(response));
  if (status < 200) {
    if (const auto remote = read_sdp(response.body()); remote && audio_) audio_->agree(*remote);
  } else if (status < 300) {
    on_success(response);
  } else {
    send_ack(response);
    on_failure(response);
  }
}

void SipPhone::on_success(const Message& response) {
  line_.remote_tag = tag_of(response.to());
  if (const auto target = response.contact()) line_.remote_target = target->uri.str();
  if (const auto remote = read_sdp(response.body())) {
    line_.remote = *remote;
    if (audio_) audio_->agree(*remote);
  }
  if (line_.state == State::calling) line_.state = State::up;
  unacked_200_ = response;
  if (!keeps_acks_) send_ack(response);
  // Given up meanwhile: what a CANCEL cannot undo any more, a BYE does (RFC 3261 §15).
  if (line_.cancelled) hang_up();
}

void SipPhone::on_failure(const Message&) {
  if (line_.state == State::calling) clear_line();
}

void SipPhone::on_register_response(const Message& response) {
  if (response.status() == 401 && !register_authorised_ &&
      credentials_->take_challenge(response, false)) {
    register_authorised_ = true;
    credentials_->authorize(register_, rng_);
    register_.set(HeaderName::cseq, sip::CSeq::of(++register_cseq_, Method::register_).str());
    send_request(register_);
    return;
  }
  note(std::to_string(response.status()) + " REGISTER");
}

void SipPhone::send_ack(const Message& response) {
  if (response.status() < 300) {
    unacked_200_ = {};
    if (line_.acked == cseq_of(response)) return send(line_.ack);
    Message ack = in_dialog(Method::ack);
    ack.set(HeaderName::cseq, sip::CSeq::of(cseq_of(response), Method::ack).str());
    // Their offer came in the 200: our answer goes here.
    if (line_.invite.body().empty() && line_.remote)
      ack.set_body("application/sdp", sdp_answer(*line_.remote));
    add_via(ack);
    line_.ack = ack.str();
    line_.acked = cseq_of(response);
    return send(line_.ack);
  }
  // Hop by hop: the INVITE's own branch (RFC 3261 §17.1.1.3).
  Message ack = Message::request(Method::ack, line_.invite.request_uri_text());
  ack.add(HeaderName::max_forwards, "70");
  for (const HeaderName name :
       {HeaderName::via, HeaderName::from, HeaderName::to, HeaderName::call_id})
    ack.copy_fields(response, name);
  ack.add(HeaderName::cseq, sip::CSeq::of(cseq_of(response), Method::ack).str());
  send(ack.str());
}

// --- time ----------------------------------------------------------------------------------------

base::TimePoint SipPhone::next_timeout() const {
  base::TimePoint next = base::kNever;
  for (const Repeated& one : repeated_) next = std::min({next, one.next, one.give_up});
  return next;
}

void SipPhone::handle_timeout(base::TimePoint at) {
  const auto due = std::ranges::find_if(
      repeated_, [&](const Repeated& one) { return std::min(one.next, one.give_up) <= at; });
  if (due == repeated_.end()) return;
  if (due->give_up <= at) {
    const Repeated what = *due;
    repeated_.erase(due);
    gave_up(what);
    return;
  }
  send(due->bytes);
  due->interval = due->title == "INVITE" ? due->interval * 2 : std::min(due->interval * 2, kT2);
  due->next = at + due->interval;
}

void SipPhone::gave_up(const Repeated& what) {
  note("timeout " + what.title);
  // The 200 was never acknowledged: the call is ended all the same (RFC 3261 §13.3.1.4).
  if (what.title == "ACK" && line_.state == State::answered) hang_up();
  else if (what.title == "BYE" || what.title == "INVITE") clear_line();
}

// --- the rest ------------------------------------------------------------------------------------

void SipPhone::clear_line() {
  audio_.reset();
  line_ = {};
}

AudioEnd& SipPhone::open_audio() {
  audio_ = std::make_unique<AudioEnd>(
      network_, rng_, base::SocketAddress{options_.address.ip, 4000}, options_.hz, std::nullopt);
  audio_->set_habits(habits);
  return *audio_;
}

std::string SipPhone::sdp_offer(std::string_view direction, std::optional<base::IpAddress> named) {
  LocalMedia local = audio_->local();
  if (named) local.address.ip = *named;
  return print_sdp(local, formats_, direction, "", line_.sdp_version);
}

std::string SipPhone::sdp_answer(const RemoteMedia& offer) {
  RemoteMedia agreed = offer;
  agreed.formats = choose(formats_, offer);
  audio_->agree(agreed);
  const std::string direction = offer.direction == "sendonly"   ? "recvonly"
                                : offer.direction == "recvonly" ? "sendonly"
                                                                : offer.direction;
  return print_sdp(audio_->local(), agreed.formats, direction, "", line_.sdp_version);
}

// " cause=16 sdp PCMU sendrecv 5": what a scenario may want to know of a message.
std::string SipPhone::events_of(const Message& message) {
  std::string out;
  if (const auto reason = message.reason())
    out += " cause=" + (reason->protocol == "Q.850" ? std::string() : reason->protocol + "-") +
           std::to_string(reason->cause);
  if (const auto type = message.content_type(); type && !message.body().empty()) {
    if (type->is("application", "sdp")) {
      const auto media = read_sdp(message.body());
      out += " " + (media ? words_of(*media) : std::string("broken-sdp"));
    } else if (type->is("application", "dtmf-relay")) {
      out += " " + std::string(message.body().substr(7, 1));  // behind "Signal="
    }
  }
  return out;
}

std::string SipPhone::unrest() const {
  if (silent_) return "";
  if (!repeated_.empty()) return "still repeats " + repeated_.front().title;
  switch (line_.state) {
    case State::idle: return "";
    case State::calling: return "still calls";
    case State::ringing: return "still rings";
    case State::answered: return "still waits for the ACK";
    case State::up: return "still believes it is in a call";
  }
  return "";
}

}  // namespace viaduct::support
