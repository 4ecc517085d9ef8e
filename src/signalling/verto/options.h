// Every bound and interval of the Verto engine, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace viaduct::verto {

struct Options {
  // --- frames ---
  size_t max_message = 1'000'000;                  // the reference server's own limit
  size_t max_message_unauthenticated = 16 * 1024;  // a login takes under 2 kB
  size_t max_json_depth = 64;                      // real messages nest 5 deep
  size_t max_batch = 32;                           // no known client sends batches
  // --- connections ---
  size_t max_connections = 20'000;
  size_t max_unauthenticated = 2'000;  // a node restart brings everybody back within seconds
  size_t max_login_failures = 5;       // per connection; credential-less logins do not count
  base::Duration login_deadline = std::chrono::seconds(60);   // a login form may be open meanwhile
  base::Duration ping_after_sent = std::chrono::seconds(25);  // proxies drop sockets idle for 60 s
  base::Duration ping_after_received = std::chrono::seconds(30);  // as the reference server
  // --- sessions and calls ---
  size_t max_sessions = 20'000;
  size_t max_sessions_per_user = 32;                          // devices and tabs of one person
  size_t max_calls_per_session = 16;                          // lines of one phone
  base::Duration detach_timeout = std::chrono::seconds(120);  // zero: calls end with their socket
  // How long verto.clientReady waits for the offers of surviving calls, which come from this
  // process.
  base::Duration attach_offer_patience = std::chrono::seconds(1);
  // Within it the client must answer verto.attach; it may have to ask for the microphone first.
  base::Duration attach_answer_timeout = std::chrono::seconds(30);
  // --- texts, in bytes ---
  size_t max_session_id = 255;  // longer ones are cut, as the reference server does
  size_t max_call_id = 256;
  size_t max_name = 256;    // names, numbers, destinations: longer ones are cut
  size_t max_digits = 128;  // of one verto.info
  // --- lists ---
  size_t max_variables = 64;  // of a session or call; each at most max_variable bytes
  size_t max_variable = 2048;
  size_t max_subscriptions = 64;
  // --- speed test ---
  uint32_t max_speed_test_bytes = 10 * 1024 * 1024;  // what a client may announce
  uint32_t max_speed_test_download =
      4 * 1024 * 1024;                // what it gets in all; the usual test: 2.5 MiB
  size_t max_queued_speed_tests = 4;  // Verto Communicator starts two at once
  base::Duration speed_test_patience =
      std::chrono::seconds(10);  // without progress of the download
};

}  // namespace viaduct::verto
