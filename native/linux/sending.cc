/**
 * Parts out: bytes by one sendmsg for many pieces, slices by a transfer, in order.
 *
 * 1. A connection sends at most maxSendBytesPerTurn, then waits for its next turn behind the
 * others.
 * 2. A slice leaves only when its pages are in memory: sendfile would hold up the whole loop for a
 *    disk (2.5 ms per MiB here). What was just written is known to be there; the rest is asked for
 *    window by window, and warmed in the pool where it is missing, one window ahead of the socket.
 * 3. A slice that ends early means that its file was truncated by somebody else: the length is in
 *    the reply's header already, so the connection must close.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "reactor.h"
#include "residency.h"
#include "result.h"

namespace millrace {
namespace {

constexpr int kPiecesAtOnce = 64;
constexpr uint64_t kTransferBytes = 4 << 20;
constexpr uint64_t kWindowBytes = 1 << 20;
/** A slice up to here is copied behind the bytes before it: one system call instead of three. */
constexpr uint64_t kSmallSliceBytes = 8 << 10;
/** ... unless so much is waiting already that copies would only take memory. */
constexpr uint64_t kCopyAheadBytes = 256 << 10;

constexpr int kIgnoredReads = 16;

const Transfer* const kTransfers[] = {&kSendfile, &kCopy};

}  // namespace

void Reactor::RunCommands(uint32_t count) {
  state_[kCommandCount] = 0;
  for (uint32_t i = 0; i < std::min(count, commandCapacity_); i++) {
    const Command& command = commandTable_[i];
    Connection* const found = Find(command.connection);
    const bool isGone = found == nullptr || found->isDraining;
    if (command.kind != kSendBytes) {
      if (isGone) {
        released_.push_back(static_cast<int32_t>(command.token));
      } else {
        QueueSlice(*found, command);
      }
    } else if (!isGone && command.position + command.length <= static_cast<double>(outputBytes_)) {
      found->outbox.AppendBytes(output_ + static_cast<size_t>(command.position),
                                static_cast<size_t>(command.length));
      MarkDirty(*found);
    }
  }
}

void Reactor::QueueSlice(Connection& connection, const Command& command) {
  const int fd = static_cast<int>(command.fd);
  const auto position = static_cast<uint64_t>(command.position);
  const auto length = static_cast<uint64_t>(command.length);
  const auto token = static_cast<int32_t>(command.token);
  if (length == 0 || CopySmallSlice(connection, fd, position, length)) {
    released_.push_back(token);
  } else {
    connection.outbox.AppendSlice(fd, position, length, token);
    if (command.kind == kSendRecentSlice) connection.outbox.tail()->residentEnd = position + length;
  }
  MarkDirty(connection);
}

bool Reactor::CopySmallSlice(Connection& connection, int fd, uint64_t position, uint64_t length) {
  if (length > kSmallSliceBytes) return false;
  if (connection.outbox.unsentBytes() + length > kCopyAheadBytes) return false;
  uint8_t bytes[kSmallSliceBytes];
  const int64_t count = ReadResident(fd, bytes, length, position);
  // Not in memory, or not in the file: the ordinary way knows what to do.
  if (count != static_cast<int64_t>(length)) return false;
  connection.outbox.AppendBytes(bytes, length);
  Count(kCopiedFileBytes, static_cast<double>(length));
  return true;
}

void Reactor::MarkDirty(Connection& connection) {
  if (connection.isDirty) return;
  connection.isDirty = true;
  dirty_.push_back(connection.slot);
}

void Reactor::FlushDirty() {
  for (size_t i = 0; i < dirty_.size(); i++) {
    Connection& connection = connections_[dirty_[i]];
    if (!connection.isDirty) continue;
    connection.isDirty = false;
    if (!connection.isOpen()) continue;
    if (IsWaitingToSend(connection)) {
      ApplyBackPressure(connection);
    } else {
      connection.sentMs = Now();
      SendQueued(connection);
    }
  }
  dirty_.clear();
}

