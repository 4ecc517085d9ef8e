// capacity KIND CALLS WORKERS SECONDS: what so many calls at once cost, with real sockets on
// loopback. The load is a process of its own; what is counted is the server's.
//
//   load (browsers, phones) ──► sockets ──► media threads, or the bare loop ──► sockets ──► load
//
// Prints one line of JSON; scripts/capacity.py makes the table.
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "io/net/clock.h"
#include "tests/bench/capacity/codecs.h"
#include "tests/bench/capacity/load.h"
#include "tests/bench/capacity/servers.h"

namespace viaduct::bench {

BoundSockets BoundSockets::bind(const Plan& plan, base::Rng& rng) {
  BoundSockets out;
  const auto any = *base::SocketAddress::parse("127.0.0.1:0");
  for (size_t i = 0; i < plan.workers; ++i) {
    out.shared.push_back(std::move(net::UdpSocket::bind(any).value()));
    out.listeners.push_back(std::move(net::TcpListener::bind(any).value()));
  }
  net::RtpPorts ports({.address = *base::IpAddress::parse("127.0.0.1"), .last = 31999}, rng);
  for (size_t i = 0; i < plan.calls; ++i)
    out.phones.push_back(std::move(ports.acquire(net::steady_now()).value()));
  return out;
}

namespace {

// Both ends of the line between the two processes: whole structures, or the other is gone.
struct Line {
  int in = -1, out = -1;
  void write_bytes(const void* data, size_t size) const {
    if (::write(out, data, size) != static_cast<ssize_t>(size)) std::exit(1);
  }
  void read_bytes(void* data, size_t size) const {
    for (size_t done = 0; done < size;) {
      const ssize_t n = ::read(in, static_cast<char*>(data) + done, size - done);
      if (n <= 0) std::exit(1);
      done += static_cast<size_t>(n);
    }
  }
  void signal() const { write_bytes("!", 1); }
  void await() const {
    char ignored;
    read_bytes(&ignored, 1);
  }
  void write_text(const std::string& text) const {
    const auto size = static_cast<uint32_t>(text.size());
    write_bytes(&size, sizeof size);
    write_bytes(text.data(), size);
  }
  std::string read_text() const {
    uint32_t size = 0;
    read_bytes(&size, sizeof size);
    std::string text(size, ' ');
    read_bytes(text.data(), size);
    return text;
  }
};

// Each worker has a processor and the load the rest, where there are so many. Left to itself the
// scheduler puts a cheap server beside the load and a dear one apart from it, and then packets that
// are still in the cache are held against packets of another processor.
void stay_apart(const Plan& plan, bool is_server) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const auto servers = static_cast<long>(plan.workers);
  if (servers >= processors) return;
  cpu_set_t mine;
  CPU_ZERO(&mine);
  for (long i = 0; i < processors; ++i)
    if ((i < servers) == is_server) CPU_SET(static_cast<size_t>(i), &mine);
  sched_setaffinity(0, sizeof mine, &mine);
}

void run_load(const Plan& plan, const Endpoints& server, const dtls::testing::Identity& identity,
              const Line& line) {
  stay_apart(plan, false);
  Load load(plan, identity);
  const LoadAddresses own = load.addresses();
  line.write_text(own.phones.str());
  for (size_t i = 0; i < plan.calls; ++i) {
    line.write_text(own.browsers[i].str());
    line.write_text(own.ufrags[i]);
  }
  line.await();  // the calls are open
  if (!load.connect(server)) std::exit(1);
  load.talk(1, nullptr);
  line.signal();
  LoadResult result;
  if (plan.kind == Kind::flood) load.talk_under_flood(plan.seconds, result);
  else load.talk(plan.seconds, &result);
  line.write_bytes(&result, sizeof result);
  load.talk(0.5, nullptr);
}

LoadAddresses read_addresses(const Plan& plan, const Line& line) {
  LoadAddresses out;
  out.phones = base::SocketAddress::parse(line.read_text()).value();
  for (size_t i = 0; i < plan.calls; ++i) {
    out.browsers.push_back(base::SocketAddress::parse(line.read_text()).value());
    out.ufrags.push_back(line.read_text());
  }
  return out;
}

double process_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void run_server(const Plan& plan, BoundSockets sockets, const dtls::testing::Identity& identity,
                const Line& line) {
  stay_apart(plan, true);
  const LoadAddresses load = read_addresses(plan, line);
  const size_t idle = mallinfo2().uordblks;
  auto server = plan.kind == Kind::bare ? make_bare_loop(plan, std::move(sockets))
                                        : make_media_threads(plan, std::move(sockets), identity);
  server->open_calls(load);
  line.signal();
  line.await();  // they talk
  const double before = process_seconds();
  const auto start = net::steady_now();
  LoadResult result;
  line.read_bytes(&result, sizeof result);
  const double cpu = process_seconds() - before;
  const double elapsed = std::chrono::duration<double>(net::steady_now() - start).count();
  const double per_call =
      static_cast<double>(mallinfo2().uordblks - idle) / static_cast<double>(plan.calls) / 1024;
  std::printf(
      "{\"calls\": %zu, \"workers\": %zu, \"core_percent\": %.1f, \"percent_per_call\": %.4f, "
      "\"us_per_packet\": %.2f, \"lost_percent\": %.3f, \"p50_us\": %.0f, \"p99_us\": %.0f, "
      "\"kib_per_call\": %.1f, \"load_core_percent\": %.0f, \"bad_per_second\": %.0f, "
      "\"lost_after_percent\": %.3f}\n",
      plan.calls, plan.workers, 100 * cpu / elapsed,
      100 * cpu / elapsed / static_cast<double>(plan.calls),
      1e6 * cpu / static_cast<double>(result.received),
      100 - 100 * static_cast<double>(result.received) / static_cast<double>(result.sent),
      result.p50_us, result.p99_us, per_call, 100 * result.cpu_seconds / elapsed,
      result.bad_per_second, result.lost_after_percent);
}

Plan read_plan(char** arguments) {
  const std::string_view kind = arguments[1];
  Plan plan;
  for (const auto& [name, value] : {std::pair{"relay", Kind::relay},
                                    {"transcode", Kind::transcode},
                                    {"flood", Kind::flood},
                                    {"bare", Kind::bare},
                                    {"codecs", Kind::codecs}})
    if (kind == name) plan.kind = value;
  plan.calls = std::strtoul(arguments[2], nullptr, 10);
  plan.workers = plan.kind == Kind::bare ? 1 : std::strtoul(arguments[3], nullptr, 10);
  plan.seconds = std::strtod(arguments[4], nullptr);
  return plan;
}

int run_codecs(const Plan& plan) {
  stay_apart(plan, true);
  const double us = codecs_us_per_packet(plan);
  std::printf("{\"calls\": %zu, \"percent_per_call\": %.4f, \"us_per_packet\": %.2f}\n", plan.calls,
              us / 100, us);  // of a hundred packets a second
  return 0;
}

int run(const Plan& plan) {
  if (plan.kind == Kind::codecs) return run_codecs(plan);
  net::SystemRng rng;
  const auto identity = dtls::testing::openssl_identity();
  BoundSockets sockets = BoundSockets::bind(plan, rng);
  Endpoints endpoints;
  for (const auto& shared : sockets.shared) endpoints.shared.push_back(shared.local());
  for (const auto& pair : sockets.phones) endpoints.phones.push_back(pair.rtp.local());
  int up[2], down[2];
  if (pipe(up) != 0 || pipe(down) != 0) return 1;
  const pid_t load = fork();
  if (load < 0) return 1;
  if (load == 0) {
    close(up[0]);
    close(down[1]);
    sockets = {};
    run_load(plan, endpoints, identity, {down[0], up[1]});
    std::_Exit(0);
  }
  close(up[1]);
  close(down[0]);
  run_server(plan, std::move(sockets), identity, {up[0], down[1]});
  int status = 0;
  waitpid(load, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace
}  // namespace viaduct::bench

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("capacity relay|transcode|flood|bare|codecs CALLS WORKERS SECONDS\n", stderr);
    return 2;
  }
  const auto plan = viaduct::bench::read_plan(arguments);
  if (plan.workers == 0 || plan.workers > 16) return 2;
  // The commands that open them, seven for each, fit into the workers' mailboxes at once.
  if (plan.calls == 0 || plan.calls > 2000 * plan.workers || plan.calls > 5000) return 2;
  return viaduct::bench::run(plan);
}
