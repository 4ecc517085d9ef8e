// A transaction layer gets requests and responses, raw and made to measure, while its user sends,
// answers, cancels and time goes by. Whatever happened, with every request answered and every
// INVITE cancelled nothing is left after a while.
#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/encoding.h"
#include "signalling/sip/parser.h"
#include "signalling/sip/transaction.h"

namespace {

using namespace viaduct;
using namespace viaduct::sip;
using base::ByteReader;

enum class Step : uint8_t { raw, request, response, send, answer, cancel, time, fail, count };

constexpr Method kMethods[] = {Method::invite, Method::ack,     Method::cancel, Method::bye,
                               Method::invite, Method::options, Method::ack,    Method::register_};
constexpr uint16_t kStatuses[] = {100, 180, 200, 202, 302, 401, 486, 503};
constexpr size_t kMaxServers = 16;

class Rig {
 public:
  Rig() : layer_(options(), rng_) {
    layer_.set_listener({0, Transport::udp, "198.51.100.1", 5060});
    layer_.set_listener({1, Transport::tcp, "2001:db8::1", 5060});
  }

  void drive(Step step, ByteReader& in) {
    switch (step) {
      case Step::raw:
        receive(base::as_text(in.bytes(std::min<size_t>(in.u8() * 4, in.remaining()))), in);
        break;
      case Step::request: receive(make_request(in), in); break;
      case Step::response: respond_to_ours(in); break;
      case Step::send: send(in); break;
      case Step::answer:
        if (!received_.empty()) answer(received_[in.u8() % received_.size()], in.u8());
        break;
      case Step::cancel:
        if (!started_.empty()) layer_.cancel(started_[in.u8() % started_.size()], {}, now_);
        break;
      case Step::time: run_for(std::chrono::milliseconds(in.u16())); break;
      case Step::fail: layer_.flow_failed(flow(in.u8())); break;
      case Step::count: break;
    }
    drain();
    check();
  }

  void finish() {
    for (const RequestReceived& received : received_) answer(received, 6);
    for (const ClientTransactionId id : started_) layer_.cancel(id, {}, now_);
    run_for(std::chrono::seconds(300));
    const TransactionCounts counts = layer_.counts();
    VIADUCT_CHECK(counts.clients + counts.servers + counts.timers == 0);
  }

 private:
  static TransactionOptions options() {
    TransactionOptions out;
    out.max_server_transactions = kMaxServers;
    out.max_client_transactions = 8;
    return out;
  }
  static Flow flow(uint8_t choice) {
    const bool tcp = choice & 1;
    const auto port = static_cast<uint16_t>(5060 + (choice >> 1 & 1));
    return {
        tcp ? Transport::tcp : Transport::udp, tcp, {base::IpAddress::v4(0xC0000205), port}, tcp};
  }
  // Few different values, so that they meet.
  static std::string make_request(ByteReader& in) {
    const Method method = kMethods[in.u8() % std::size(kMethods)];
    const uint8_t shape = in.u8();
    Message request = Message::request(method, "sip:a@198.51.100.1");
    request.add(HeaderName::via, std::string("SIP/2.0/UDP 192.0.2.5;branch=") +
                                     (shape & 1 ? "z9hG4bK" : "") + std::to_string(shape >> 1 & 3));
    request.add(HeaderName::max_forwards, "70");
    request.add(HeaderName::from, "<sip:f@h>;tag=f");
    request.add(HeaderName::to, shape & 8 ? "<sip:t@h>;tag=t" : "<sip:t@h>");
    request.add(HeaderName::call_id, shape & 16 ? "c1" : "c2");
    request.add(HeaderName::cseq, CSeq::of(shape >> 5 & 1, method).str());
    return request.str();
  }
  void receive(std::string_view bytes, ByteReader& in) {
    if (auto message = parse(bytes)) layer_.receive(std::move(*message), flow(in.u8()), now_);
  }
  void respond_to_ours(ByteReader& in) {
    if (sent_.empty()) return;
    const auto request = parse(sent_[in.u8() % sent_.size()]);
    if (!request) return;
    const uint16_t status = kStatuses[in.u8() % std::size(kStatuses)];
    receive(make_response(*request, status, in.u8() & 1 ? "x" : "y").str(), in);
  }
  void send(ByteReader& in) {
    const Method method = kMethods[in.u8() % std::size(kMethods)];
    if (method == Method::ack || method == Method::cancel) return;
    Message request = Message::request(method, "sip:b@192.0.2.5");
    request.add(HeaderName::from, "<sip:f@h>;tag=o");
    request.add(HeaderName::to, "<sip:t@h>");
    request.add(HeaderName::call_id, "ours");
    request.add(HeaderName::cseq, CSeq::of(1, method).str());
    if (const auto id = layer_.send_request(std::move(request), flow(in.u8()), now_))
      started_.push_back(*id);
  }
  void answer(const RequestReceived& received, uint8_t choice) {
    const uint16_t status = kStatuses[choice % std::size(kStatuses)];
    layer_.respond(received.transaction, make_response(received.request, status, "us"), now_);
  }
  void run_for(base::Duration duration) {
    const base::TimePoint end = now_ + duration;
    while (layer_.next_timeout() <= end) {
      VIADUCT_CHECK(layer_.next_timeout() >= now_ - std::chrono::seconds(1));
      now_ = std::max(now_, layer_.next_timeout());
      layer_.handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  void drain() {
    while (auto output = layer_.poll()) {
      if (auto* message = std::get_if<SendMessage>(&*output)) {
        if (sent_.size() < 64 && !message->bytes.starts_with("SIP/2.0"))
          sent_.push_back(std::move(message->bytes));
      } else if (auto* request = std::get_if<RequestReceived>(&*output)) {
        VIADUCT_CHECK(!request->request.is(Method::ack));
        received_.push_back(std::move(*request));
      }
    }
  }
  void check() const {
    const TransactionCounts counts = layer_.counts();
    VIADUCT_CHECK(counts.servers <= kMaxServers && counts.clients <= 8);
    VIADUCT_CHECK(counts.timers <= 2 * (counts.servers + counts.clients));
  }

  base::SeededRng rng_{1};
  TransactionLayer layer_;
  base::TimePoint now_{std::chrono::hours(1)};
  std::vector<std::string> sent_;
  std::vector<RequestReceived> received_;
  std::vector<ClientTransactionId> started_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  Rig rig;
  for (int step = 0; step < 200 && in.remaining() > 0; ++step)
    rig.drive(static_cast<Step>(in.u8() % static_cast<uint8_t>(Step::count)), in);
  rig.finish();
  return 0;
}
