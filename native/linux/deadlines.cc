/**
 * One timer for all deadlines of a transport. It is set for the earliest one known and looks at
 * every connection when it fires; deadlines are moved by traffic without touching it, so it often
 * finds nothing, but never more often than the shortest time limit divided by kStepsPerLimit.
 *
 * Instants are milliseconds of the loop's clock modulo 2^32; only their differences are used.
 */
#include <sys/epoll.h>

#include <algorithm>

#include "reactor.h"

namespace millrace {
namespace {

constexpr uint32_t kStepsPerLimit = 8;
constexpr uint32_t kLongestStepMs = 1000;
constexpr uint32_t kShortestStepMs = 2;
/** Half of what differences of instants can tell: beyond, "later" would read as "earlier". */
constexpr uint32_t kLongestDelayMs = 1u << 30;
constexpr uint32_t kNever = UINT32_MAX;

/** Milliseconds until `limitMs` after `sinceMs`; 0 when that is past. */
uint32_t Remaining(uint32_t sinceMs, uint32_t limitMs, uint32_t nowMs) {
  const uint32_t elapsed = nowMs - sinceMs;
  return elapsed >= limitMs ? 0 : limitMs - elapsed;
}

}  // namespace

void Reactor::Schedule(uint32_t delayMs) {
  delayMs = std::min(delayMs, kLongestDelayMs);
  const uint32_t shortest =
      std::min({options_.frameTimeoutMs, options_.idleTimeoutMs, options_.sendTimeoutMs});
  const uint32_t step = std::clamp(shortest / kStepsPerLimit, kShortestStepMs, kLongestStepMs);
  const uint32_t atMs = Now() + delayMs + step;
  // A timer that is set earlier stays: else a peer that sends a byte now and then would put it off.
  if (isTimerSet_ && static_cast<int32_t>(atMs - timerAtMs_) >= 0) return;
  isTimerSet_ = true;
  timerAtMs_ = atMs;
  uv_timer_start(
      &handles_->timer,
      [](uv_timer_t* timer) { static_cast<LoopHandles*>(timer->data)->reactor->OnTimer(); },
      static_cast<uint64_t>(delayMs) + step, 0);
}

void Reactor::OnTimer() {
  const Napi::HandleScope scope(Env());
  isTimerSet_ = false;
  const uint32_t nowMs = Now();
  uint32_t nextMs = kNever;
  for (Connection& connection : connections_) {
    if (connection.isOpen()) nextMs = std::min(nextMs, CheckDeadlines(connection, nowMs));
  }
  slabs_->Trim(nowMs);
  if (slabs_->HasSpareMemory()) nextMs = std::min(nextMs, Slabs::kKeepMs);
  if (nextMs != kNever) Schedule(nextMs);
  Deliver();
}

/** "Plus one second per MiB announced." */
uint32_t Reactor::FrameLimitMs(const PartialFrame& partial) const {
  return options_.frameTimeoutMs + (partial.needed >> 20) * 1000;
}

/** While we do not read, the peer is not late. */
void Reactor::RestartFrameClock(Connection& connection) {
  if (connection.partial == nullptr) return;
  connection.partial->startedMs = Now();
  Schedule(FrameLimitMs(*connection.partial));
}

/** Ends the connection when one of its deadlines has passed; else the time until the next. */
uint32_t Reactor::CheckDeadlines(Connection& connection, uint32_t nowMs) {
  uint32_t nextMs = kNever;
  const auto isPast = [&](uint32_t sinceMs, uint32_t limitMs, CloseReason reason) {
    const uint32_t remaining = Remaining(sinceMs, limitMs, nowMs);
    nextMs = std::min(nextMs, remaining);
    if (remaining == 0) End(connection, reason);
    return remaining == 0;
  };
  if (connection.isLingering) {
    isPast(connection.sentMs, kLingerMs, CloseReason::kClosed);
    return nextMs;
  }
  if (connection.partial != nullptr && !connection.isHeld()) {
    const PartialFrame& partial = *connection.partial;
    if (isPast(partial.startedMs, FrameLimitMs(partial), CloseReason::kFrameTimeout)) return kNever;
  }
  // Only while the socket takes nothing: what waits for its flush is not the peer's fault.
  if ((connection.interest & EPOLLOUT) != 0) {
    if (isPast(connection.sentMs, options_.sendTimeoutMs, CloseReason::kSendTimeout)) return kNever;
  }
  if (!connection.isHeld() && connection.outbox.isEmpty()) {
    if (isPast(connection.movedMs, options_.idleTimeoutMs, CloseReason::kIdle)) return kNever;
  }
  return nextMs;
}

}  // namespace millrace
