#include "signalling/negotiation/local_protection.h"

#include <algorithm>

#include "base/hash.h"
#include "signalling/negotiation/remote_protection.h"
#include "signalling/negotiation/sdes.h"

namespace viaduct::negotiation {
namespace {

const SdesKeys* sdes_of(const InForce& in_force) {
  return in_force && in_force->plain ? std::get_if<SdesKeys>(&in_force->plain->protection)
                                     : nullptr;
}

bool same_key(const SdesKeys& a, const SdesKeys& b) {
  return a.suite == b.suite && a.receive_mki == b.receive_mki &&
         base::constant_time_equal(a.receive.reveal(), b.receive.reveal());
}

}  // namespace

Encryption encryption_to_offer(const LocalTransport& local, const InForce& in_force) {
  if (in_force && in_force->plain) return encryption_of(*in_force->plain);
  const auto* plain = std::get_if<LocalPlain>(&local);
  return plain ? plain->wanted : Encryption::none;
}

std::vector<CryptoLine> keys_to_offer(const LocalPlain& local, const InForce& in_force,
                                      std::span<const CryptoLine> offered_before) {
  if (const SdesKeys* keys = sdes_of(in_force)) return {{1, {keys->suite, keys->send}}};
  if (!offered_before.empty()) return {offered_before.begin(), offered_before.end()};
  std::vector<CryptoLine> out;
  for (const SrtpSuite suite : kOfferedSuites)
    out.push_back({static_cast<uint32_t>(out.size() + 1), make_sdes_key(suite, *local.rng)});
  return out;
}

void take_offered_key(SdesKeys& answered, const InForce& in_force,
                      std::vector<CryptoLine>& offered) {
  const auto suite_of = [](const CryptoLine& line) { return line.key.suite; };
  answered.send = std::ranges::find(offered, answered.suite, suite_of)->key.key;
  if (const SdesKeys* before = sdes_of(in_force); before && before->suite != answered.suite)
    std::erase_if(offered, [&](const CryptoLine& line) { return suite_of(line) == before->suite; });
}

std::vector<SrtpSuite> suites_to_accept(const LocalTransport& local, const InForce& in_force) {
  const auto* plain = std::get_if<LocalPlain>(&local);
  if (!plain || !plain->rng) return {};
  const SdesKeys* before = sdes_of(in_force);
  return suites_in_order(before ? std::optional(before->suite) : std::nullopt);
}

SrtpKey key_to_answer(const LocalPlain& local, const InForce& in_force, const SdesKeys& theirs) {
  const SdesKeys* before = sdes_of(in_force);
  if (before && same_key(*before, theirs)) return before->send;
  return make_sdes_key(theirs.suite, *local.rng).key;
}

}  // namespace viaduct::negotiation
