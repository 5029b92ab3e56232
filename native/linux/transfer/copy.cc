/** pread into a buffer, then send: for files and sockets that sendfile refuses, and small slices.
 */
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "../result.h"
#include "transfer.h"

namespace millrace {
namespace {

/** Whatever the socket does not take is read again, so more would be wasted on a slow peer. */
constexpr size_t kCopyBytes = 64 << 10;

int64_t Send(int socket, int file, uint64_t position, size_t length) {
  static thread_local uint8_t buffer[kCopyBytes];
  const int64_t count = Retried([&] {
    return pread(file, buffer, std::min(length, kCopyBytes), static_cast<off_t>(position));
  });
  if (count <= 0) return count;
  return Retried([&] {
    return send(socket, buffer, static_cast<size_t>(count), MSG_NOSIGNAL | MSG_DONTWAIT);
  });
}

}  // namespace

const Transfer kCopy = {"copy", Send};

int64_t ReadResident(int file, uint8_t* bytes, size_t length, uint64_t position) {
  // Some file systems (tmpfs on old kernels, some overlays) do not know RWF_NOWAIT.
  static std::atomic<bool> isSupported{true};
  const off_t at = static_cast<off_t>(position);
  const iovec target = {bytes, length};
  if (isSupported.load(std::memory_order_relaxed)) {
    const int64_t count = Retried([&] { return preadv2(file, &target, 1, at, RWF_NOWAIT); });
    if (count != -EOPNOTSUPP && count != -ENOSYS && count != -EINVAL) return count;
    isSupported.store(false, std::memory_order_relaxed);
  }
  return Retried([&] { return pread(file, bytes, length, at); });
}

}  // namespace millrace
