#include "signalling/sdp/crypto.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"

namespace viaduct::sdp {
namespace {

using base::parse_number;
using base::trim;

constexpr size_t kLongestMki = 128;

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  return base::take_until(text, ' ');
}

// Some phones leave the padding out.
std::optional<std::vector<uint8_t>> key_of(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  auto bytes = base::base64_decode(padded);
  if (!bytes || bytes->empty()) return std::nullopt;
  return std::move(*bytes);
}

// "2^31" or "1048576".
std::optional<uint64_t> lifetime_of(std::string_view text) {
  if (!text.starts_with("2^")) {
    const auto packets = parse_number<uint64_t>(text);
    return packets && *packets > 0 ? std::optional(*packets) : std::nullopt;
  }
  const auto exponent = parse_number<uint8_t>(text.substr(2));
  return exponent && *exponent <= 48 ? std::optional(uint64_t{1} << *exponent) : std::nullopt;
}

// "1:4": the number and how many bytes it takes, big-endian.
std::optional<std::vector<uint8_t>> mki_of(std::string_view text) {
  const auto number = parse_number<uint64_t>(base::take_until(text, ':'));
  const auto length = parse_number<size_t>(text);
  if (!number || !length || *length == 0 || *length > kLongestMki) return std::nullopt;
  if (*length < 8 && *number >> (8 * *length) != 0) return std::nullopt;
  std::vector<uint8_t> out(*length);
  for (size_t i = 0; i < std::min<size_t>(8, *length); ++i)
    out[*length - 1 - i] = static_cast<uint8_t>(*number >> (8 * i));
  return out;
}

std::optional<CryptoKey> parse_key(std::string_view text) {
  if (!base::iequals(base::take_until(text, ':'), "inline")) return std::nullopt;
  CryptoKey out;
  auto key = key_of(base::take_until(text, '|'));
  if (!key) return std::nullopt;
  out.key_and_salt = base::Secret(std::move(*key));
  if (text.empty()) return out;
  std::string_view field = base::take_until(text, '|');
  if (field.find(':') == std::string_view::npos) {
    out.lifetime = lifetime_of(field);
    if (!out.lifetime) return std::nullopt;
    if (text.empty()) return out;
    field = base::take_until(text, '|');
  }
  auto mki = mki_of(field);
  if (!mki || !text.empty()) return std::nullopt;
  out.mki = std::move(*mki);
  return out;
}

std::string print(const CryptoKey& key) {
  std::string out = "inline:" + base::base64_encode(key.key_and_salt.reveal());
  if (key.lifetime) out += '|' + std::to_string(*key.lifetime);
  if (key.mki.empty()) return out;
  uint64_t number = 0;
  for (uint8_t byte : key.mki) number = number << 8 | byte;
  return out + '|' + std::to_string(number) + ':' + std::to_string(key.mki.size());
}

}  // namespace

std::optional<Crypto> parse_crypto(std::string_view value) {
  Crypto out;
  const std::string_view tag = take_word(value);
  const auto number = parse_number<uint32_t>(tag);
  out.suite = take_word(value);
  if (!number || tag.size() > 9 || out.suite.empty()) return std::nullopt;
  out.tag = *number;
  std::string_view keys = take_word(value);
  do {
    auto key = parse_key(base::take_until(keys, ';'));
    if (!key || out.keys.size() == kMostCryptoKeys) return std::nullopt;
    out.keys.push_back(std::move(*key));
  } while (!keys.empty());
  for (auto word = take_word(value); !word.empty(); word = take_word(value))
    out.parameters.emplace_back(word);
  return out;
}

std::string print(const Crypto& crypto) {
  std::string out = std::to_string(crypto.tag) + ' ' + crypto.suite;
  char separator = ' ';
  for (const CryptoKey& key : crypto.keys) {
    out += separator + print(key);
    separator = ';';
  }
  for (const std::string& parameter : crypto.parameters) out += ' ' + parameter;
  return out;
}

}  // namespace viaduct::sdp
