// SlotMap: owns values under generational ids. Lookup is an index and a comparison; an id of a
// value that is gone finds nothing, also after its slot has been used again.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/ids.h"

namespace viaduct::base {

template <class T, class Tag>
class SlotMap {
 public:
  using IdType = Id<Tag>;

  template <class... Args>
  IdType emplace(Args&&... args) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.value.emplace(std::forward<Args>(args)...);
    ++size_;
    return {index, slot.generation};
  }

  // Pointers stay valid until the next emplace or erase.
  T* find(IdType id) {
    if (id.index >= slots_.size()) return nullptr;
    Slot& slot = slots_[id.index];
    return slot.value && slot.generation == id.generation ? &*slot.value : nullptr;
  }
  const T* find(IdType id) const { return const_cast<SlotMap*>(this)->find(id); }

  T& at(IdType id) {
    T* value = find(id);
    VIADUCT_CHECK(value != nullptr);
    return *value;
  }

  bool erase(IdType id) {
    if (!find(id)) return false;
    Slot& slot = slots_[id.index];
    slot.value.reset();
    if (++slot.generation == 0) slot.generation = 1;  // 0 means "no id"
    free_.push_back(id.index);
    --size_;
    return true;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Calls f(id, value) for each; f must neither add nor erase.
  template <class F>
  void for_each(F&& f) {
    for (uint32_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].value) f(IdType{i, slots_[i].generation}, *slots_[i].value);
  }

 private:
  struct Slot {
    std::optional<T> value;
    uint32_t generation = 1;
  };
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace viaduct::base
