#include "base/slot_map.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "base/rng.h"

namespace viaduct::base {
namespace {

using Map = SlotMap<std::string, struct NameTag>;

TEST(SlotMap, FindsWhatItOwns) {
  Map map;
  const auto a = map.emplace("a");
  const auto b = map.emplace(3, 'b');
  EXPECT_NE(a, b);
  EXPECT_EQ(map.at(a), "a");
  EXPECT_EQ(*map.find(b), "bbb");
  EXPECT_EQ(map.size(), 2u);
}

TEST(SlotMap, AStaleIdFindsNothingThoughItsSlotIsUsedAgain) {
  Map map;
  const auto old = map.emplace("old");
  EXPECT_TRUE(map.erase(old));
  EXPECT_EQ(map.find(old), nullptr);
  const auto fresh = map.emplace("fresh");
  EXPECT_EQ(fresh.index, old.index);
  EXPECT_EQ(map.find(old), nullptr);
  EXPECT_FALSE(map.erase(old));
  EXPECT_EQ(map.at(fresh), "fresh");
}

TEST(SlotMap, IdsOfNothingFindNothing) {
  Map map;
  EXPECT_EQ(map.find({}), nullptr);
  EXPECT_FALSE(map.erase({}));
  map.emplace("a");
  EXPECT_EQ(map.find({}), nullptr);  // index 0 is in use, generation 0 never
  EXPECT_EQ(map.find({99, 1}), nullptr);
}

TEST(SlotMap, ErasingLetsGoOfTheValue) {
  SlotMap<std::shared_ptr<int>, struct PointerTag> map;
  const auto value = std::make_shared<int>(1);
  const auto id = map.emplace(value);
  EXPECT_EQ(value.use_count(), 2);
  map.erase(id);
  EXPECT_EQ(value.use_count(), 1);
}

TEST(SlotMapDeathTest, AtOfAStaleIdIsAProgrammersError) {
  Map map;
  const auto id = map.emplace("a");
  map.erase(id);
  EXPECT_DEATH(map.at(id), "check failed");
}

TEST(SlotMap, AgreesWithAMapOverManyChanges) {
  Map map;
  std::map<Map::IdType, std::string> model;
  std::vector<Map::IdType> ever;
  SeededRng rng(11);
  for (int step = 0; step < 5000; ++step) {
    if (ever.empty() || rng.below(2) == 0) {
      const auto id = map.emplace(std::to_string(step));
      ASSERT_TRUE(model.emplace(id, std::to_string(step)).second) << "an id came twice";
      ever.push_back(id);
    } else {
      const auto id = ever[rng.below(static_cast<uint32_t>(ever.size()))];
      EXPECT_EQ(map.erase(id), model.erase(id) == 1);
    }
  }
  EXPECT_EQ(map.size(), model.size());
  for (const auto& id : ever) {
    const auto it = model.find(id);
    const std::string* found = map.find(id);
    ASSERT_EQ(found != nullptr, it != model.end());
    if (found) {
      EXPECT_EQ(*found, it->second);
    }
  }
  size_t seen = 0;
  map.for_each([&](Map::IdType id, const std::string& value) {
    ++seen;
    EXPECT_EQ(model.at(id), value);
  });
  EXPECT_EQ(seen, model.size());
}

}  // namespace
}  // namespace viaduct::base
