#include "core/directory/tokens.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/directory/testing/signed_token.h"

namespace viaduct::directory {
namespace {

using namespace std::chrono_literals;

const std::string kSecret = "a-secret-of-thirty-two-characters";
constexpr base::WallTime kNow{1'800'000'000s};

// Made for these tests; they protect nothing.
const std::string kRsaPrivate = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC1578tNWsWUxDE
rcGvh/KPfDdN/vyW/erzqaQCFBzBxAEmVF5i87+n/O8o67FlRh/Oh6eSuzLWkejc
qdklH26Kr6n1pXlrlVsXR8v52U3CRTpL0q/mn3CP2WPZGR+ohUDP2+msmLTUvqdV
TxraTIvLCxupqPItoNShd59yqVt4feptSsrCCRitif/Ng5ldTdOZ3BoRKQ7LtMtK
3YyMzOX7u/pAc7h/LrS6yKOKU29NFgYUS/oiGvMwMFqWfQ/QIyal/MW9iipEbsic
3uzNP3SHgPKiLArSzScPZWOyQceUl9JvKxAOkqyxnQqhROIBPMu9xrnevB7bYc5e
8+KFs127AgMBAAECggEAQU/AbfB4jw7q/drvKGF03zy3tKrhMStg8PSPPOnQu2dv
DD6NlxSyUxP3IKejTVvkrqg5K+9HnQ/NXnEjVHdZHrVcniS4GD8LcivmmkIB78cg
W7n9Sx4i8ZsZhQjGu6CAeUEZwM0hXCNJ/FDHMOr75D6MQ5mzvls5DPJgzu/stjFQ
D3/GZ8+Xj/h9a1hneNqNxYYxkoeQhTVtlS5v0AjE/+6pzHQ6OHM24KWaMC/q87iS
OACoHm0TxtBPkjfTNCZevqj9BXzRhcCxU4eMVwQEQng0jzp3njvIIUgg3aI+dIfY
USJ1NoZuoPIVmtIQxgO9kW9dxiygwnwmQb8QCItcuQKBgQDpByd5xqp7gCEu0D3Q
+E1IjQRFc0EmyqMxwMlhda/Ix7S9G3hiI5Rb56gSzbI9Ach82bfGkqc6YPJWt5gz
UAug3lgcEzbxY7rK5ttXJ+ScnX6NU8P5TfWA/+Gf7z/hdtkwmB04UxO0PrmZ44o3
Lbb677Q30DAj0eIk21TD4FAQmQKBgQDH1m1R2Iy+kkGhLmJyYkVl7EwlyrCZjJUh
NJv3XTFvxV8DGd+gF3iE4Jc/BI2JI2LAcQQNXI49DQ8AKRO0L8i5OSV+64h4xbKl
hlov0ClrmRUlbvfzkiePYEwvZ/Spu2QHhobH5cF8b0pavQaM/mo8N2GPxoJf7q0f
/NDQcAfRcwKBgQCo10st+9k4pKzmW3H+wHpWr/5BR/IT5kz6VqJTIE9enfyB7K58
BSWQtbfc7/dOJsWaWLHEiivqq6XLWTlJLJ1QUOnsZauwmT8VltGkQ75sD91LDz92
mprgfgZ/uH1DorZZdE3vqpojRjN6ohhaRKBJD3c33XuT6JX/eH/hcNzyOQKBgFO1
6hNX8BVAdQeMw6aAret1IazPDE02C55eSFtFiZj1h8hnxTptuomG/zRhttxUm2Bb
t0PVmqvOVZNOobdgMOgOHTvedEuLHTujXRIcU82D0czdgDZi6flwcFmHZYDYQ523
Z6xC/Vsfz3jVJ/JV/LB+znqIwEJpW9JDeEFoPI4rAoGAA8ZfC74eQQUgFpUzRZ9x
HDz8vxWMDCiBShK6BBDWJrJGW09/VuX7AbiFNezHIwBvyWziTmCQ8wkJLe/1N21S
+vU5CgioDGUc9nPvVf8S3AFOhXy0SvdIGzZ+rIB+DaFHHeK/YFVMKEsYD+xGB17z
ZVinFJPOE+xmOfGR/J/7X3A=
-----END PRIVATE KEY-----)";
const std::string kRsaPublic = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtee/LTVrFlMQxK3Br4fy
j3w3Tf78lv3q86mkAhQcwcQBJlReYvO/p/zvKOuxZUYfzoenkrsy1pHo3KnZJR9u
iq+p9aV5a5VbF0fL+dlNwkU6S9Kv5p9wj9lj2RkfqIVAz9vprJi01L6nVU8a2kyL
ywsbqajyLaDUoXefcqlbeH3qbUrKwgkYrYn/zYOZXU3TmdwaESkOy7TLSt2MjMzl
+7v6QHO4fy60usijilNvTRYGFEv6IhrzMDBaln0P0CMmpfzFvYoqRG7InN7szT90
h4DyoiwK0s0nD2VjskHHlJfSbysQDpKssZ0KoUTiATzLvca53rwe22HOXvPihbNd
uwIDAQAB
-----END PUBLIC KEY-----)";
const std::string kOtherRsaPublic = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtm4v6eK5vXLPvf1xGazi
rh0vEeUr1h5HUoa6i/B6lqaS0dPjVC/hl+rJXDs9vdOhMUmoIPGKvQpikNOKvpcx
jJWJuJFnsp8npYCjAnskauvSgE4mUuwQBwrONLBE/5lL6cjToTPdQU2Tmw/Per0Q
PXrTETz2FdYDV+mhVSg0B+U7UIW70/sjo2HWri2zJ1Gmk40y1rLJ9NTYpBAp+ANY
YJkl+H87FUzesKIlN1VOZkyILazdMQ4SGlVYY8fKb4gZSnCYQSHhqTnV4kaR/MIs
QJ6yPj0q/R5LuzTQuQfJ2BaC7wVwUxHUjPA9EgCgRSZO0CaoSb3NHGsqhRQ91uVB
LQIDAQAB
-----END PUBLIC KEY-----)";
const std::string kEcPrivate = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+JsSjAIUm1ZC/jdo
y/FllX/yyJOwN01JQGSK8eafaq2hRANCAATloAtv+fQQDmU+r0xnUczboAoU762Q
WTm8bwKRlcIn0YPtAdHRlYr9l6LUmJkXE9uMkomiFCoK+GAdY5g3upmV
-----END PRIVATE KEY-----)";
const std::string kEcPublic = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5aALb/n0EA5lPq9MZ1HM26AKFO+t
kFk5vG8CkZXCJ9GD7QHR0ZWK/Zei1JiZFxPbjJKJohQqCvhgHWOYN7qZlQ==
-----END PUBLIC KEY-----)";

