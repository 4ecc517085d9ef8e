#include "signalling/negotiation/remote_protection.h"

#include <utility>

namespace viaduct::negotiation {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr Error kNoKey{Errc::unsupported, "SRTP without a key or fingerprint that we can use"};
constexpr Error kRequired{Errc::unsupported, "encryption is required here"};
constexpr Error kNotAnswered{Errc::unsupported, "answered without the encryption we asked for"};
constexpr Error kNotOffered{Errc::unsupported, "answered with an encryption we did not offer"};

}  // namespace

Encryption encryption_of(const PlainRemote& remote) {
  if (std::holds_alternative<SdesKeys>(remote.protection)) return Encryption::sdes;
  return std::holds_alternative<DtlsRemote>(remote.protection) ? Encryption::dtls
                                                               : Encryption::none;
}

Result<RemoteProtection> offered_protection(const TransportView& view, const LocalPlain& local,
                                            std::span<const SrtpSuite> suites,
                                            const NegotiatorOptions& options) {
  const Profile profile = view.profile();
  std::vector<Fingerprint> fingerprints;
  if (local.fingerprint) fingerprints = view.fingerprints(options.max_fingerprints);
  auto sdes = choose_sdes(view.own_attributes(), suites, options.max_crypto);
  const bool dtls_first = profile != Profile::savp || !sdes;
  if (dtls_first && !fingerprints.empty())
    return RemoteProtection{DtlsRemote{std::move(fingerprints), {}}, 0};
  if (profile != Profile::tls_savp && sdes)
    return RemoteProtection{std::move(sdes->keys), sdes->tag};
  if (profile != Profile::avp) return kNoKey;
  if (local.wanted != Encryption::none) return kRequired;
  return RemoteProtection{};
}

Result<RemoteProtection> answered_protection(const TransportView& view, Encryption wanted,
                                             std::span<const SrtpSuite> offered,
                                             const NegotiatorOptions& options) {
  switch (wanted) {
    case Encryption::none:
      if (view.profile() != Profile::avp) return kNotOffered;
      return RemoteProtection{};
    case Encryption::sdes:
      if (auto sdes = choose_sdes(view.own_attributes(), offered, options.max_crypto))
        return RemoteProtection{std::move(sdes->keys), sdes->tag};
      return kNotAnswered;
    case Encryption::dtls: break;
  }
  auto fingerprints = view.fingerprints(options.max_fingerprints);
  if (fingerprints.empty()) return kNotAnswered;
  return RemoteProtection{DtlsRemote{std::move(fingerprints), {}}, 0};
}

}  // namespace viaduct::negotiation
