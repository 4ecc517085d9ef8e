// A session description (RFC 8866) as values: what the lines say, in their order, without meaning.
// Reading and printing keep everything but line ends, blank lines and lines of unknown type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace viaduct::sdp {

// a=<name> or a=<name>:<value>. A value may be present and empty.
struct Attribute {
  std::string name;
  std::optional<std::string> value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};
using Attributes = std::vector<Attribute>;

// c=<network> <family> <address>. The address is as written: an IP address, perhaps with /ttl and
// /count behind it, or a host name.
struct Connection {
  std::string network = "IN";
  std::string family = "IP4";
  std::string address;
  friend bool operator==(const Connection&, const Connection&) = default;
};

// o=. Id and version are decimal numbers by the grammar, but some peers write more than 64 bits.
struct Origin {
  std::string user = "-";
  std::string session_id;
  std::string version;
  Connection address;
  friend bool operator==(const Origin&, const Origin&) = default;
};

// Any other line, kept as it is.
struct Line {
  char type = 0;
  std::string value;
  friend bool operator==(const Line&, const Line&) = default;
};

// m=<kind> <port>[/<port_count>] <protocol> <formats...> and what follows it.
struct Media {
  std::string kind;
  uint16_t port = 0;
  uint16_t port_count = 1;
  std::string protocol;
  std::vector<std::string> formats;
  std::optional<Connection> connection;  // the first one, should there be several
  std::vector<Line> lines;               // i= b= k=
  Attributes attributes;
  friend bool operator==(const Media&, const Media&) = default;
};

struct Description {
  Origin origin;
  std::string name = "-";  // s=
  std::optional<Connection> connection;
  std::vector<Line> lines;  // i= u= e= p= b= t= r= z= k=
  Attributes attributes;
  std::vector<Media> media;
  friend bool operator==(const Description&, const Description&) = default;
};

// What we are willing to read. A browser's audio-video offer is about 10 kB, 250 lines and 60
// attributes in its largest section; a page that receives thirty streams stays within these too.
struct Limits {
  size_t bytes = 128 * 1024;
  size_t lines = 4000;
  size_t media = 64;
  size_t attributes = 512;  // of the session, and of each media section
  size_t formats = 128;     // of each m= line: there are no more payload types
};

// Takes LF for CRLF, blank lines anywhere, a missing s=, t= or last line end, and session lines in
// any order. Errors: malformed (no v=0 or o=, a line that is none), too_large.
base::Result<Description> parse(std::string_view text, const Limits& limits = {});

// In the order of RFC 8866 §5, CRLF after each line, "t=0 0" where no timing is given.
std::string print(const Description& description);

}  // namespace viaduct::sdp
