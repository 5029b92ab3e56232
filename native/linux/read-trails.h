/**
 * Who reads old data, and where: so that catching up does not push the hot tail out of memory.
 *
 * What a reader brought in from the disk is dropped again some way behind it, unless another reader
 * follows close enough to want it. What was in memory before anybody asked is never dropped.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

struct FileRange {
  uint64_t start;
  uint64_t end;  // Not after `start`: the range is empty.
};

class ReadTrails {
 public:
  /** A connection goes on to `window` of a file. The range behind it to drop from memory. */
  FileRange Advance(double connection, int fd, FileRange window, bool isCold, uint32_t nowMs);

 private:
  struct Trail {
    double connection;
    int fd;
    uint32_t movedMs;
    uint64_t position;
    FileRange cold;  // Brought in for this reader and not dropped yet.
  };
  /** More readers of old data than this forget the one that has rested longest. */
  static constexpr size_t kMaxTrails = 64;
  /** Pages may still be on their way out of the socket. */
  static constexpr uint64_t kLagBytes = 4 << 20;
  static constexpr uint64_t kNearBytes = 256 << 20;
  static constexpr uint32_t kFollowerMs = 10'000;
  static constexpr uint64_t kMaxDropBytes = 64 << 20;

  Trail& TrailOf(double connection, int fd, uint32_t nowMs);
  bool IsFollowed(const Trail& trail, uint32_t nowMs) const;

  std::vector<Trail> trails_;
};

}  // namespace millrace
