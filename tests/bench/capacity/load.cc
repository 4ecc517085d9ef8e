#include "tests/bench/capacity/load.h"

#include <time.h>

#include <cstring>

#include "tests/bench/capacity/flood.h"
#include "tests/bench/capacity/speech.h"
#include "transport/rtp/packet.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;

constexpr size_t kMostDelay = 100'000;  // us
constexpr size_t kStampAt = rtp::kFixedHeaderSize;

net::UdpSocket loopback(int buffers) {
  auto socket = net::UdpSocket::bind(*base::SocketAddress::parse("127.0.0.1:0"));
  socket->set_buffers(buffers, buffers);
  return std::move(*socket);
}

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double percentile(const std::vector<uint32_t>& histogram, double part) {
  uint64_t all = 0, seen = 0;
  for (const uint32_t n : histogram) all += n;
  for (size_t i = 0; i < histogram.size(); ++i) {
    seen += histogram[i];
    if (static_cast<double>(seen) >= part * static_cast<double>(all)) return static_cast<double>(i);
  }
  return 0;
}

}  // namespace

Load::Load(const Plan& plan, dtls::testing::Identity identity)
    : plan_(plan),
      identity_(std::move(identity)),
      phones_(loopback(8 << 20)),
      phone_sequences_(plan.calls) {
  poller_.add(phones_.fd(), kPhones);
  for (size_t i = 0; i < plan_.calls; ++i) {
    Line& line = lines_.emplace_back();
    line.socket = loopback(256 << 10);
    poller_.add(line.socket.fd(), static_cast<uint32_t>(i));
    if (plan_.kind == Kind::bare) {
      line.context = srtp::Context::create(bare_keys(i, true)).value();
      continue;
    }
    peer::testing::ClientOptions options;
    options.dtls = identity_.factory;
    line.client = std::make_unique<peer::testing::WebRtcClient>(options, rng_);
    line.client->on_rtp = [this](std::span<const uint8_t> packet) { heard(packet); };
    line.client->on_rtcp = [](std::span<const uint8_t>) {};
  }
  browser_payloads_ = payloads(browser_format(plan_.kind));
  phone_payloads_ = payloads(kPhoneFormat);
}

LoadAddresses Load::addresses() const {
  LoadAddresses out{phones_.local(), {}, {}};
  for (const Line& line : lines_) {
    out.browsers.push_back(line.socket.local());
    out.ufrags.push_back(line.client ? line.client->ufrag() : "");
  }
  return out;
}

bool Load::connect(const Endpoints& server) {
  server_ = server;
  if (plan_.kind == Kind::bare) return true;
  constexpr size_t kAtOnce = 50;
  for (size_t begin = 0; begin < lines_.size(); begin += kAtOnce) {
    const size_t end = std::min(begin + kAtOnce, lines_.size());
    for (size_t i = begin; i < end; ++i) {
      lines_[i].client->connect(
          {server_ice(i), {server.shared[worker_of(i, plan_)]}, {identity_.print}},
          net::steady_now());
      flush(lines_[i]);
    }
    const auto give_up = net::steady_now() + 20s;
    for (size_t i = begin; i < end;) {
      receive_all(net::steady_now() + 5ms);
      tend(net::steady_now());
      while (i < end && lines_[i].client->connected()) ++i;
      if (net::steady_now() > give_up) return false;
    }
  }
  return true;
}

// Timers of the browsers: consent, and repeats while connecting.
void Load::tend(base::TimePoint now) {
  for (Line& line : lines_) {
    if (!line.client || line.client->next_timeout() > now) continue;
    line.client->handle_timeout(now);
    flush(line);
  }
}

void Load::flush(Line& line) {
  while (const auto out = line.client->poll()) out_.add(line.socket, out->to, out->bytes);
  out_.flush();
}

std::vector<uint8_t> Load::packet(const negotiation::Format& format, size_t call, uint16_t sequence,
                                  uint32_t ssrc) const {
  const auto& all = format == kPhoneFormat ? phone_payloads_ : browser_payloads_;
  const auto& payload = all[(sequence + call) % all.size()];
  const uint32_t step = format.codec.clock_rate / 50;
  std::vector<uint8_t> out(rtp::kFixedHeaderSize + payload.size());
  out.reserve(out.size() + srtp::kTrailer);
  const auto header =
      rtp::encode(rtp::Header{false, format.payload_type, sequence, {sequence * step}, ssrc});
  std::memcpy(out.data(), header.data(), header.size());
  std::memcpy(out.data() + kStampAt, payload.data(), payload.size());
  if (plan_.kind != Kind::transcode) {
    const int64_t stamp = net::steady_now().time_since_epoch().count();
    std::memcpy(out.data() + kStampAt, &stamp, sizeof stamp);
  }
  return out;
}

