/**
 * The way of a record batch to its file: checked, stamped, written, in one call.
 *
 *   base offset (8) | length (4) | leader epoch (4) | magic (1) | crc (4) | attributes ...
 *   0                 8            12                 16          17        21
 *
 * The checksum covers everything from the attributes on, so stamping does not change it.
 */
#include <cstring>

#include "crc32c.h"
#include "exports.h"
#include "file.h"
#include "result.h"

namespace millrace {
namespace {

constexpr size_t kLeaderEpochAt = 12;
constexpr size_t kCrcAt = 17;
constexpr size_t kCheckedFrom = 21;

uint32_t BigEndian(uint32_t value) { return __builtin_bswap32(value); }

bool HasRightCrc(const ByteRange& batch) {
  uint32_t expected;
  memcpy(&expected, batch.data + kCrcAt, sizeof expected);
  return Crc32c(batch.data + kCheckedFrom, batch.length - kCheckedFrom) == BigEndian(expected);
}

void Stamp(uint8_t* batch, int64_t baseOffset, int32_t leaderEpoch) {
  const uint64_t offset = __builtin_bswap64(static_cast<uint64_t>(baseOffset));
  const uint32_t epoch = BigEndian(static_cast<uint32_t>(leaderEpoch));
  memcpy(batch, &offset, sizeof offset);
  memcpy(batch + kLeaderEpochAt, &epoch, sizeof epoch);
}

}  // namespace

/** (fd, bytes, start, length, position, baseOffset, leaderEpoch, checkCrc): length or -errno. */
Napi::Value AppendBatch(const Napi::CallbackInfo& info) {
  const ByteRange batch = RangeAt(info, 1);
  if (batch.data == nullptr) return info.Env().Undefined();
  if (batch.length < kCheckedFrom) return Number(info.Env(), -EBADMSG);
  if (BoolAt(info, 7) && !HasRightCrc(batch)) return Number(info.Env(), -EBADMSG);
  Stamp(batch.data, static_cast<int64_t>(NumberAt(info, 5)), IntAt(info, 6));
  const int64_t position = static_cast<int64_t>(NumberAt(info, 4));
  return Number(info.Env(), WriteAll(IntAt(info, 0), batch.data, batch.length, position));
}

/** (bytes, start, length, inSoftware?) */
Napi::Value Checksum(const Napi::CallbackInfo& info) {
  const ByteRange range = RangeAt(info, 0);
  if (range.data == nullptr) return info.Env().Undefined();
  const bool inSoftware = BoolAt(info, 3);
  return Napi::Number::New(info.Env(), inSoftware ? Crc32cInSoftware(range.data, range.length)
                                                  : Crc32c(range.data, range.length));
}

}  // namespace millrace
