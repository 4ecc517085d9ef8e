// ITU-T G.722 at 64 kbit/s. One byte for two 16 kHz samples, or for one 8 kHz sample of the lower
// band.
#pragma once

#include "media/codec/codec.h"

namespace viaduct::codec {

// `rate` is 8000 or 16000. Errors: exhausted.
base::Result<std::unique_ptr<Decoder>> make_g722_decoder(uint32_t rate);
base::Result<std::unique_ptr<Encoder>> make_g722_encoder(uint32_t rate);

}  // namespace viaduct::codec
