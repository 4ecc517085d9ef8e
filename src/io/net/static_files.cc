#include "io/net/static_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace viaduct::net {
namespace fs = std::filesystem;
namespace {

std::string content_type(const fs::path& path) {
  static const std::unordered_map<std::string, std::string> kTypes = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".map", "application/json"},
      {".wav", "audio/wav"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"}};
  const auto it = kTypes.find(path.extension().string());
  return it == kTypes.end() ? "application/octet-stream" : it->second;
}

HttpResponse not_found() {
  return {.status = 404,
          .content_type = "text/plain; charset=utf-8",
          .body =
              "There is nothing at this path.\n\n"
              "/      the web phone\n"
              "any    WebSocket upgrade: Verto (JSON-RPC)\n",
          .headers = {}};
}

}  // namespace

base::Result<StaticFiles> StaticFiles::load(const std::string& root) {
  StaticFiles out;
  std::error_code error;
  size_t bytes = 0;
  fs::recursive_directory_iterator it(root, error);
  if (error) return base::Error{base::Errc::io, "the web folder cannot be read", error.value()};
  for (const fs::directory_entry& entry : it) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream body;
    body << in.rdbuf();
    if (!in) return base::Error{base::Errc::io, "a file of the web folder cannot be read"};
    bytes += body.view().size();
    if (bytes > kMaxBytes) return base::Error{base::Errc::too_large, "the web folder is too large"};
    const std::string path = "/" + fs::relative(entry.path(), root).generic_string();
    out.files_[path] = {content_type(entry.path()), std::move(body).str()};
  }
  return out;
}

HttpResponse StaticFiles::respond(const HttpRequest& request) const {
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "Only GET and HEAD.\n", .headers = {{"Allow", "GET, HEAD"}}};
  std::string path(request.target.substr(0, request.target.find_first_of("?#")));
  if (path.ends_with('/')) path += "index.html";
  const auto it = files_.find(path);
  if (it == files_.end()) return not_found();
  const bool page = it->second.content_type.starts_with("text/html");
  return {.status = 200,
          .content_type = it->second.content_type,
          .body = it->second.body,
          .headers = {{"Cache-Control", page ? "no-cache" : "max-age=3600"},
                      {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace viaduct::net
