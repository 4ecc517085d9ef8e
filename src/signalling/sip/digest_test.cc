#include <gtest/gtest.h>

#include "base/rng.h"
#include "signalling/sip/digest_client.h"
#include "signalling/sip/digest_server.h"

namespace viaduct::sip {
namespace {

using namespace std::chrono_literals;

DigestCredentials rfc7616_example(DigestAlgorithm algorithm) {
  DigestCredentials c;
  c.username = "Mufasa";
  c.realm = "http-auth@example.org";
  c.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
  c.uri = "/dir/index.html";
  c.nonce_count = 1;
  c.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  c.algorithm = algorithm;
  return c;
}

// RFC 7616 §3.9.1.
TEST(Digest, KnownAnswers) {
  const DigestSecret secret = DigestSecret::from_password("Circle of Life");
  for (const auto& [algorithm, answer] :
       {std::pair{DigestAlgorithm::md5, "8ca523f5e9506fed4657c9700eebdbec"},
        std::pair{DigestAlgorithm::sha256,
                  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"}}) {
    const DigestCredentials c = rfc7616_example(algorithm);
    const auto ha1 = digest_ha1(secret, algorithm, c.username, c.realm);
    ASSERT_TRUE(ha1.has_value());
    EXPECT_EQ(digest_response(c, "GET", ha1->reveal()), answer);
  }
}

// RFC 2617 §3.5; without qop RFC 2069 as RFC 2617 §3.2.2.1 has it.
TEST(Digest, OldPeers) {
  DigestCredentials c;
  c.username = "Mufasa";
  c.realm = "testrealm@host.com";
  c.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
  c.uri = "/dir/index.html";
  c.cnonce = "0a4f113b";
  c.nonce_count = 1;
  const auto ha1 = digest_ha1(DigestSecret::from_password("Circle Of Life"), DigestAlgorithm::md5,
                              c.username, c.realm);
  EXPECT_EQ(ha1->reveal(), "939e7578ed9e3c518a452acee763bce9");
  EXPECT_EQ(digest_response(c, "GET", ha1->reveal()), "6629fae49393a05397450978507c4ef1");
  c.qop_auth = false;
  EXPECT_EQ(digest_response(c, "GET", ha1->reveal()), "670fd8c2df070c60b045671b8b24ff02");
}

TEST(Digest, CredentialsPrintAndParse) {
  DigestCredentials c = rfc7616_example(DigestAlgorithm::sha256);
  c.username = "a\"b\\c";
  c.nonce_count = 0xabc;
  c.response = "00ff";
  c.opaque = "x";
  EXPECT_EQ(c.str(),
            "Digest username=\"a\\\"b\\\\c\", realm=\"http-auth@example.org\", "
            "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", uri=\"/dir/index.html\", "
            "response=\"00ff\", algorithm=SHA-256, opaque=\"x\", qop=auth, nc=00000abc, "
            "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"");
  const auto back = DigestCredentials::from(AuthValue::parse(c.str()).value());
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->str(), c.str());
}

TEST(Digest, RefusesWhatItCannotDo) {
  const auto challenge = [](std::string_view text) {
    return DigestChallenge::from(AuthValue::parse(text).value());
  };
  EXPECT_TRUE(challenge("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int, auth\"").has_value());
  for (const char* text :
       {"Basic realm=\"r\"", "Digest realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", algorithm=X",
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess"})
    EXPECT_FALSE(challenge(text).has_value()) << text;
  const std::string good =
      "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", "
      "response=\"0\"";
  const auto credentials = [](const std::string& text) {
    return DigestCredentials::from(AuthValue::parse(text).value());
  };
  EXPECT_TRUE(credentials(good).has_value());
  EXPECT_TRUE(credentials(good + ", qop=auth, nc=00000001, cnonce=\"x\"").has_value());
  for (const char* more :
       {", qop=auth", ", qop=auth, nc=1, cnonce=\"x\"", ", qop=auth, nc=00000001",
        ", qop=auth, nc=0000000g, cnonce=\"x\"", ", qop=auth-int, nc=00000001, cnonce=\"x\"",
        ", userhash=true", ", algorithm=SHA-512"})
    EXPECT_FALSE(credentials(good + more).has_value()) << more;
}

class DigestExchange : public testing::Test {
 protected:
  static DigestOptions options() {
    DigestOptions o;
    o.realm = "example.com";
    o.max_used_nonces = 3;
    return o;
  }
  static base::Secret<std::string> key(char c) {
    return base::Secret<std::string>(std::string(32, c));
  }
  static Message request(Method method = Method::invite,
                         std::string_view uri = "sip:1001@example.com") {
    Message message = Message::request(method, uri);
    message.add(HeaderName::via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1");
    message.add(HeaderName::from, "<sip:1000@example.com>;tag=f");
    message.add(HeaderName::to, "<sip:1001@example.com>");
    message.add(HeaderName::call_id, "c");
    message.add(HeaderName::cseq, "1 " + std::string(method_name(method)));
    return message;
  }
  Message challenge(bool stale = false) {
    return server_.challenge(request(), AuthRole::user_agent, "t", now_, rng_, stale);
  }
  // The verdict on `message`, whose user has `secret`.
  std::optional<AuthVerdict> verdict(const Message& message, const DigestSecret* secret) {
    const auto credentials = server_.credentials(message, AuthRole::user_agent);
    if (!credentials) return std::nullopt;
    return server_.verify(*credentials, message, secret, now_);
  }
  Message answered(DigestClient& client, Method method = Method::invite) {
    Message message = request(method);
    EXPECT_TRUE(client.authorize(message, rng_));
    return message;
  }

  base::WallTime now_{std::chrono::hours(480000)};
  base::SeededRng rng_{7};
  DigestAuthenticator server_{options(), key('k')};
  DigestSecret secret_ = DigestSecret::from_password("secret");
  DigestClient client_{"1000", DigestSecret::from_password("secret"), "example.com"};
};

TEST_F(DigestExchange, BothAlgorithmsAreOfferedTheStrongestFirst) {
  const Message response = challenge();
  EXPECT_EQ(response.status(), 401);
  const auto values = response.auth_values(HeaderName::www_authenticate);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].get("algorithm"), "SHA-256");
  EXPECT_EQ(values[1].get("algorithm"), "MD5");
  EXPECT_EQ(values[0].get("qop"), "auth");
  EXPECT_EQ(values[0].get("realm"), "example.com");
  EXPECT_EQ(values[0].get("stale"), std::nullopt);
  EXPECT_NE(values[0].get("nonce"),
            challenge().auth_values(HeaderName::www_authenticate)[0].get("nonce"));
}

TEST_F(DigestExchange, TheRightPasswordIsAccepted) {
  EXPECT_EQ(verdict(request(), &secret_), std::nullopt);
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  const Message first = answered(client_);
  EXPECT_EQ(server_.credentials(first, AuthRole::user_agent)->algorithm, DigestAlgorithm::sha256);
  EXPECT_EQ(verdict(first, &secret_), AuthVerdict::accepted);
  EXPECT_EQ(verdict(answered(client_, Method::register_), &secret_), AuthVerdict::accepted);
}

TEST_F(DigestExchange, AStoredHashDoesAsWell) {
  DigestSecret stored;
  stored.ha1_md5 = *digest_ha1(secret_, DigestAlgorithm::md5, "1000", "example.com");
  DigestClient client("1000", stored);  // has only MD5, answers only MD5
  ASSERT_TRUE(client.take_challenge(challenge(), false));
  const Message message = answered(client);
  EXPECT_EQ(server_.credentials(message, AuthRole::user_agent)->algorithm, DigestAlgorithm::md5);
  EXPECT_EQ(verdict(message, &stored), AuthVerdict::accepted);
}

TEST_F(DigestExchange, UnknownUserAndWrongPasswordAreAlike) {
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  const DigestSecret other = DigestSecret::from_password("Secret");
  EXPECT_EQ(verdict(answered(client_), &other), AuthVerdict::rejected);
  EXPECT_EQ(verdict(answered(client_), nullptr), AuthVerdict::rejected);
  // Also when the attacker guesses what stands in for nobody's password.
  DigestClient guesser("ghost", DigestSecret::from_password("no such user"));
  ASSERT_TRUE(guesser.take_challenge(challenge(), false));
  EXPECT_EQ(verdict(answered(guesser), nullptr), AuthVerdict::rejected);
  EXPECT_EQ(server_.used_nonces(), 0u);
}

TEST_F(DigestExchange, AReplayIsStale) {
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  const Message first = answered(client_), second = answered(client_);
  EXPECT_EQ(verdict(second, &secret_), AuthVerdict::accepted);
  EXPECT_EQ(verdict(first, &secret_), AuthVerdict::accepted);  // overtaken on the way
  EXPECT_EQ(verdict(first, &secret_), AuthVerdict::stale);
  EXPECT_EQ(verdict(second, &secret_), AuthVerdict::stale);
}

TEST_F(DigestExchange, AnOldNonceIsStaleAndTheClientGoesOn) {
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  now_ += 6min;
  EXPECT_EQ(verdict(answered(client_), &secret_), AuthVerdict::stale);
  const DigestSecret other = DigestSecret::from_password("x");
  EXPECT_EQ(verdict(answered(client_), &other), AuthVerdict::rejected);
  ASSERT_TRUE(client_.take_challenge(challenge(true), true));
  EXPECT_EQ(verdict(answered(client_), &secret_), AuthVerdict::accepted);
}

TEST_F(DigestExchange, ForeignNoncesAreNotAccepted) {
  DigestAuthenticator restarted(options(), key('z'));
  ASSERT_TRUE(client_.take_challenge(
      restarted.challenge(request(), AuthRole::user_agent, "t", now_, rng_), false));
  EXPECT_EQ(verdict(answered(client_), &secret_), AuthVerdict::stale);

  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  Message message = answered(client_);
  auto credentials = server_.credentials(message, AuthRole::user_agent).value();
  credentials.nonce[0] = credentials.nonce[0] == '0' ? '1' : '0';
  EXPECT_EQ(server_.verify(credentials, message, &secret_, now_), AuthVerdict::rejected);
}

TEST_F(DigestExchange, AnAnswerFitsOnlyItsRequest) {
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  const Message signed_one = answered(client_);
  const std::string answer(*signed_one.value(HeaderName::authorization));
  Message other_number = request(Method::invite, "sip:0900@example.com");
  other_number.add(HeaderName::authorization, answer);
  EXPECT_EQ(verdict(other_number, &secret_), AuthVerdict::rejected);
  Message other_method = request(Method::bye);
  other_method.add(HeaderName::authorization, answer);
  EXPECT_EQ(verdict(other_method, &secret_), AuthVerdict::rejected);
  Message rewritten = request(Method::invite, "sip:1001@10.0.0.1:5070;transport=udp");
  rewritten.add(HeaderName::authorization, answer);
  EXPECT_EQ(verdict(rewritten, &secret_), AuthVerdict::accepted);
}

TEST_F(DigestExchange, TheTableOfUsedNoncesIsBounded) {
  std::vector<Message> messages;
  for (int i = 0; i < 5; ++i) {
    now_ += 1s;
    ASSERT_TRUE(client_.take_challenge(challenge(), false));
    messages.push_back(answered(client_));
    EXPECT_EQ(verdict(messages.back(), &secret_), AuthVerdict::accepted);
    EXPECT_LE(server_.used_nonces(), 3u);
  }
  for (const Message& message : messages)
    EXPECT_EQ(verdict(message, &secret_), AuthVerdict::stale);  // also the forgotten ones
}

TEST_F(DigestExchange, TheClientGivesUpWhenRefused) {
  ASSERT_TRUE(client_.take_challenge(challenge(), false));
  answered(client_);
  EXPECT_FALSE(client_.take_challenge(challenge(), true));
  // A nonce that had worked before may have died with the peer's process.
  answered(client_);
  EXPECT_TRUE(client_.take_challenge(challenge(), true));
}

TEST_F(DigestExchange, TheClientAnswersOnlyItsRealm) {
  DigestClient other("1000", DigestSecret::from_password("secret"), "elsewhere");
  EXPECT_FALSE(other.take_challenge(challenge(), false));
  Message message = request();
  EXPECT_FALSE(other.authorize(message, rng_));
  EXPECT_FALSE(message.has(HeaderName::authorization));
}

TEST_F(DigestExchange, ProxyRole) {
  const Message response = server_.challenge(request(), AuthRole::proxy, "t", now_, rng_);
  EXPECT_EQ(response.status(), 407);
  ASSERT_TRUE(client_.take_challenge(response, false));
  const Message message = answered(client_);
  EXPECT_FALSE(server_.credentials(message, AuthRole::user_agent).has_value());
  const auto credentials = server_.credentials(message, AuthRole::proxy);
  ASSERT_TRUE(credentials.has_value());
  EXPECT_EQ(server_.verify(*credentials, message, &secret_, now_), AuthVerdict::accepted);
}

}  // namespace
}  // namespace viaduct::sip
