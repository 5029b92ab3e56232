/**
 * The ways of moving bytes of a file into a socket. Each is one file of this folder and one
 * constant here; the reactor picks, and falls to the next when one refuses.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

struct Transfer {
  const char* name;
  /** Number of bytes taken by the socket (0: the file ends before `position`), or -errno: -EAGAIN
   *  when the socket is full, -EINVAL or -ENOSYS when this way does not work for these two. */
  int64_t (*send)(int socket, int file, uint64_t position, size_t length);
};

/** sendfile(2): the kernel hands its own pages to the socket. */
extern const Transfer kSendfile;

/** pread and send through a buffer: works for everything. */
extern const Transfer kCopy;

/** Reads a small range only if that needs no waiting: bytes read (short at the end of the file),
 *  -EAGAIN when it is not in memory, or -errno. */
int64_t ReadResident(int file, uint8_t* bytes, size_t length, uint64_t position);

}  // namespace millrace
