/**
 * Bytes in, frames out: a frame is a length (4, big-endian) and that many bytes.
 *
 * 1. Small frames are received into the scratch slab and stay there; the incomplete one at the end
 *    of a read waits in a small allocation of its own.
 * 2. A large frame is received into a region of its own as soon as its length is known.
 * 3. Incomplete frames of all connections together hold at most maxRequestMemoryBytes, plus what
 *    one read brings: then only the oldest of them is read on, so that one at least completes.
 *    Connections between two frames are still read, a little at a time.
 */
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "reactor.h"
#include "result.h"

namespace millrace {
namespace {

constexpr uint32_t kPrefixBytes = 4;
constexpr uint32_t kLargeFrameBytes = 32 << 10;
constexpr uint32_t kReadBytes = 256 << 10;
/** Before a frame that is probably large: what this reads of it is copied to its region. */
constexpr uint32_t kPeekBytes = 16 << 10;
/** When the memory for incomplete frames is used up. */
constexpr uint32_t kScarceReadBytes = 4 << 10;
constexpr uint32_t kLargeReadBytes = 512 << 10;
constexpr int kReadsPerTurn = 4;

uint32_t FrameLengthAt(const uint8_t* bytes) {
  uint32_t length;
  memcpy(&length, bytes, sizeof length);
  return __builtin_bswap32(length);
}

}  // namespace

/** False when there is no room to read before what has been read is delivered. */
bool Reactor::Read(Connection& connection) {
  if (connection.partial == nullptr) return ReadFrames(connection);
  if (IsMemoryUsedUp() && &connection != OldestPartial()) {
    connection.isStarved = true;
    starvedCount_++;
    UpdateInterest(connection);
    return true;
  }
  if (connection.partial->slab < 0) return ReadFrames(connection);
  ReadLargeFrame(connection);
  return true;
}

bool Reactor::ReadFrames(Connection& connection) {
  const PartialFrame* const partial = connection.partial.get();
  const uint32_t carried = partial == nullptr ? 0 : partial->received;
  if (slabs_->ScratchRoom() < carried + kPeekBytes) return false;
  const uint32_t wanted = connection.sendsLargeFrames ? kPeekBytes : kReadBytes;
  const uint32_t allowed = IsMemoryUsedUp() ? kScarceReadBytes : wanted;
  const uint32_t room = std::min(allowed, slabs_->ScratchRoom() - carried);
  uint8_t* const bytes = slabs_->ScratchEnd();
  const int64_t count =
      Retried([&] { return recv(connection.fd, bytes + carried, room, MSG_DONTWAIT); });
  if (IsReadEnd(connection, count)) return true;
  if (carried > 0) memcpy(bytes, partial->small.data(), carried);
  CutFrames(connection, slabs_->ScratchFill(), carried + static_cast<uint32_t>(count));
  return true;
}

/** Whether there is nothing to look at: also ends the connection when its peer has. */
bool Reactor::IsReadEnd(Connection& connection, int64_t count) {
  if (count == -EAGAIN) return true;
  if (count <= 0) {
    End(connection, CloseReason::kPeer);
    return true;
  }
  connection.movedMs = Now();
  Count(kReceivedBytes, static_cast<double>(count));
  return false;
}

/** Frames from `start` on in the scratch slab; the first may be the end of a kept one. */
void Reactor::CutFrames(Connection& connection, uint32_t start, uint32_t length) {
  const uint8_t* const bytes = slabs_->ScratchEnd();
  uint32_t at = 0;
  while (length - at >= kPrefixBytes) {
    const uint32_t frameLength = FrameLengthAt(bytes + at);
    if (frameLength > options_.maxFrameBytes) {  // Negative lengths are large ones here.
      slabs_->UseScratch(at);
      return End(connection, CloseReason::kOversizedFrame);
    }
    if (length - at - kPrefixBytes < frameLength) break;
    Report(connection, kScratchSlab, static_cast<int32_t>(start + at + kPrefixBytes),
           static_cast<int32_t>(frameLength));
    at += kPrefixBytes + frameLength;
    connection.sendsLargeFrames = frameLength > kLargeFrameBytes;
  }
  slabs_->UseScratch(at);
  if (at > 0 || at == length) DropPartial(connection);
  if (at < length) KeepPartial(connection, bytes + at, length - at);
}

/** Keeps the start of a frame, which may be longer than what was kept of it before. */
void Reactor::KeepPartial(Connection& connection, const uint8_t* bytes, uint32_t length) {
  if (connection.partial == nullptr) {
    connection.partial = std::make_unique<PartialFrame>();
    connection.partial->order = ++frameOrder_;
    connection.partial->startedMs = Now();
  }
  PartialFrame& partial = *connection.partial;
  incompleteBytes_ += length - partial.received;
  partial.received = length;
  if (length >= kPrefixBytes) partial.needed = kPrefixBytes + FrameLengthAt(bytes);
  if (partial.needed > kLargeFrameBytes) {
    partial.slab = slabs_->Take(partial.needed);
    if (partial.slab < 0 || slabs_->Capacity(partial.slab, length, partial.needed) < length) {
      return End(connection, CloseReason::kClosed);
    }
    memcpy(slabs_->Bytes(partial.slab), bytes, length);
    partial.small = {};
  } else {
    partial.small.assign(bytes, bytes + length);
  }
  Schedule(FrameLimitMs(partial));
}

void Reactor::ReadLargeFrame(Connection& connection) {
  PartialFrame& partial = *connection.partial;
  for (int i = 0; i < kReadsPerTurn; i++) {
    const uint32_t capacity = slabs_->Capacity(partial.slab, partial.received, partial.needed);
    if (capacity <= partial.received) return End(connection, CloseReason::kClosed);
    const uint32_t missing = std::min(capacity, partial.needed) - partial.received;
    const uint32_t room = std::min(missing, kLargeReadBytes);
    uint8_t* const bytes = slabs_->Bytes(partial.slab) + partial.received;
    const int64_t count = Retried([&] { return recv(connection.fd, bytes, room, MSG_DONTWAIT); });
    if (IsReadEnd(connection, count)) return;
    partial.received += static_cast<uint32_t>(count);
    incompleteBytes_ += static_cast<uint64_t>(count);
    if (partial.received == partial.needed) {
      Report(connection, partial.slab, kPrefixBytes,
             static_cast<int32_t>(partial.needed - kPrefixBytes));
      delivered_.emplace_back(partial.slab, partial.needed);
      partial.slab = -1;
      connection.sendsLargeFrames = true;
      return DropPartial(connection);
    }
    if (count < room || IsMemoryUsedUp()) return;
  }
}

void Reactor::DropPartial(Connection& connection) {
  const std::unique_ptr<PartialFrame> partial = std::move(connection.partial);
  if (partial == nullptr) return;
  incompleteBytes_ -= partial->received;
  if (partial->slab >= 0) slabs_->Recycle(partial->slab, partial->received, Now());
  if (starvedCount_ > 0) FeedStarved();
}

/** Of those that are allowed to go on. */
Connection* Reactor::OldestPartial() {
  Connection* oldest = nullptr;
  for (Connection& connection : connections_) {
    if (connection.partial == nullptr || connection.isPaused || connection.isBackedUp) continue;
    if (oldest == nullptr || connection.partial->order < oldest->partial->order) {
      oldest = &connection;
    }
  }
  return oldest;
}

/** Reads on where reading stopped for want of memory: everywhere, or only the oldest frame. */
void Reactor::FeedStarved() {
  const Connection* const chosen = IsMemoryUsedUp() ? OldestPartial() : nullptr;
  for (Connection& connection : connections_) {
    if (!connection.isStarved || !connection.isOpen()) continue;
    if (IsMemoryUsedUp() && &connection != chosen) continue;
    connection.isStarved = false;
    starvedCount_--;
    RestartFrameClock(connection);
    UpdateInterest(connection);
  }
}

}  // namespace millrace
