// ITU-T G.711: PCMU and PCMA, one byte for each 8 kHz sample.
#pragma once

#include "media/codec/codec.h"

namespace viaduct::codec {

uint8_t ulaw_from_linear(int16_t sample);
uint8_t alaw_from_linear(int16_t sample);
int16_t linear_from_ulaw(uint8_t code);
int16_t linear_from_alaw(uint8_t code);

// `kind` is pcmu or pcma.
std::unique_ptr<Decoder> make_g711_decoder(Kind kind);
std::unique_ptr<Encoder> make_g711_encoder(Kind kind);

}  // namespace viaduct::codec
