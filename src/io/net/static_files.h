// StaticFiles: a folder of web pages, read once at start and served from memory.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "io/net/web_server.h"

namespace viaduct::net {

class StaticFiles {
 public:
  // Everything under `root`, up to kMaxBytes in all. Errors: io, too_large.
  static base::Result<StaticFiles> load(const std::string& root);

  // GET or HEAD of a path. "/" is /index.html. A path that is not there is answered with 404 and a
  // text that says what is served where.
  HttpResponse respond(const HttpRequest& request) const;
  size_t size() const { return files_.size(); }

  static constexpr size_t kMaxBytes = 64 * 1024 * 1024;

 private:
  struct File {
    std::string content_type;
    std::string body;
  };
  std::unordered_map<std::string, File> files_;  // by path, with the leading slash
};

}  // namespace viaduct::net
