#include "signalling/negotiation/types.h"

namespace viaduct::negotiation {

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::opus: return "opus";
    case Encoding::pcmu: return "PCMU";
    case Encoding::pcma: return "PCMA";
    case Encoding::g722: return "G722";
    case Encoding::l16: return "L16";
    case Encoding::telephone_event: return "telephone-event";
    case Encoding::comfort_noise: return "CN";
  }
  return "";
}

Direction reversed(Direction direction) {
  switch (direction) {
    case Direction::sendonly: return Direction::recvonly;
    case Direction::recvonly: return Direction::sendonly;
    default: return direction;
  }
}

}  // namespace viaduct::negotiation