void Reactor::SendQueued(Connection& connection) {
  uint64_t budget = options_.maxSendBytesPerTurn;
  Sent sent = Sent::kMore;
  while (sent == Sent::kMore && !connection.outbox.isEmpty()) {
    const bool isSlice = connection.outbox.head()->isSlice();
    sent = isSlice ? SendSlice(connection, budget) : SendBytes(connection, budget);
  }
  if (sent == Sent::kEnded || connection.isLingering) return;
  Cork(connection, false);
  connection.isWarming = sent == Sent::kWaiting;
  if (connection.outbox.isEmpty() && connection.isDraining) return StartLingering(connection);
  if (!connection.outbox.isEmpty()) Schedule(options_.sendTimeoutMs);
  ApplyBackPressure(connection);
}

Reactor::Sent Reactor::SendBytes(Connection& connection, uint64_t& budget) {
  iovec pieces[kPiecesAtOnce];
  msghdr message{};
  message.msg_iov = pieces;
  size_t total = 0;
  Piece* piece = connection.outbox.head();
  for (; piece != nullptr && !piece->isSlice(); piece = piece->next) {
    if (message.msg_iovlen == kPiecesAtOnce) break;
    pieces[message.msg_iovlen++] = {piece->bytes() + piece->sent, piece->unsent()};
    total += piece->unsent();
  }
  // With a slice behind it, the header waits for the slice's first bytes to share their packet.
  const int more = piece != nullptr && piece->isSlice() ? MSG_MORE : 0;
  const int64_t count =
      Retried([&] { return sendmsg(connection.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT | more); });
  if (count < 0) return SendFailed(connection, count);
  connection.outbox.BytesLeft(static_cast<size_t>(count));
  connection.movedMs = connection.sentMs = Now();
  Count(kCopiedBytes, static_cast<double>(count));
  budget -= std::min(budget, static_cast<uint64_t>(count));
  return static_cast<size_t>(count) < total || budget == 0 ? Sent::kFull : Sent::kMore;
}

Reactor::Sent Reactor::SendSlice(Connection& connection, uint64_t& budget) {
  Piece& slice = *connection.outbox.head();
  if (!IsReadyToSend(connection, slice)) return Sent::kWaiting;
  if (slice.next != nullptr) Cork(connection, true);
  const uint64_t known = std::min(slice.end, slice.residentEnd) - slice.position;
  const size_t length = std::min({known, budget, kTransferBytes});
  const int64_t count = TransferSlice(connection, slice, length);
  if (count < 0) return SendFailed(connection, count);
  if (count == 0) return SendFailed(connection, -EIO);
  connection.outbox.SliceLeft(static_cast<uint64_t>(count));
  connection.movedMs = connection.sentMs = Now();
  budget -= static_cast<uint64_t>(count);
  if (slice.position == slice.end) {
    released_.push_back(slice.token);
    connection.outbox.Pop();
  }
  return static_cast<size_t>(count) < length || budget == 0 ? Sent::kFull : Sent::kMore;
}

/** A full socket, a peer that is gone, or a file that cannot be read. */
Reactor::Sent Reactor::SendFailed(Connection& connection, int64_t result) {
  if (result == -EAGAIN) return Sent::kFull;
  const bool isFile =
      result == -EIO || result == -EBADF || result == -EINVAL || result == -EOVERFLOW;
  End(connection, isFile ? CloseReason::kShortFile : CloseReason::kPeer);
  return Sent::kEnded;
}

int64_t Reactor::TransferSlice(const Connection& connection, const Piece& slice, size_t length) {
  int64_t count = -ENOSYS;
  for (const Transfer* const transfer : kTransfers) {
    count = transfer->send(connection.fd, slice.fd, slice.position, length);
    if (count == -EINVAL || count == -ENOSYS) continue;
    const Counter counter = transfer == &kSendfile ? kSendfileBytes : kCopiedFileBytes;
    if (count > 0) Count(counter, static_cast<double>(count));
    break;
  }
  return count;
}

