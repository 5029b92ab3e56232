/** The loop's side of the reactor: wake-ups, deliveries to JavaScript, the end. */
#include "reactor.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "result.h"

namespace millrace {
namespace {

constexpr int kReadyAtOnce = 256;

}  // namespace

int64_t Reactor::StartLoop() {
  if (handles_ != nullptr) return 0;
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return -errno;
  handles_ = new LoopHandles;
  handles_->reactor = this;
  handles_->poll.data = handles_->timer.data = handles_;
  uv_timer_init(loop_, &handles_->timer);
  uv_unref(reinterpret_cast<uv_handle_t*>(&handles_->timer));
  uv_poll_init(loop_, &handles_->poll, epoll_);
  uv_unref(reinterpret_cast<uv_handle_t*>(&handles_->poll));
  uv_poll_start(&handles_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
    static_cast<LoopHandles*>(poll->data)->reactor->OnWakeUp();
  });
  Ref();
  return 0;
}

void Reactor::OnWakeUp() {
  const Napi::HandleScope scope(Env());
  PollSockets();
  Deliver();
}

void Reactor::PollSockets() {
  epoll_event ready[kReadyAtOnce];
  const int count = epoll_wait(epoll_, ready, kReadyAtOnce, 0);
  // epoll keeps the order of what stays ready, so a turn that ended early goes on where it stopped:
  // otherwise the first few busy connections would be the only ones read.
  const int first = firstUnread_ < count ? firstUnread_ : 0;
  firstUnread_ = 0;
  for (int i = 0; i < count; i++) {
    const int place = (first + i) % count;
    if (HandleSocket(ready[place].data.u64, ready[place].events)) continue;
    firstUnread_ = place;  // No room to read before the delivery.
    break;
  }
}

bool Reactor::HandleSocket(uint64_t name, uint32_t ready) {
  if ((name & kListenerMark) != 0) {
    Accept(static_cast<int>(name & 0x7fffffff));
    return true;
  }
  Connection& connection = connections_[name & 0xffffffff];
  const bool isSame = connection.isOpen() && connection.generation == name >> 32;
  if (!isSame) return true;
  if ((ready & EPOLLOUT) != 0) SendQueued(connection);
  if (!connection.isOpen()) return true;
  if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return true;
  if (connection.mayRead()) return Read(connection);
  if (connection.isLingering) Linger(connection);
  if ((ready & (EPOLLHUP | EPOLLERR)) != 0) End(connection, CloseReason::kPeer);
  return true;
}

double Reactor::IdOf(const Connection& connection) const {
  return static_cast<double>(connection.generation) * kMaxSlots + connection.slot;
}

Connection* Reactor::Find(double id) {
  if (!(id >= 0 && id < 0x1p53)) return nullptr;
  const uint64_t whole = static_cast<uint64_t>(id);
  const uint64_t slot = whole % kMaxSlots;
  if (slot >= connections_.size()) return nullptr;
  Connection& connection = connections_[slot];
  const bool isSame = connection.isOpen() && connection.generation == whole / kMaxSlots;
  return isSame ? &connection : nullptr;
}

void Reactor::Report(const Connection& connection, int32_t kind, int32_t a, int32_t b) {
  events_.push_back({static_cast<int32_t>(connection.slot),
                     static_cast<int32_t>(connection.generation), kind, a, b});
  state_[kPendingEvents] = static_cast<int32_t>(events_.size());
}

/** Hands all events to JavaScript, and the replies it makes of them to the sockets. */
void Reactor::Deliver() {
  ReportFinished();
  if (isDelivering_ || handles_ == nullptr) return;
  if (events_.empty() && released_.empty()) return;
  isDelivering_ = true;
  for (size_t at = 0; at < events_.size() || !released_.empty();) {
    const size_t count = std::min<size_t>(events_.size() - at, eventCapacity_);
    for (size_t i = at; i < at + count; i++) {
      if (events_[i].kind >= 0) slabs_->Expose(events_[i].kind);
    }
    memcpy(eventTable_, events_.data() + at, count * sizeof(Event));
    at += count;
    if (!CallJavaScript(static_cast<uint32_t>(count)) || handles_ == nullptr) break;
    RunLeftovers();
    ReportFinished();
  }
  isDelivering_ = false;
  FinishDelivery();
}

/** False when JavaScript cannot run any more, as in a worker thread that is being terminated.
 *  napi_make_callback runs what promises and process.nextTick have waiting, too. */
bool Reactor::CallJavaScript(uint32_t eventCount) {
  const napi_env env = rawEnv_;
  napi_value receiver = nullptr;
  napi_value argument = nullptr;
  napi_get_global(env, &receiver);
  napi_create_uint32(env, eventCount, &argument);
  const napi_status status =
      napi_make_callback(env, context_, receiver, onEvents_.Value(), 1, &argument, nullptr);
  if (status == napi_ok) return true;
  bool hasThrown = false;
  napi_is_exception_pending(env, &hasThrown);
  if (!hasThrown) return false;
  napi_value thrown = nullptr;
  napi_get_and_clear_last_exception(env, &thrown);
  return napi_fatal_exception(env, thrown) == napi_ok;
}

