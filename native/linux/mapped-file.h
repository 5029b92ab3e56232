/** A mapped file as JavaScript holds it: see `MappedFile` in os.ts. */
#pragma once

#include <napi.h>

#include <memory>

#include "guarded-maps.h"

namespace millrace {

/** Pages of a file in memory, until `Unmap` or the end of the last owner. */
class Mapping {
 public:
  Mapping(uint8_t* start, size_t length, GuardedMap* guard);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void Unmap();
  bool isOpen() const { return start_ != nullptr; }
  bool isDamaged() const { return wasDamaged_ || (guard_ != nullptr && guard_->isDamaged.load()); }
  uint8_t* start() const { return start_; }
  size_t length() const { return length_; }

 private:
  uint8_t* start_;
  size_t length_;
  GuardedMap* guard_;
  bool wasDamaged_ = false;
};

/** JavaScript's side: new Map(fd, length, mode), then `result` says whether it worked. */
class MappedFile : public Napi::ObjectWrap<MappedFile> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit MappedFile(const Napi::CallbackInfo& info);

 private:
  Napi::Value Result(const Napi::CallbackInfo& info);
  Napi::Value Bytes(const Napi::CallbackInfo& info);
  Napi::Value IsDamaged(const Napi::CallbackInfo& info);
  Napi::Value Force(const Napi::CallbackInfo& info);
  Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value IsLoaded(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::shared_ptr<Mapping> mapping_;
  Napi::ObjectReference bytes_;
  int64_t result_ = 0;
};

}  // namespace millrace
