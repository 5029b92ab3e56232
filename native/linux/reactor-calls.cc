/** What JavaScript calls; reactor.ts documents it. */
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "reactor.h"
#include "result.h"

namespace millrace {
namespace {

template <typename Element>
Element* DataOf(const Napi::Object& tables, const char* name, size_t* length = nullptr) {
  auto array = tables.Get(name).As<Napi::TypedArrayOf<Element>>();
  if (length != nullptr) *length = array.ElementLength();
  return array.Data();
}

uint64_t OptionAt(const Napi::Object& options, const char* name) {
  const double value = options.Get(name).As<Napi::Number>().DoubleValue();
  return value >= 0x1p53 ? 1ull << 53 : static_cast<uint64_t>(std::max(0.0, value));
}

/** Deadlines are compared as 32-bit differences: half the range, 24 days, is forever. */
uint32_t DelayAt(const Napi::Object& options, const char* name) {
  return static_cast<uint32_t>(std::clamp<uint64_t>(OptionAt(options, name), 1, INT32_MAX));
}

}  // namespace

Napi::Function Reactor::Define(Napi::Env env) {
  return DefineClass(env, "Reactor",
                     {
                         InstanceMethod<&Reactor::Listen>("listen"),
                         InstanceMethod<&Reactor::Run>("run"),
                         InstanceMethod<&Reactor::Flush>("flush"),
                         InstanceMethod<&Reactor::TakeReleased>("takeReleased"),
                         InstanceMethod<&Reactor::Queue>("queue"),
                         InstanceMethod<&Reactor::UnsentBytes>("unsentBytes"),
                         InstanceMethod<&Reactor::SetPaused>("setPaused"),
                         InstanceMethod<&Reactor::Disconnect>("disconnect"),
                         InstanceMethod<&Reactor::AddressOf>("addressOf"),
                         InstanceMethod<&Reactor::DeliverNow>("deliver"),
                         InstanceMethod<&Reactor::CloseListeners>("closeListeners"),
                         InstanceMethod<&Reactor::CloseAll>("close"),
                         InstanceMethod<&Reactor::Dispose>("dispose"),
                     });
}

/** (options, tables, onEvents) */
Reactor::Reactor(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Reactor>(info), rawEnv_(info.Env()) {
  napi_get_uv_event_loop(rawEnv_, &loop_);
  ReadOptions(info[0].As<Napi::Object>());
  BindTables(info.Env(), info[1].As<Napi::Object>());
  onEvents_ = Napi::Persistent(info[2].As<Napi::Function>());
  napi_async_init(rawEnv_, nullptr, Napi::String::New(info.Env(), "millrace"), &context_);
  warmer_ = std::make_unique<Warmer>(rawEnv_, [this](const WarmJob& job) { OnWarm(job); });
  napi_add_env_cleanup_hook(rawEnv_, OnEnvironmentEnd, this);
}

Reactor::~Reactor() {
  if (hasEnvironmentEnded_) return;
  napi_remove_env_cleanup_hook(rawEnv_, OnEnvironmentEnd, this);
  napi_async_destroy(rawEnv_, context_);
}

void Reactor::ReadOptions(const Napi::Object& options) {
  options_.maxFrameBytes = std::min<uint64_t>(OptionAt(options, "maxFrameBytes"), INT32_MAX - 4);
  options_.maxRequestMemoryBytes = OptionAt(options, "maxRequestMemoryBytes");
  options_.maxConnections = std::min<uint64_t>(OptionAt(options, "maxConnections"), kMaxSlots);
  options_.frameTimeoutMs = DelayAt(options, "frameTimeoutMs");
  options_.idleTimeoutMs = DelayAt(options, "idleTimeoutMs");
  options_.sendTimeoutMs = DelayAt(options, "sendTimeoutMs");
  options_.maxUnsentBytes = OptionAt(options, "maxUnsentBytes");
  options_.maxSendBytesPerTurn = std::max<uint64_t>(OptionAt(options, "maxSendBytesPerTurn"), 1);
  options_.congestionControl = options.Get("congestionControl").As<Napi::String>().Utf8Value();
}

void Reactor::BindTables(Napi::Env env, const Napi::Object& tables) {
  size_t length = 0;
  eventTable_ = DataOf<int32_t>(tables, "events", &length);
  eventCapacity_ = static_cast<uint32_t>(length * sizeof(int32_t) / sizeof(Event));
  commandTable_ = reinterpret_cast<Command*>(DataOf<double>(tables, "commands", &length));
  commandCapacity_ = static_cast<uint32_t>(length * sizeof(double) / sizeof(Command));
  output_ = DataOf<uint8_t>(tables, "output", &outputBytes_);
  releasedTable_ = DataOf<int32_t>(tables, "released", &length);
  releasedCapacity_ = static_cast<uint32_t>(length);
  counters_ = DataOf<double>(tables, "counters");
  state_ = DataOf<int32_t>(tables, "state");
  slabs_ = std::make_unique<Slabs>(env, tables.Get("slabs").As<Napi::Array>());
  tables_ = Napi::Persistent(tables);
}

/** (numeric address, port): the port that is listened on, or -errno. */
Napi::Value Reactor::Listen(const Napi::CallbackInfo& info) {
  if (isClosing_) return Number(info.Env(), -ECANCELED);
  const std::string address = info[0].As<Napi::String>().Utf8Value();
  const int64_t started = StartLoop();
  if (started < 0) return Number(info.Env(), started);
  const int64_t port = Bind(address, static_cast<uint16_t>(IntAt(info, 1)));
  UpdateKeepAlive();
  return Number(info.Env(), port);
}

/** Queues what the command table holds, to be sent at the next flush. */
Napi::Value Reactor::Run(const Napi::CallbackInfo& info) {
  RunCommands(static_cast<uint32_t>(state_[kCommandCount]));
  return info.Env().Undefined();
}

/** Runs the command table and sends. The number of tokens in the table of released slices. */
Napi::Value Reactor::Flush(const Napi::CallbackInfo& info) {
  RunCommands(static_cast<uint32_t>(state_[kCommandCount]));
  FlushDirty();
  return TakeReleased(info);
}

Napi::Value Reactor::TakeReleased(const Napi::CallbackInfo& info) {
  const size_t count = std::min<size_t>(released_.size(), releasedCapacity_);
  std::copy(released_.end() - static_cast<ptrdiff_t>(count), released_.end(), releasedTable_);
  released_.resize(released_.size() - count);
  return Number(info.Env(), static_cast<int64_t>(count));
}

/** (connection, bytes, start, length): for bytes too many for the output buffer. */
Napi::Value Reactor::Queue(const Napi::CallbackInfo& info) {
  const ByteRange range = RangeAt(info, 1);
  Connection* const connection = Find(NumberAt(info, 0));
  if (range.data == nullptr || connection == nullptr || connection->isDraining) {
    return info.Env().Undefined();
  }
  connection->outbox.AppendBytes(range.data, range.length);
  MarkDirty(*connection);
  return info.Env().Undefined();
}

Napi::Value Reactor::UnsentBytes(const Napi::CallbackInfo& info) {
  const Connection* const connection = Find(NumberAt(info, 0));
  const uint64_t unsent = connection == nullptr ? 0 : connection->outbox.unsentBytes();
  return Number(info.Env(), static_cast<int64_t>(unsent));
}

/** (connection, isPaused) */
Napi::Value Reactor::SetPaused(const Napi::CallbackInfo& info) {
  Connection* const connection = Find(NumberAt(info, 0));
  if (connection == nullptr) return info.Env().Undefined();
  connection->isPaused = BoolAt(info, 1);
  RestartFrameClock(*connection);
  UpdateInterest(*connection);
  if (starvedCount_ > 0) FeedStarved();
  return info.Env().Undefined();
}

/** (connection, drain) */
Napi::Value Reactor::Disconnect(const Napi::CallbackInfo& info) {
  Connection* const connection = Find(NumberAt(info, 0));
  if (connection == nullptr) return info.Env().Undefined();
  if (BoolAt(info, 1)) {
    connection->isDraining = true;
    DropPartial(*connection);  // It is not read any more: its memory feeds others.
    MarkDirty(*connection);
    FlushDirty();
  } else {
    End(*connection, CloseReason::kClosed);
  }
  return info.Env().Undefined();
}

/** Events that calls from JavaScript have caused; those of a wake-up are delivered by itself. */
Napi::Value Reactor::DeliverNow(const Napi::CallbackInfo& info) {
  Deliver();
  return info.Env().Undefined();
}

Napi::Value Reactor::CloseListeners(const Napi::CallbackInfo& info) {
  for (const int listener : listeners_) close(listener);
  listeners_.clear();
  if (handles_ != nullptr) UpdateKeepAlive();
  return info.Env().Undefined();
}

/** A `finished` event follows, after the ends of all connections. */
Napi::Value Reactor::CloseAll(const Napi::CallbackInfo& info) {
  const int64_t started = StartLoop();  // Events need a loop to be delivered by.
  if (started < 0) return Number(info.Env(), started);
  isClosing_ = true;
  CloseSockets();
  ReportFinished();
  UpdateKeepAlive();
  return Number(info.Env(), 0);
}

Napi::Value Reactor::Dispose(const Napi::CallbackInfo& info) {
  StopLoop();
  return info.Env().Undefined();
}

}  // namespace millrace
