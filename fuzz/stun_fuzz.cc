// STUN: whatever parses can be built again from its fields and parses to the same.
#include <array>
#include <vector>

#include "base/check.h"
#include "transport/stun/builder.h"
#include "transport/stun/demux.h"
#include "transport/stun/message.h"

namespace {

using viaduct::stun::Message;
using viaduct::stun::MessageBuilder;

void rebuild(const Message& message) {
  std::array<uint8_t, 2 * viaduct::stun::kMaxMessage> buffer;
  MessageBuilder builder(buffer, message.message_class, message.method, message.transaction);
  if (message.username) builder.username(*message.username);
  if (message.software) builder.software(*message.software);
  if (message.priority) builder.priority(*message.priority);
  if (message.use_candidate) builder.use_candidate();
  if (message.ice_controlling) builder.ice_controlling(*message.ice_controlling);
  if (message.ice_controlled) builder.ice_controlled(*message.ice_controlled);
  if (message.error) builder.error_code(message.error->code, message.error->reason);
  if (message.mapped_address) builder.mapped_address(*message.mapped_address);
  if (message.xor_mapped_address) builder.xor_mapped_address(*message.xor_mapped_address);
  builder.unknown_attributes(message.unknown_attributes.types());
  builder.integrity("key");
  builder.fingerprint();
  const auto packet = builder.finish();
  if (!packet) return;  // a message of nearly kMaxMessage has no room for the integrity

  const auto again = Message::parse(*packet);
  VIADUCT_CHECK(again.has_value());
  VIADUCT_CHECK(again->message_class == message.message_class && again->method == message.method);
  VIADUCT_CHECK(again->transaction == message.transaction);
  VIADUCT_CHECK(again->username == message.username && again->software == message.software);
  VIADUCT_CHECK(again->priority == message.priority);
  VIADUCT_CHECK(again->use_candidate == message.use_candidate);
  VIADUCT_CHECK(again->ice_controlling == message.ice_controlling);
  VIADUCT_CHECK(again->ice_controlled == message.ice_controlled);
  VIADUCT_CHECK(again->mapped_address == message.mapped_address);
  VIADUCT_CHECK(again->xor_mapped_address == message.xor_mapped_address);
  VIADUCT_CHECK(again->error.has_value() == message.error.has_value());
  VIADUCT_CHECK(again->has_fingerprint && again->integrity_matches("key"));
  VIADUCT_CHECK(!again->integrity_matches("kez"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> packet(data, size);
  viaduct::stun::classify(packet);
  const auto ufrag = viaduct::stun::peek_local_ufrag(packet);
  const auto message = Message::parse(packet);
  if (!message) return 0;
  VIADUCT_CHECK(viaduct::stun::classify(packet) == viaduct::stun::PacketKind::stun);
  message->integrity_matches("VOkJxbRl1RmTxUk/WvJxBt");
  if (message->message_class == viaduct::stun::Class::request && message->username) {
    const auto names = viaduct::stun::split_username(*message->username);
    VIADUCT_CHECK(names.has_value() == ufrag.has_value());
    if (names) VIADUCT_CHECK(names->local_ufrag == *ufrag);
  }
  rebuild(*message);
  return 0;
}