/** Commands that were given after the handler's own flush: by promises that it resolved. */
void Reactor::RunLeftovers() {
  const uint32_t count = static_cast<uint32_t>(state_[kCommandCount]);
  if (count > 0) RunCommands(count);
  FlushDirty();
}

void Reactor::FinishDelivery() {
  events_.clear();
  addresses_.clear();
  state_[kPendingEvents] = 0;
  slabs_->ReuseScratch();
  for (const auto& [slab, length] : delivered_) slabs_->Recycle(slab, length, Now());
  delivered_.clear();
  freeSlots_.insert(freeSlots_.end(), endedSlots_.begin(), endedSlots_.end());
  endedSlots_.clear();
  if (handles_ == nullptr) return;
  if (slabs_->HasSpareMemory()) Schedule(Slabs::kKeepMs);
  UpdateKeepAlive();
}

/** Once, when a close has been asked for and nothing is left: the last event there will be. */
void Reactor::ReportFinished() {
  if (!isClosing_ || isFinished_ || openCount_ > 0 || warmer_->runningCount() > 0) return;
  isFinished_ = true;
  events_.push_back({0, 0, kFinished, 0, 0});
  state_[kPendingEvents] = static_cast<int32_t>(events_.size());
}

void Reactor::End(Connection& connection, CloseReason reason) {
  if (!connection.isOpen()) return;
  close(connection.fd);
  connection.fd = -1;
  openCount_--;
  Count(kOpenConnections, -1);
  if (connection.isStarved) starvedCount_--;
  DropOutbox(connection);
  DropPartial(connection);
  Report(connection, kEnded, static_cast<int32_t>(reason), 0);
  endedSlots_.push_back(connection.slot);
}

bool Reactor::IsWaitingToSend(const Connection& connection) const {
  return connection.isWarming || (connection.interest & EPOLLOUT) != 0;
}

void Reactor::UpdateInterest(Connection& connection) {
  uint32_t interest = 0;
  if (connection.mayRead() || connection.isLingering) interest |= EPOLLIN;
  if (!connection.outbox.isEmpty() && !connection.isWarming) interest |= EPOLLOUT;
  if (interest == connection.interest || !connection.isOpen()) return;
  connection.interest = interest;
  epoll_event event{};
  event.events = interest;
  event.data.u64 = static_cast<uint64_t>(connection.generation) << 32 | connection.slot;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
}

/** The process lives as long as there is a listener, a connection, or an end to be reported. */
void Reactor::UpdateKeepAlive() {
  const bool isNeeded = !listeners_.empty() || openCount_ > 0 || (isClosing_ && !isFinished_);
  auto* const handle = reinterpret_cast<uv_handle_t*>(&handles_->poll);
  if (isNeeded) {
    uv_ref(handle);
    return;
  }
  uv_unref(handle);
  if (slabs_->HasSpareMemory()) return;
  uv_timer_stop(&handles_->timer);
  isTimerSet_ = false;
}

void Reactor::CloseSockets() {
  for (const int listener : listeners_) close(listener);
  listeners_.clear();
  for (Connection& connection : connections_) {
    if (connection.isOpen()) End(connection, CloseReason::kClosed);
  }
}

void Reactor::OnHandleClosed(uv_handle_t* handle) {
  auto* const handles = static_cast<LoopHandles*>(handle->data);
  if (--handles->openCount > 0) return;
  if (handles->reactor != nullptr) {
    handles->reactor->closingHandles_ = nullptr;
    handles->reactor->slabs_->Detach();
    handles->reactor->Unref();
  }
  delete handles;
}

/** Ends the life of everything the loop knows of. The reactor itself goes with its last reference,
 *  which its handles hold. */
void Reactor::StopLoop() {
  if (handles_ == nullptr) return;
  closingHandles_ = handles_;
  handles_ = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&closingHandles_->poll), OnHandleClosed);
  uv_close(reinterpret_cast<uv_handle_t*>(&closingHandles_->timer), OnHandleClosed);
  close(epoll_);
  if (reserve_ >= 0) close(reserve_);
  epoll_ = reserve_ = -1;
}

/** The reactor goes before the loop has closed the handles: they must not tell it. */
void Reactor::OnEnvironmentEnd(void* data) {
  auto* const reactor = static_cast<Reactor*>(data);
  reactor->hasEnvironmentEnded_ = true;
  reactor->slabs_->Abandon();
  napi_async_destroy(reactor->rawEnv_, reactor->context_);
  if (reactor->handles_ != nullptr) reactor->CloseSockets();
  reactor->StopLoop();
  if (reactor->closingHandles_ != nullptr) reactor->closingHandles_->reactor = nullptr;
}

}  // namespace millrace