constexpr auto sign = testing::signed_token;

std::string claims(const std::string& more = "") {
  return R"({"sub": "1000", "exp": 1800000060)" + more + "}";
}

TokenVerifier verifier(std::function<void(TokenOptions&)> change = [](TokenOptions&) {}) {
  TokenOptions options{.key = base::Secret(kSecret)};
  change(options);
  return TokenVerifier::create(std::move(options)).value();
}

bool passes(const TokenVerifier& verifier, const std::string& token, base::WallTime now = kNow) {
  return verifier.verify(token, now).has_value();
}

TEST(Tokens, SayWhoTheBearerIsAndWhatTheyMay) {
  const auto token = sign(
      JWT_ALG_HS256, kSecret,
      claims(
          R"(, "name": "Ann", "verto_methods": "verto.invite verto.bye", "event_channels": ["presence", "lobby"])"));
  const auto said = verifier().verify(token, kNow).value();
  EXPECT_EQ(said.user, "1000");
  EXPECT_EQ(said.name, "Ann");
  EXPECT_EQ(said.expires, kNow + 60s);
  EXPECT_EQ(said.methods, (std::vector<std::string>{"verto.invite", "verto.bye"}));
  EXPECT_EQ(said.event_channels, (std::vector<std::string>{"presence", "lobby"}));
}

TEST(Tokens, AListOfAnotherKindAllowsNothing) {
  EXPECT_EQ(verifier().verify(sign(JWT_ALG_HS256, kSecret, claims()), kNow).value().methods,
            std::nullopt);
  for (const char* list : {"7", "{}", "[]", "null", "true", "[1]", "\"\""}) {
    const auto token =
        sign(JWT_ALG_HS256, kSecret, claims(std::string(R"(, "verto_methods": )") + list));
    EXPECT_EQ(verifier().verify(token, kNow).value().methods, std::vector<std::string>{}) << list;
  }
}

TEST(Tokens, CountForTheirTimeOnly) {
  const auto token = sign(JWT_ALG_HS256, kSecret, claims(R"(, "nbf": 1799999900)"));
  EXPECT_TRUE(passes(verifier(), token));
  EXPECT_TRUE(passes(verifier(), token, kNow + 119s)) << "clocks differ by a minute";
  EXPECT_FALSE(passes(verifier(), token, kNow + 120s));
  EXPECT_TRUE(passes(verifier(), token, kNow - 160s));
  EXPECT_FALSE(passes(verifier(), token, kNow - 161s));
  EXPECT_FALSE(passes(verifier(), sign(JWT_ALG_HS256, kSecret, R"({"sub": "1000"})")))
      << "a token that never ends";
  EXPECT_FALSE(passes(verifier(), sign(JWT_ALG_HS256, kSecret, R"({"sub": "1", "exp": "soon"})")));
  EXPECT_TRUE(passes(verifier(),
                     sign(JWT_ALG_HS256, kSecret, R"({"sub": "1", "exp": 9223372036854775807})")));
  EXPECT_FALSE(passes(verifier(), sign(JWT_ALG_HS256, kSecret, R"({"sub": "1", "exp": -1})")));
}