bool Reactor::IsReadyToSend(const Connection& connection, Piece& slice) {
  const bool isAtEdge = slice.position >= slice.residentEnd;
  const bool wantsAhead = slice.wasCold && slice.residentEnd - slice.position <= kWindowBytes;
  const bool isAllKnown = slice.residentEnd >= slice.end;
  if ((isAtEdge || wantsAhead) && !isAllKnown && slice.warming == nullptr) {
    ExtendResidency(connection, slice);
  }
  return slice.position < slice.residentEnd;
}

void Reactor::ExtendResidency(const Connection& connection, Piece& slice) {
  const uint64_t from = slice.residentEnd;
  const uint64_t end = std::min(slice.end, from + kWindowBytes);
  const bool isCold = !IsRangeResident(slice.fd, from, end - from);
  const double id = IdOf(connection);
  const FileRange behind = trails_.Advance(id, slice.fd, {from, end}, isCold, Now());
  if (!isCold) {
    slice.residentEnd = end;
    return;
  }
  slice.wasCold = true;
  Count(kColdBytes, static_cast<double>(end - from));
  warmer_->Start(id, &slice, {from, end}, behind);
}

void Reactor::OnWarm(const WarmJob& job) {
  if (job.piece == nullptr) {
    released_.push_back(job.token);
  } else {
    job.piece->warming = nullptr;
    job.piece->residentEnd = job.window.end;
    Connection* const connection = Find(job.connection);
    if (connection != nullptr && connection->isWarming) {
      connection->isWarming = false;
      connection->sentMs = Now();
      SendQueued(*connection);
    }
  }
  Deliver();
}

/** Reads again at half the limit, so that a connection does not switch with every reply. */
void Reactor::ApplyBackPressure(Connection& connection) {
  const uint64_t unsent = connection.outbox.unsentBytes();
  const uint64_t limit = options_.maxUnsentBytes;
  if (!connection.isBackedUp && unsent > limit) {
    connection.isBackedUp = true;
    if (starvedCount_ > 0) FeedStarved();
  } else if (connection.isBackedUp && unsent <= limit / 2) {
    connection.isBackedUp = false;
    RestartFrameClock(connection);
    // Others may have been stopped in favour of this one, and it in favour of nobody.
    if (starvedCount_ > 0) FeedStarved();
  }
  UpdateInterest(connection);
}

void Reactor::Cork(Connection& connection, bool isCorked) {
  if (connection.isCorked == isCorked) return;
  connection.isCorked = isCorked;
  const int value = isCorked ? 1 : 0;
  setsockopt(connection.fd, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

/** A close with unread bytes, or before some arrive, is a reset, which may overtake the last reply
 *  on its way: so only our end is closed, and the rest ignored until the peer closes its own. */
void Reactor::StartLingering(Connection& connection) {
  shutdown(connection.fd, SHUT_WR);
  connection.isLingering = true;
  connection.sentMs = Now();
  DropPartial(connection);
  Schedule(kLingerMs);
  UpdateInterest(connection);
  Linger(connection);
}

void Reactor::Linger(Connection& connection) {
  uint8_t ignored[4096];
  for (int i = 0; i < kIgnoredReads; i++) {
    const int64_t count =
        Retried([&] { return recv(connection.fd, ignored, sizeof ignored, MSG_DONTWAIT); });
    if (count == -EAGAIN) return;
    if (count <= 0) return End(connection, CloseReason::kClosed);
  }
}

void Reactor::DropOutbox(Connection& connection) {
  while (Piece* const piece = connection.outbox.head()) {
    if (piece->isSlice() && !warmer_->Orphan(piece)) released_.push_back(piece->token);
    connection.outbox.Pop();
  }
}

}  // namespace millrace
