/**
 * From system calls and JavaScript arguments to numbers and bytes.
 *
 * 1. A result is zero or more, or -errno; nothing is thrown for what the system says.
 * 2. Only EINTR is retried here.
 * 3. A range outside its buffer is a bug of the caller: it throws, and nothing has happened.
 */
#pragma once

#include <napi.h>

#include <cerrno>
#include <cstdint>

namespace millrace {

/** Calls until it is not interrupted: the call's result, or -errno. */
template <typename Call>
int64_t Retried(Call call) {
  for (;;) {
    const int64_t result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
}

/** Argument `index` as a number. */
inline double NumberAt(const Napi::CallbackInfo& info, size_t index) {
  double value = 0;
  napi_get_value_double(info.Env(), info[index], &value);
  return value;
}

inline int IntAt(const Napi::CallbackInfo& info, size_t index) {
  int32_t value = 0;
  napi_get_value_int32(info.Env(), info[index], &value);
  return value;
}

inline bool BoolAt(const Napi::CallbackInfo& info, size_t index) {
  bool value = false;
  napi_get_value_bool(info.Env(), info[index], &value);
  return value;
}

/** Bytes of a Uint8Array argument; `data` is null (and an exception pending) when out of range. */
struct ByteRange {
  uint8_t* data;
  size_t length;
};

/** Arguments `index`, `index + 1`, `index + 2` as (bytes, start, length). */
inline ByteRange RangeAt(const Napi::CallbackInfo& info, size_t index) {
  size_t count = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), info[index], nullptr, &count, &data, nullptr, nullptr);
  const double start = NumberAt(info, index + 1);
  const double length = NumberAt(info, index + 2);
  const bool inside = start >= 0 && length >= 0 && start + length <= static_cast<double>(count);
  if (status != napi_ok || !inside) {
    Napi::RangeError::New(info.Env(), "range outside of its buffer").ThrowAsJavaScriptException();
    return {nullptr, 0};
  }
  static uint8_t nothing;  // An empty buffer may have no address.
  uint8_t* const bytes = data == nullptr ? &nothing : static_cast<uint8_t*>(data);
  return {bytes + static_cast<size_t>(start), static_cast<size_t>(length)};
}

inline Napi::Value Number(Napi::Env env, int64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

}  // namespace millrace
