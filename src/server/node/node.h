// Node: the shell around Control. It owns sockets and threads, feeds the engine one input at a
// time, drains it and re-arms its one timer. Everything here runs on the control thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/call/ports.h"
#include "core/dialplan/dialplan.h"
#include "core/directory/directory.h"
#include "io/net/web_server.h"
#include "media/graph/worker_options.h"
#include "server/node/api_port.h"
#include "server/node/capture_writer.h"
#include "server/node/control.h"

namespace viaduct::node {

struct WebListen {
  base::SocketAddress address;
  std::string certificate_file;  // both empty: plain
  std::string key_file;
};

struct NodeOptions {
  std::vector<WebListen> web;
  std::optional<base::SocketAddress> sip_udp;
  std::string sip_host;       // in Via and Contact; empty: the bound address, or a detected one
  base::SocketAddress media;  // the first worker's WebRTC port; the next ones follow
  base::IpAddress rtp_address;
  uint16_t rtp_first = 20000;
  uint16_t rtp_last = 29999;
  // What others reach this machine by, best first; empty: detected.
  std::vector<base::IpAddress> advertised;
  size_t workers = 1;
  std::string web_root;                   // empty: no pages
  std::string recordings = "recordings";  // the folder; made when it is needed
  ControlOptions control;
  CaptureWriterOptions captures;
  net::WebServerOptions web_server;
  graph::WorkerOptions media_worker;
};

// What really was bound: ports may have been given as 0.
struct NodeAddresses {
  std::vector<base::SocketAddress> web;  // in the order of NodeOptions::web
  std::optional<base::SocketAddress> sip_udp;
  std::vector<base::SocketAddress> media;
};

// One sentence for a person.
struct StartFault {
  std::string text;
};

class Node {
 public:
  // All referenced things must outlive the node.
  Node(NodeOptions options, const directory::Directory& directory,
       const dialplan::Dialplan& dialplan, const call::ClipLibrary& clips, ApiPort& api);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Binds everything; the first thing that cannot be had is the fault.
  boost::system::result<NodeAddresses, StartFault> start();
  // Until SIGINT, SIGTERM or stop().
  void run();
  void stop();  // any thread

 private:
  class Shell;
  std::unique_ptr<Shell> shell_;
};

}  // namespace viaduct::node