void Load::send_from_browser(Line& line, size_t call) {
  auto bytes = packet(browser_format(plan_.kind), call, ++line.sequence,
                      static_cast<uint32_t>(0x10000 + call));
  const auto& to = server_.shared[worker_of(call, plan_)];
  if (line.client) {
    line.client->send_rtp(bytes);
    while (const auto out = line.client->poll()) out_.add(line.socket, out->to, out->bytes);
  } else {
    const size_t plain = bytes.size();
    bytes.resize(plain + srtp::kTrailer);
    bytes.resize(line.context->protect_rtp(bytes, plain).value());
    out_.add(line.socket, to, bytes);
  }
  ++sent_;
}

void Load::send_from_phone(size_t call) {
  out_.add(
      phones_, server_.phones[call],
      packet(kPhoneFormat, call, ++phone_sequences_[call], static_cast<uint32_t>(0x20000 + call)));
  ++sent_;
}

// Of 2 * calls places in the 20 ms, those from `first` to before `last`.
void Load::send_due(size_t first, size_t last) {
  for (size_t place = first; place < last; ++place) {
    const size_t call = place / 2;
    if (place % 2) send_from_phone(call);
    else send_from_browser(lines_[call], call);
  }
  out_.flush();
}

void Load::heard(std::span<const uint8_t> packet) {
  if (!measuring_) return;
  ++received_;
  if (plan_.kind == Kind::transcode || packet.size() < kStampAt + sizeof(int64_t)) return;
  int64_t stamp = 0;
  std::memcpy(&stamp, packet.data() + kStampAt, sizeof stamp);
  const auto delay = net::steady_now().time_since_epoch() - base::Duration(stamp);
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
  ++delays_[std::min<size_t>(us < 0 ? 0 : static_cast<size_t>(us), kMostDelay - 1)];
}

void Load::receive_all(base::TimePoint deadline) {
  do {
    for (const uint32_t key : poller_.wait(deadline)) {
      Line* const line = key == kPhones ? nullptr : &lines_[key];
      const size_t n = in_.receive(line ? line->socket : phones_);
      for (size_t i = 0; i < n; ++i) {
        const auto bytes = in_.packet(i);
        if (!line) {
          heard(bytes);
        } else if (line->client) {
          line->client->receive(bytes, in_.from(i), net::steady_now());
        } else if (const auto size = line->context->unprotect_rtp(bytes)) {
          heard(bytes.first(*size));
        }
      }
      if (line && line->client) flush(*line);
    }
  } while (net::steady_now() < deadline);
}

void Load::talk(double seconds, LoadResult* result) {
  constexpr size_t kSlots = 20;  // of a millisecond
  const size_t places = 2 * plan_.calls;
  measuring_ = result != nullptr;
  sent_ = received_ = 0;
  delays_.assign(kMostDelay, 0);
  const double cpu = thread_seconds();
  const auto start = net::steady_now();
  const auto slots = static_cast<size_t>(seconds * 1000);
  for (size_t slot = 0; slot < slots; ++slot) {
    const size_t k = slot % kSlots;
    send_due(places * k / kSlots, places * (k + 1) / kSlots);
    receive_all(start + std::chrono::milliseconds(slot + 1));
    if (slot % 100 == 0) tend(net::steady_now());
  }
  if (!result) return;
  receive_all(net::steady_now() + 50ms);
  *result = {.sent = sent_,
             .received = received_,
             .p50_us = percentile(delays_, 0.5),
             .p99_us = percentile(delays_, 0.99),
             .cpu_seconds = thread_seconds() - cpu};
}

void Load::talk_under_flood(double seconds, LoadResult& result) {
  double bad = 0;
  {
    const Flood flood({server_.shared.front(), &lines_.front().socket, server_ice(0).ufrag});
    talk(seconds, &result);
    bad = static_cast<double>(flood.sent()) / seconds;
  }
  talk(1, nullptr);  // what is still in the kernel's queues goes by
  LoadResult after;
  talk(2, &after);
  result.bad_per_second = bad;
  result.lost_after_percent =
      100 - 100 * static_cast<double>(after.received) / static_cast<double>(after.sent);
}

}  // namespace viaduct::bench
