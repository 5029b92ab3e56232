/** Memory maps that survive their file being truncated by somebody else. */
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace millrace {

/** One entry of the table the SIGBUS handler reads. */
struct GuardedMap {
  std::atomic<uint8_t*> start{nullptr};  // Null: the entry is free.
  std::atomic<size_t> length{0};
  std::atomic<bool> isDamaged{false};
};

/** Enters a map into the table and installs the handler at the first call. Null when the table is
 *  full. Any thread. */
GuardedMap* GuardMap(uint8_t* start, size_t length);

/** Takes a map out of the table; before munmap, so that no other map can be mistaken for it. */
void UnguardMap(GuardedMap* map);

}  // namespace millrace
