// Ids and values shared by the Verto engine and its neighbours.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace viaduct::verto {

// One WebSocket. The shell that owns the socket numbers it and never uses an id twice.
struct ConnTag;
using ConnId = base::Id<ConnTag>;
// One logged-in client, which may lose its socket and come back on another.
struct SessionTag;
using SessionId = base::Id<SessionTag>;
// One call leg between a client and this server.
struct CallTag;
using CallId = base::Id<CallTag>;

// Personal data: log it only inside Pii<>.
struct Party {
  std::string number;
  std::string name;
  friend bool operator==(const Party&, const Party&) = default;
};

// Name and value, in the order they came.
using Variables = std::vector<std::pair<std::string, std::string>>;

// What a user may do. Entries are full names ("verto.invite") or what stands before the first dot
// ("verto"); "__ANY__" is everything. login and echo are always allowed.
struct Permissions {
  std::vector<std::string> methods{"verto"};
  std::vector<std::string> event_channels;
  // May name another caller than the directory does: otherwise anybody could call as anybody.
  bool choose_caller_id = false;
};

// A user whose password was right.
struct User {
  std::string id;  // "user@domain": two users are the same when these are equal
  std::string name;
  std::string domain;
  Party caller;         // how the user's calls are shown; empty number: `name`
  std::string context;  // where the dial plan begins
  Permissions permissions;
  bool moderator = false;  // told to the client, without effect here
  // When the login ends; the socket is closed then.
  std::optional<base::WallTime> expires;
};

}  // namespace viaduct::verto
