// Opus (RFC 6716) over libopus, mono: stereo that arrives is mixed down by the decoder.
#pragma once

#include "media/codec/codec.h"

namespace viaduct::codec {

// `rate` is 8000, 12000, 16000, 24000 or 48000. Errors: exhausted.
base::Result<std::unique_ptr<Decoder>> make_opus_decoder(uint32_t rate);
base::Result<std::unique_ptr<Encoder>> make_opus_encoder(uint32_t rate, const OpusOptions& options);

}  // namespace viaduct::codec
