/**
 * Listening sockets and connections of one transport, on one epoll descriptor under one uv_poll.
 *
 * A wake-up: read what is ready into slabs and cut it into frames (framing.cc), note them in the
 * event list, call JavaScript once with it. JavaScript fills the command table with replies; they
 * are queued and sent (sending.cc) before the call returns.
 *
 * 1. JavaScript is never called while sockets are being read or written, only from `Deliver`.
 * 2. Everything JavaScript must learn is an event; frames of a slab stay untouched until it has.
 * 3. A slot of the connection table is used again only after its end has been delivered; the
 *    generation in a connection's id makes late commands for its predecessor harmless.
 * 4. When the environment ends (a worker thread is terminated), a hook closes every socket and
 *    handle: libuv aborts on a loop that still has some.
 */
#pragma once

#include <napi.h>
#include <sys/socket.h>
#include <uv.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "read-trails.h"
#include "slabs.h"
#include "transfer/transfer.h"
#include "warmer.h"

namespace millrace {

/** See `TransportOptions` in os.ts. */
struct ReactorOptions {
  uint64_t maxFrameBytes;
  uint64_t maxRequestMemoryBytes;
  uint64_t maxConnections;
  uint32_t frameTimeoutMs;
  uint32_t idleTimeoutMs;
  uint32_t sendTimeoutMs;
  uint64_t maxUnsentBytes;
  uint64_t maxSendBytesPerTurn;
  std::string congestionControl;
};

/** Places in the counters table: `TransportCounters` in os.ts. */
enum Counter : size_t {
  kOpenConnections,
  kAcceptedConnections,
  kReceivedBytes,
  kCopiedBytes,
  kSendfileBytes,
  kCopiedFileBytes,
  kColdBytes,
  kCounterCount,
};

/** One row of the event table: slot (4) | generation (4) | kind or slab (4) | a (4) | b (4). */
struct Event {
  int32_t slot;
  int32_t generation;
  int32_t kind;  // Zero or more: a frame in that slab, from `a`, `b` bytes long.
  int32_t a;
  int32_t b;
};
constexpr int32_t kOpened = -1;    // a: its place in the addresses of this delivery
constexpr int32_t kEnded = -2;     // a: CloseReason
constexpr int32_t kFinished = -3;  // everything is closed; slot and generation mean nothing

/** One row of the command table, all doubles. */
struct Command {
  double connection;
  double kind;
  double position;  // In the output buffer, or in the file.
  double length;
  double fd;
  double token;
};
constexpr int kSendBytes = 0;
constexpr int kSendSlice = 1;
constexpr int kSendRecentSlice = 2;  // Just written, so surely in memory.

/** Ids are generation * kMaxSlots + slot: exact in a double, and never reused soon. The last slot
 *  is never given out: it names connections that were refused. */
constexpr uint32_t kMaxSlots = 1 << 20;

/** After the last byte of a drained connection: how long its peer may take to close. */
constexpr uint32_t kLingerMs = 1000;

/** In the name epoll has for a socket: a listener, and its descriptor in the lower half. */
constexpr uint64_t kListenerMark = 1ull << 63;

struct Address {
  sockaddr_storage remote;
  sockaddr_storage local;
};

class Reactor;

/** libuv's handles may outlive the reactor: at the end of the environment libuv closes them last.
 */
struct LoopHandles {
  uv_poll_t poll;
  uv_timer_t timer;
  int openCount = 2;
  Reactor* reactor;  // Null once it is gone, or does not want to hear any more.
};

class Reactor : public Napi::ObjectWrap<Reactor> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit Reactor(const Napi::CallbackInfo& info);
  ~Reactor() override;

 private:
  // reactor.cc: what JavaScript calls.
  Napi::Value Listen(const Napi::CallbackInfo& info);
  Napi::Value Run(const Napi::CallbackInfo& info);
  Napi::Value Flush(const Napi::CallbackInfo& info);
  Napi::Value TakeReleased(const Napi::CallbackInfo& info);
  Napi::Value Queue(const Napi::CallbackInfo& info);
  Napi::Value UnsentBytes(const Napi::CallbackInfo& info);
  Napi::Value SetPaused(const Napi::CallbackInfo& info);
  Napi::Value Disconnect(const Napi::CallbackInfo& info);
  Napi::Value AddressOf(const Napi::CallbackInfo& info);
  Napi::Value DeliverNow(const Napi::CallbackInfo& info);
  Napi::Value CloseListeners(const Napi::CallbackInfo& info);
  Napi::Value CloseAll(const Napi::CallbackInfo& info);
  Napi::Value Dispose(const Napi::CallbackInfo& info);

  // reactor.cc: the loop.
  void ReadOptions(const Napi::Object& options);
  void BindTables(Napi::Env env, const Napi::Object& tables);
  int64_t StartLoop();
  void OnWakeUp();
  void PollSockets();
  bool HandleSocket(uint64_t name, uint32_t ready);
  void Deliver();
  bool CallJavaScript(uint32_t eventCount);
  void RunLeftovers();
  void FinishDelivery();
  void Report(const Connection& connection, int32_t kind, int32_t a, int32_t b);
  void End(Connection& connection, CloseReason reason);
  void UpdateInterest(Connection& connection);
  void UpdateKeepAlive();
  void ReportFinished();
  bool IsWaitingToSend(const Connection& connection) const;
  void CloseSockets();
  void StopLoop();
  static void OnHandleClosed(uv_handle_t* handle);
  static void OnEnvironmentEnd(void* data);

