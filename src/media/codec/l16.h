// L16 (RFC 3551 §4.5.11): samples as they are, in network byte order.
#pragma once

#include "media/codec/codec.h"

namespace viaduct::codec {

std::unique_ptr<Decoder> make_l16_decoder(uint32_t rate);
std::unique_ptr<Encoder> make_l16_encoder();

}  // namespace viaduct::codec
