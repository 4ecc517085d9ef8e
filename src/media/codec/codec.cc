#include "media/codec/codec.h"

#include "media/codec/g711.h"
#include "media/codec/g722.h"
#include "media/codec/l16.h"
#include "media/codec/opus.h"

namespace viaduct::codec {

using base::Errc;
using base::Error;

bool supports(Kind kind, uint32_t rate) {
  switch (kind) {
    case Kind::opus:
      return rate == 8000 || rate == 12000 || rate == 16000 || rate == 24000 || rate == 48000;
    case Kind::pcmu:
    case Kind::pcma: return rate == 8000;
    case Kind::g722: return rate == 8000 || rate == 16000;
    case Kind::l16: return rate >= 8000 && rate <= 48000;
  }
  return false;
}

uint32_t natural_rate(Kind kind, uint32_t clock_rate) {
  switch (kind) {
    case Kind::opus: return 48000;
    case Kind::pcmu:
    case Kind::pcma: return 8000;
    case Kind::g722: return 16000;
    case Kind::l16: break;
  }
  return clock_rate;
}

base::Result<std::unique_ptr<Decoder>> make_decoder(Kind kind, uint32_t rate) {
  if (!supports(kind, rate)) return Error{Errc::unsupported, "no such codec and rate"};
  switch (kind) {
    case Kind::opus: return make_opus_decoder(rate);
    case Kind::pcmu:
    case Kind::pcma: return make_g711_decoder(kind);
    case Kind::g722: return make_g722_decoder(rate);
    case Kind::l16: break;
  }
  return make_l16_decoder(rate);
}

base::Result<std::unique_ptr<Encoder>> make_encoder(Kind kind, uint32_t rate,
                                                    const OpusOptions& opus) {
  if (!supports(kind, rate)) return Error{Errc::unsupported, "no such codec and rate"};
  switch (kind) {
    case Kind::opus: return make_opus_encoder(rate, opus);
    case Kind::pcmu:
    case Kind::pcma: return make_g711_encoder(kind);
    case Kind::g722: return make_g722_encoder(rate);
    case Kind::l16: break;
  }
  return make_l16_encoder();
}

}  // namespace viaduct::codec