  // listener.cc
  int64_t Bind(const std::string& address, uint16_t port);
  void Accept(int listener);
  bool TakeConnection(int fd, const sockaddr_storage& remote);
  void Refuse(int fd);
  void RefuseWithReserve(int listener);
  void SetCongestionControl(int fd, const sockaddr_storage& remote);

  // framing.cc
  bool Read(Connection& connection);
  bool ReadFrames(Connection& connection);
  void ReadLargeFrame(Connection& connection);
  void CutFrames(Connection& connection, uint32_t start, uint32_t length);
  void KeepPartial(Connection& connection, const uint8_t* bytes, uint32_t length);
  void DropPartial(Connection& connection);
  bool IsReadEnd(Connection& connection, int64_t count);
  bool IsMemoryUsedUp() const { return incompleteBytes_ >= options_.maxRequestMemoryBytes; }
  Connection* OldestPartial();
  void FeedStarved();

  // sending.cc
  void RunCommands(uint32_t count);
  void QueueSlice(Connection& connection, const Command& command);
  bool CopySmallSlice(Connection& connection, int fd, uint64_t position, uint64_t length);
  void MarkDirty(Connection& connection);
  void FlushDirty();
  void SendQueued(Connection& connection);
  enum class Sent { kMore, kFull, kWaiting, kEnded };
  Sent SendBytes(Connection& connection, uint64_t& budget);
  Sent SendSlice(Connection& connection, uint64_t& budget);
  Sent SendFailed(Connection& connection, int64_t result);
  bool IsReadyToSend(const Connection& connection, Piece& slice);
  void ExtendResidency(const Connection& connection, Piece& slice);
  int64_t TransferSlice(const Connection& connection, const Piece& slice, size_t length);
  void OnWarm(const WarmJob& job);
  void ApplyBackPressure(Connection& connection);
  void StartLingering(Connection& connection);
  void Linger(Connection& connection);
  void Cork(Connection& connection, bool isCorked);
  void DropOutbox(Connection& connection);

  // deadlines.cc
  uint32_t Now() const { return static_cast<uint32_t>(uv_now(loop_)); }
  void Schedule(uint32_t delayMs);
  void OnTimer();
  void RestartFrameClock(Connection& connection);
  uint32_t FrameLimitMs(const PartialFrame& partial) const;
  uint32_t CheckDeadlines(Connection& connection, uint32_t nowMs);

  /** The open connection of that id, or null. */
  Connection* Find(double id);
  double IdOf(const Connection& connection) const;
  void Count(Counter counter, double amount) { counters_[counter] += amount; }

  ReactorOptions options_;
  napi_env rawEnv_;
  uv_loop_t* loop_ = nullptr;
  LoopHandles* handles_ = nullptr;  // Null before the first listen and after the end.
  LoopHandles* closingHandles_ = nullptr;
  napi_async_context context_ = nullptr;
  Napi::FunctionReference onEvents_;
  int epoll_ = -1;
  int reserve_ = -1;  // A descriptor to give up when accept finds none left.
  std::vector<int> listeners_;

  std::deque<Connection> connections_;  // Indexed by slot; a deque never moves its elements.
  std::vector<uint32_t> freeSlots_;
  std::vector<uint32_t> endedSlots_;  // Free once their end has been delivered.
  std::vector<uint32_t> dirty_;
  uint32_t openCount_ = 0;

  std::unique_ptr<Slabs> slabs_;
  std::vector<std::pair<int32_t, uint32_t>> delivered_;  // Regions to recycle, with their lengths.
  uint64_t incompleteBytes_ = 0;
  uint64_t frameOrder_ = 0;
  uint32_t starvedCount_ = 0;

  std::vector<Event> events_;
  std::vector<Address> addresses_;
  std::vector<int32_t> released_;  // Tokens of slices nobody needs any more.
  std::unique_ptr<Warmer> warmer_;
  ReadTrails trails_;

  // Tables shared with JavaScript, kept alive by `tables_`.
  Napi::ObjectReference tables_;
  int32_t* eventTable_ = nullptr;
  uint32_t eventCapacity_ = 0;
  Command* commandTable_ = nullptr;
  uint32_t commandCapacity_ = 0;
  uint8_t* output_ = nullptr;
  size_t outputBytes_ = 0;
  int32_t* releasedTable_ = nullptr;
  uint32_t releasedCapacity_ = 0;
  double* counters_ = nullptr;
  int32_t* state_ = nullptr;  // See kCommandCount and kPendingEvents.

  uint32_t timerAtMs_ = 0;
  bool isTimerSet_ = false;
  int firstUnread_ = 0;  // Where the last wake-up ran out of room, in the list of epoll.
  bool isDelivering_ = false;
  bool isClosing_ = false;
  bool isFinished_ = false;
  bool hasEnvironmentEnded_ = false;
  uint32_t refusedCount_ = 0;
};

/** Places in the state table. */
constexpr size_t kCommandCount = 0;   // Written by JavaScript: rows to run.
constexpr size_t kPendingEvents = 1;  // Written here: events waiting for a delivery.

}  // namespace millrace
