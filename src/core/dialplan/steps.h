// What a route does with a call, step by step.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "signalling/negotiation/types.h"

namespace viaduct::dialplan {

// Which codecs a called device is offered, and in which order (design: "answer late").
struct CodecPolicy {
  enum class Mode {
    relay,    // what the caller offered, so that nothing is transcoded
    quality,  // the caller keeps its best codec (Opus) even if the far side cannot have it
    listed,   // just `codecs`, in that order, toward the called device
  };
  Mode mode = Mode::relay;
  std::vector<negotiation::Codec> codecs;
};

struct Echo {};
// Plays a sound by the name the configuration gave it ("music"), or without end a tone
// ("tone:busy").
struct PlayClip {
  std::string clip;
  bool repeat = true;
};
// Calls all devices of a user; the first to answer takes the call.
struct DialUser {
  std::string user;
  base::Duration timeout = std::chrono::seconds(30);
  CodecPolicy codecs;
  // Two browsers may send media to each other. A permission: where it cannot be, or no longer,
  // media goes through the server.
  bool direct = false;
};
// Records what the parties say, from the first answer to the end of the call.
struct Record {
  enum class Format { wav, flac, opus };
  std::string file;  // see recording_name.h
  Format format = Format::wav;
  bool stereo = true;  // the caller left, the called right; else mixed
};
struct Reject {
  uint16_t q850 = 21;
};
using Step = std::variant<Echo, PlayClip, DialUser, Record, Reject>;

}  // namespace viaduct::dialplan
