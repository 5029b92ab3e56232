/**
 * One accepted socket. Idle connections are many, so this is small: what only a connection in the
 * middle of a frame needs is in `PartialFrame`, and the outbox allocates what is queued.
 */
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "outbox.h"

namespace millrace {

/** Places of `CloseReason` in reactor.ts. */
enum class CloseReason : int32_t {
  kPeer,
  kClosed,
  kOversizedFrame,
  kFrameTimeout,
  kIdle,
  kSendTimeout,
  kShortFile,
  kTooManyConnections,
};

/** A frame whose end has not arrived. */
struct PartialFrame {
  uint64_t order = 0;      // Among all frames: which one is older.
  uint32_t startedMs = 0;  // Or since when it is read on, after a pause.
  uint32_t received = 0;   // Length prefix included.
  uint32_t needed = 0;     // Length prefix included; 0 while the prefix is incomplete.
  int32_t slab = -1;       // Of a large frame; a small one is in `small`.
  std::vector<uint8_t> small;
};

struct Connection {
  int32_t fd = -1;          // -1: the slot is free, or waits for its end to be reported.
  uint32_t slot = 0;        // Its place in the connection table.
  uint32_t generation = 0;  // Of the slot: with it, an id names one connection only.
  uint32_t interest = 0;    // What epoll watches for.
  uint32_t movedMs = 0;     // Last time a byte came or went.
  uint32_t sentMs = 0;      // Last time the kernel took a byte, or the outbox was empty.
  bool isPaused : 1;        // JavaScript asked not to read.
  bool isBackedUp : 1;      // Not read: too much is unsent.
  bool isStarved : 1;       // Not read: the memory for incomplete frames is used up.
  bool isDraining : 1;      // Closes once the outbox is empty.
  bool isLingering : 1;     // It is empty, and our end of the stream is closed: waits for the peer.
  bool isWarming : 1;       // The outbox waits for the disk.
  bool isDirty : 1;         // In the list of connections to flush.
  bool isCorked : 1;
  bool sendsLargeFrames : 1;  // Its last frame was one: read less before looking at the next.
  std::unique_ptr<PartialFrame> partial;
  Outbox outbox;

  Connection()
      : isPaused(false),
        isBackedUp(false),
        isStarved(false),
        isDraining(false),
        isLingering(false),
        isWarming(false),
        isDirty(false),
        isCorked(false),
        sendsLargeFrames(false) {}

  bool isOpen() const { return fd >= 0; }
  bool mayRead() const { return !isPaused && !isBackedUp && !isStarved && !isDraining; }
  /** Whether the frame it is sending is held up by us. */
  bool isHeld() const { return isPaused || isBackedUp || isStarved; }
};

}  // namespace millrace
