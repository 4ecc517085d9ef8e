#include "signalling/negotiation/payload_types.h"

#include <gtest/gtest.h>

#include <set>

#include "signalling/sdp/attributes.h"

namespace viaduct::negotiation {
namespace {

constexpr Codec kEvents48{Encoding::telephone_event, 48000, 1};
constexpr Codec kEvents8{Encoding::telephone_event, 8000, 1};

std::optional<Codec> mapped(std::string rtpmap) {
  sdp::Media media;
  sdp::add(media.attributes, "rtpmap", std::move(rtpmap));
  return codec_of(media, 96);
}

TEST(CodecOf, ReadsOddSpellings) {
  for (auto text : {"96 opus/48000/2", "96 OPUS/48000/2", "96 Opus/48000", "96 opus/48000/1"})
    EXPECT_EQ(mapped(text), kOpus) << text;
  EXPECT_EQ(mapped("96 pcmu/8000"), kPcmu);
  EXPECT_EQ(mapped("96 PCMA/8000/1"), kPcma);
  EXPECT_EQ(mapped("96 G722/16000"), kG722);
  EXPECT_EQ(mapped("96 L16/48000/2"), (Codec{Encoding::l16, 48000, 2}));
  EXPECT_EQ(mapped("96 Telephone-Event/48000"), kEvents48);
  for (auto text : {"96 opus/16000/2", "96 opus/48000/6", "96 PCMU/16000", "96 PCMU/8000/2",
                    "96 L16/11025", "96 telephone-event/7", "96 CN/8000", "96 G729/8000"})
    EXPECT_EQ(mapped(text), std::nullopt) << text;
}

TEST(CodecOf, KnowsStaticTypesUnlessTheyAreRemapped) {
  sdp::Media media;
  EXPECT_EQ(codec_of(media, 0), kPcmu);
  EXPECT_EQ(codec_of(media, 8), kPcma);
  EXPECT_EQ(codec_of(media, 9), kG722);
  EXPECT_EQ(codec_of(media, 18), std::nullopt);
  EXPECT_EQ(codec_of(media, 111), std::nullopt);
  sdp::add(media.attributes, "rtpmap", "0 PCMA/8000");
  EXPECT_EQ(codec_of(media, 0), kPcma);
}

TEST(PayloadTypes, AreTheUsualOnes) {
  PayloadTypes types;
  EXPECT_EQ(types.of(kOpus), 111);
  EXPECT_EQ(types.of(kEvents48), 110);
  EXPECT_EQ(types.of(kEvents8), 101);
  EXPECT_EQ(types.of(kPcmu), 0);
  EXPECT_EQ(types.of(kPcma), 8);
  EXPECT_EQ(types.of(kG722), 9);
  EXPECT_GE(types.of({Encoding::l16, 16000, 1}), 96);
}

TEST(PayloadTypes, NeverClash) {
  PayloadTypes types;
  std::set<uint8_t> seen;
  for (uint32_t rate = 1; rate <= 40; ++rate)
    EXPECT_TRUE(seen.insert(types.of({Encoding::l16, rate, 1})).second);
  for (const Codec& codec : {kOpus, kPcmu, kPcma, kG722, kEvents8, kEvents48})
    EXPECT_TRUE(seen.insert(types.of(codec)).second);
  EXPECT_EQ(types.of(kOpus), 111);  // kept free for the one it is meant for
}

TEST(PayloadTypes, FollowTheOffererAndSpareWhatItUses) {
  PayloadTypes types;
  EXPECT_EQ(types.of(kOpus), 111);
  const Format opus{96, kOpus, {}};
  std::bitset<kPayloadTypes> named;
  named.set(96).set(0).set(110);
  types.learn(std::span(&opus, 1), named);
  EXPECT_EQ(types.of(kOpus), 96);
  EXPECT_NE(types.of(kPcmu), 0);  // the offerer's 0 is something unknown
  EXPECT_NE(types.of(kEvents48), 110);
  EXPECT_EQ(types.of(kOpus), 96);
}

TEST(PayloadTypes, LastEvenWhenThePeerNamedThemAll) {
  PayloadTypes types;
  std::bitset<kPayloadTypes> all;
  all.set();
  types.learn({}, all);
  const uint8_t first = types.of(kOpus);
  EXPECT_LT(first, kPayloadTypes);
  EXPECT_NE(types.of(kPcmu), first);
  EXPECT_EQ(types.of(kOpus), first);
}

}  // namespace
}  // namespace viaduct::negotiation
