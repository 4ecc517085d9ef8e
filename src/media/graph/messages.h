// The only door between control and a media worker: values over bounded queues, nobody waits for an
// answer. Control chooses every id, port and ICE credential, so that no question needs asking.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/ids.h"
#include "base/time.h"
#include "media/graph/stats.h"
#include "signalling/negotiation/types.h"

namespace viaduct::audio {
class Clip;  // media/audio/clip.h: immutable decoded sound, shared between threads
}

namespace viaduct::graph {

class CaptureTap;  // capture_tap.h: shared with whoever writes the packets down

struct MediaTag;
// One media session: one party's RTP toward us, from the leg's start to its end. Its SSRC, sequence
// and timestamp lines are continuous whatever its source or its far side's description does.
using MediaId = base::Id<MediaTag>;

// A socket the shell has opened and bound. Handles are small numbers given out by the shell; the
// worker's shared WebRTC socket is kSharedSocket.
using SocketHandle = uint32_t;
inline constexpr SocketHandle kSharedSocket = 0;
// From here on handles are TCP connections to the shared port (ICE-TCP); none is used again.
inline constexpr SocketHandle kFirstConnection = 1u << 31;
constexpr bool is_connection(SocketHandle handle) { return handle >= kFirstConnection; }

// --- control -> worker ---------------------------------------------------------------------------

// WebRTC: ICE-lite and DTLS on the worker's shared port, UDP and TCP.
struct WebRtcTransport {
  negotiation::IceParameters local_ice;
};
// Plain RTP on a port pair of its own; `rtcp` is unused once rtcp-mux is agreed.
struct PlainTransport {
  SocketHandle rtp = 0;
  SocketHandle rtcp = 0;
};

struct OpenSession {
  MediaId id;
  std::variant<WebRtcTransport, PlainTransport> transport;
  std::string cname;  // RTCP SDES; opaque, at most 255 bytes
};
// First agreement or a later one: the transport changes only in what differs.
struct ApplyAgreement {
  MediaId id;
  negotiation::AudioAgreement agreement;
  // An ICE restart: the credentials our description gave. Ignored when they are the present ones.
  std::optional<negotiation::IceParameters> new_local_ice{};
};
struct CloseSession {
  MediaId id;
};

// What a session's far side hears. Exactly one source at a time.
struct NoSource {};  // nothing is sent (RTCP goes on)
// Another session's audio; itself for an echo. Relayed when the codecs are the same, else
// transcoded.
struct FromSession {
  MediaId other;
};
// Tones of a cadence, e.g. ringback 440+480 Hz 2 s on 4 s off. `second_hz` 0 for a single tone.
struct Tone {
  struct Step {
    uint16_t first_hz = 0;  // 0: silence
    uint16_t second_hz = 0;
    base::Duration length{};
  };
  std::vector<Step> steps;
  float level_dbm0 = -16;  // of each frequency
  bool repeat = true;
};
struct Play {
  std::shared_ptr<const audio::Clip> clip;
  bool repeat = false;
};
using Source = std::variant<NoSource, FromSession, Tone, Play>;

struct SetSource {
  MediaId id;
  Source source;
};
// Sends digits with the session's own telephone-event payload type and clock; queued one by one.
// Without an agreed telephone-event the digits are dropped and counted. `inband`: as tones in place
// of the audio, whatever is agreed.
struct SendDtmf {
  MediaId id;
  std::string digits;  // 0-9 * # A-D
  base::Duration length = std::chrono::milliseconds(160);
  bool inband = false;
};
// Digits are sought in the party's audio too, from now on or no more. Decodes for this alone. A
// digit that comes as telephone-event and as a tone is received once.
struct ListenForTones {
  MediaId id;
  bool on = true;
};

struct RecordingTag;
using RecordingId = base::Id<RecordingTag>;

// Records what the party says, and with `other` both parties of a call, which must be on the same
// worker. Decodes for this alone: a relayed call stays a relayed one. RecordedAudio follows, and
// RecordingEnded in any case. For a recording that goes on: these are its parties now; who was in
// it before keeps its side, who came instead of somebody has theirs.
struct StartRecording {
  MediaId id;
  std::optional<MediaId> other{};
  RecordingId recording;
  bool stereo = true;     // the party left, the other right; else both in one channel
  uint32_t rate = 16000;  // of the samples: 8000, 16000 or 48000
};
// It ends by itself when the sessions of all its parties are closed.
struct StopRecording {
  MediaId id;  // the first party
  RecordingId recording;
};

// Copies of the session's packets from now on; one at a time.
struct StartCapture {
  MediaId id;
  std::shared_ptr<CaptureTap> tap;
};

using Command = std::variant<OpenSession, ApplyAgreement, CloseSession, SetSource, SendDtmf,
                             StartCapture, ListenForTones, StartRecording, StopRecording>;

// --- worker -> control ---------------------------------------------------------------------------

// ICE and DTLS are done, or the first plain packet arrived.
struct MediaConnected {
  MediaId id;
};
enum class MediaFault : uint8_t {
  ice_timeout,           // no valid connectivity check in time
  dtls_failed,           // handshake failed
  fingerprint_mismatch,  // the certificate is not the one the description named
  consent_expired,       // RFC 7675
  socket_error,
  remote_closed,  // the far side ended its DTLS association: the page is gone
  refused,        // OpenSession: no room, or its id, ufrag or socket is in use
};
struct MediaFailed {
  MediaId id;
  MediaFault fault;
};
struct DtmfReceived {
  MediaId id;
  char digit;  // 0-9 * # A-D
  base::Duration length;
};
struct PlayFinished {
  MediaId id;
};
// The far side should send and nothing has come for some seconds: never, or no more.
struct MediaStalled {
  MediaId id;
  bool ever_heard = false;
};
struct MediaResumed {
  MediaId id;
};
// With each of our RTCP reports, so every few seconds, and right before MediaFailed and
// MediaStalled.
struct StatsReport {
  MediaId id;
  SessionStats stats;
};
// Answers CloseSession, always: after it the session's sockets may be reused.
struct SessionClosed {
  MediaId id;
  SessionStats stats;
};

// Samples of all channels in turn. Who is done with a block lets go of it: a recording holds back
// when too many are kept.
struct AudioBlock {
  uint64_t position = 0;  // of its first sample in the recording, counted for each channel
  std::vector<int16_t> samples;
};
struct RecordedAudio {
  RecordingId recording;
  std::shared_ptr<const AudioBlock> block;
};
struct RecordingEnded {
  RecordingId recording;
  uint64_t blocks_left_out = 0;  // because nobody took them in
};

using Event = std::variant<MediaConnected, MediaFailed, DtmfReceived, PlayFinished, MediaStalled,
                           MediaResumed, StatsReport, SessionClosed, RecordedAudio, RecordingEnded>;

}  // namespace viaduct::graph