TEST(Tokens, CountForWhomTheyAreMeant) {
  const auto strict = verifier([](TokenOptions& o) { o.issuer = "shop", o.audience = "viaduct"; });
  const auto with = [&](const char* more) {
    return passes(strict, sign(JWT_ALG_HS256, kSecret, claims(more)));
  };
  EXPECT_TRUE(with(R"(, "iss": "shop", "aud": "viaduct")"));
  EXPECT_TRUE(with(R"(, "iss": "shop", "aud": ["other", "viaduct"])"));
  EXPECT_FALSE(with(R"(, "iss": "shop", "aud": ["other", "viaduct2"])"));
  EXPECT_FALSE(with(R"(, "iss": "shop")"));
  EXPECT_FALSE(with(R"(, "aud": "viaduct")"));
  EXPECT_FALSE(with(R"(, "iss": "thief", "aud": "viaduct")"));
}

TEST(Tokens, TheUserMayStandInAnotherClaim) {
  const auto by_extension = verifier([](TokenOptions& o) { o.user_claim = "extension"; });
  const auto token = sign(JWT_ALG_HS256, kSecret, claims(R"(, "extension": "2000")"));
  EXPECT_EQ(by_extension.verify(token, kNow).value().user, "2000");
  EXPECT_FALSE(passes(by_extension, sign(JWT_ALG_HS256, kSecret, claims())));
}

TEST(Tokens, PublicKeysAreTriedOneAfterAnother) {
  const auto rsa = verifier([](TokenOptions& o) {
    o.algorithm = TokenAlgorithm::rs256;
    o.key = base::Secret(kOtherRsaPublic + "\n" + kRsaPublic);
  });
  EXPECT_TRUE(passes(rsa, sign(JWT_ALG_RS256, kRsaPrivate, claims())));
  const auto ec = verifier([](TokenOptions& o) {
    o.algorithm = TokenAlgorithm::es256;
    o.key = base::Secret(kEcPublic);
  });
  EXPECT_TRUE(passes(ec, sign(JWT_ALG_ES256, kEcPrivate, claims())));
  EXPECT_FALSE(passes(ec, sign(JWT_ALG_RS256, kRsaPrivate, claims())));
}

TEST(Tokens, NamingAnotherAlgorithmDoesNotHelp) {
  const auto rsa = verifier([](TokenOptions& o) {
    o.algorithm = TokenAlgorithm::rs256;
    o.key = base::Secret(kRsaPublic);
  });
  EXPECT_FALSE(passes(rsa, sign(JWT_ALG_HS256, kRsaPublic + "\n", claims())))
      << "the public key as a shared secret";
  EXPECT_FALSE(passes(rsa, sign(JWT_ALG_HS256, kRsaPublic, claims())));
  EXPECT_FALSE(passes(rsa, sign(JWT_ALG_NONE, "", claims())));
  EXPECT_FALSE(passes(verifier(), sign(JWT_ALG_NONE, "", claims())));
  EXPECT_FALSE(passes(verifier(), sign(JWT_ALG_HS512, kSecret, claims())));
}

TEST(Tokens, WhatIsChangedOrNoTokenIsRefused) {
  const auto good = sign(JWT_ALG_HS256, kSecret, claims());
  ASSERT_TRUE(passes(verifier(), good));
  EXPECT_TRUE(TokenVerifier::looks_like_token(good));
  for (size_t at = 0; at + 1 < good.size(); at += 7) {
    std::string bad = good;
    bad[at] = bad[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(passes(verifier(), bad)) << at;
  }
  for (const std::string& text : {std::string(), std::string("eyJ.."), std::string("a.b.c"),
                                  good + '\0', good + ".x", good.substr(0, good.rfind('.') + 1)})
    EXPECT_FALSE(passes(verifier(), text));
  EXPECT_EQ(verifier().verify(std::string(9000, 'a'), kNow).error().code, base::Errc::too_large);
  EXPECT_FALSE(TokenVerifier::looks_like_token("interop-secret"));
}

TEST(Tokens, KeysThatProtectNothingAreRefused) {
  EXPECT_TRUE(TokenVerifier::create({.key = base::Secret<std::string>("short")}).has_error());
  EXPECT_TRUE(
      TokenVerifier::create({.algorithm = TokenAlgorithm::rs256, .key = base::Secret(kSecret)})
          .has_error());
}

}  // namespace
}  // namespace viaduct::directory
