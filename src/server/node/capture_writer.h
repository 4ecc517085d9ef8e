// CaptureWriter: a thread that writes captured packets into pcap files, so that neither media nor
// control ever waits for a disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "media/graph/capture_tap.h"

namespace viaduct::node {

struct CaptureWriterOptions {
  std::string folder;
  // At once: enough for a few people hunting a fault, little enough for any disk.
  size_t max_captures = 8;
  // A minute of a call decrypted is 2 MB.
  size_t max_bytes = 256 << 20;
};

class CaptureWriter {
 public:
  explicit CaptureWriter(CaptureWriterOptions options);
  // What has been captured so far is written.
  ~CaptureWriter();
  CaptureWriter(const CaptureWriter&) = delete;
  CaptureWriter& operator=(const CaptureWriter&) = delete;

  // Writes what comes out of the taps until all are finished. Gives the file, which only its owner
  // may read. Control thread. Errors: exhausted, io.
  base::Result<std::string> start(const std::string& name,
                                  std::vector<std::shared_ptr<graph::CaptureTap>> taps);

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace viaduct::node
