/**
 * sendfile(2), and never libuv's wrapper of it, which tries copy_file_range first and then falls to
 * an 8 KiB read and write loop. One call moves at most 0x7ffff000 bytes; callers ask for far less.
 */
#include <sys/sendfile.h>

#include <cerrno>

#include "../result.h"
#include "transfer.h"

namespace millrace {
namespace {

int64_t Send(int socket, int file, uint64_t position, size_t length) {
  off_t at = static_cast<off_t>(position);
  return Retried([&] { return sendfile(socket, file, &at, length); });
}

}  // namespace

const Transfer kSendfile = {"sendfile", Send};

}  // namespace millrace
