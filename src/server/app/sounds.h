// The sounds of the configuration, decoded once at start, and the built-in music.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/call/ports.h"
#include "media/audio/clip.h"

namespace viaduct::app {

class Sounds final : public call::ClipLibrary {
 public:
  Sounds();  // "music" is there

  // Replaces a sound of the same name. The fault in words, or nothing.
  std::optional<std::string> load(const std::string& name, const std::string& file);
  std::shared_ptr<const audio::Clip> find(std::string_view name) const override;

 private:
  std::map<std::string, std::shared_ptr<const audio::Clip>, std::less<>> clips_;
};

// Sixteen seconds of slow broken chords: our own, so that nobody has to be asked.
std::shared_ptr<const audio::Clip> built_in_music();

}  // namespace viaduct::app
