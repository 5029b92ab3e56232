/**
 * mincore over a fresh mapping is the cheap and honest probe (10 us per MiB): cachestat waits for
 * read-ahead in progress and calls its pages resident, RWF_NOWAIT reads cost ten times as much.
 * Warming is readahead(2), which starts the reads, then one byte of every page, which waits for
 * them: less than half the processor time of reading everything.
 */
#include "residency.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "exports.h"
#include "pool.h"
#include "result.h"

namespace millrace {
namespace {

constexpr uint64_t kSmallestPageBytes = 4096;
constexpr uint64_t kProbePages = 1024;

uint64_t PageBytes() {
  static const uint64_t bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

/** One piece of at most kProbePages pages, page-aligned. */
bool IsPieceResident(int fd, uint64_t start, uint64_t length) {
  void* const map = mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(start));
  if (map == MAP_FAILED) return true;
  unsigned char pages[kProbePages];
  const bool answered = mincore(map, length, pages) == 0;
  munmap(map, length);
  const size_t count = (length + PageBytes() - 1) / PageBytes();
  return !answered || std::all_of(pages, pages + count, [](auto page) { return (page & 1) != 0; });
}

}  // namespace

bool IsRangeResident(int fd, uint64_t position, uint64_t length) {
  const uint64_t end = position + length;
  for (uint64_t at = position - position % PageBytes(); at < end;) {
    const uint64_t piece = std::min(end - at, kProbePages * kSmallestPageBytes);
    if (!IsPieceResident(fd, at, piece)) return false;
    at += piece;
  }
  return true;
}

int WarmRange(int fd, uint64_t position, uint64_t length) {
  const uint64_t end = position + length;
  readahead(fd, static_cast<off_t>(position), length);  // A hint: what it refuses, pread reads.
  for (uint64_t at = position; at < end; at += kSmallestPageBytes - at % kSmallestPageBytes) {
    char byte;
    const int64_t result = Retried([&] { return pread(fd, &byte, 1, static_cast<off_t>(at)); });
    if (result < 0) return static_cast<int>(result);
    if (result == 0) break;  // The file ends here.
  }
  return 0;
}

void DropRange(int fd, FileRange range) {
  if (range.end <= range.start) return;
  const auto length = static_cast<off_t>(range.end - range.start);
  posix_fadvise(fd, static_cast<off_t>(range.start), length, POSIX_FADV_DONTNEED);
}

/** (fd, position, length) */
Napi::Value IsResident(const Napi::CallbackInfo& info) {
  const uint64_t position = static_cast<uint64_t>(NumberAt(info, 1));
  const uint64_t length = static_cast<uint64_t>(NumberAt(info, 2));
  return Napi::Boolean::New(info.Env(), IsRangeResident(IntAt(info, 0), position, length));
}

/** (fd, position, length, done) */
Napi::Value Warm(const Napi::CallbackInfo& info) {
  const int fd = IntAt(info, 0);
  const uint64_t position = static_cast<uint64_t>(NumberAt(info, 1));
  const uint64_t length = static_cast<uint64_t>(NumberAt(info, 2));
  RunInPool(
      info.Env(), [=] { return WarmRange(fd, position, length); },
      CallerOf(info[3].As<Napi::Function>()));
  return info.Env().Undefined();
}

}  // namespace millrace
