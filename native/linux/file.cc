/**
 * Files by descriptor and position, one system call per function: `addon.cc` lists them, `file.ts`
 * documents them. Positions are JavaScript numbers, exact up to 2^53.
 */
#include "file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "exports.h"
#include "pool.h"
#include "result.h"

namespace millrace {
namespace {

/** Measured: appending in 1 MiB writes costs eight times the CPU of 64-128 KiB ones. */
constexpr size_t kWriteBytes = 128 << 10;
constexpr mode_t kFileMode = 0644;

/** Places of `OpenMode` in file.ts. */
constexpr int kOpenFlags[] = {O_RDONLY, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL};

std::string PathAt(const Napi::CallbackInfo& info, size_t index) {
  return info[index].As<Napi::String>().Utf8Value();
}

int64_t OpenRetried(const std::string& path, int flags) {
  return Retried([&] { return open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
}

/** Closes before it answers: -errno of the first failure, else `result`. */
int64_t CloseAfter(int fd, int64_t result) {
  close(fd);
  return result;
}

int64_t WritePid(int fd) {
  char text[24];
  const int length = snprintf(text, sizeof text, "%d\n", static_cast<int>(getpid()));
  if (ftruncate(fd, 0) != 0) return -errno;
  return WriteAll(fd, reinterpret_cast<const uint8_t*>(text), static_cast<size_t>(length), 0);
}

}  // namespace

int64_t WriteAll(int fd, const uint8_t* bytes, size_t length, int64_t position) {
  for (size_t done = 0; done < length;) {
    const size_t piece = std::min(length - done, kWriteBytes);
    const int64_t written = Retried(
        [&] { return pwrite(fd, bytes + done, piece, position + static_cast<int64_t>(done)); });
    if (written < 0) return written;
    if (written == 0) return -EIO;
    done += static_cast<size_t>(written);
  }
  return static_cast<int64_t>(length);
}

Napi::Value OpenFile(const Napi::CallbackInfo& info) {
  const size_t mode = static_cast<size_t>(IntAt(info, 1));
  if (mode >= std::size(kOpenFlags)) return Number(info.Env(), -EINVAL);
  return Number(info.Env(), OpenRetried(PathAt(info, 0), kOpenFlags[mode]));
}

Napi::Value CloseFile(const Napi::CallbackInfo& info) {
  // Never retried: Linux releases the descriptor even when it answers EINTR.
  return Number(info.Env(), close(IntAt(info, 0)) == 0 ? 0 : -errno);
}

Napi::Value FileSize(const Napi::CallbackInfo& info) {
  struct stat status;
  const int64_t result = Retried([&] { return fstat(IntAt(info, 0), &status); });
  return Number(info.Env(), result < 0 ? result : status.st_size);
}

Napi::Value ReadFile(const Napi::CallbackInfo& info) {
  const ByteRange range = RangeAt(info, 1);
  if (range.data == nullptr) return info.Env().Undefined();
  const int fd = IntAt(info, 0);
  const off_t position = static_cast<off_t>(NumberAt(info, 4));
  size_t done = 0;
  while (done < range.length) {
    const int64_t count = Retried([&] {
      return pread(fd, range.data + done, range.length - done, position + static_cast<off_t>(done));
    });
    if (count < 0) return Number(info.Env(), count);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return Number(info.Env(), static_cast<int64_t>(done));
}

Napi::Value WriteFile(const Napi::CallbackInfo& info) {
  const ByteRange range = RangeAt(info, 1);
  if (range.data == nullptr) return info.Env().Undefined();
  const int64_t position = static_cast<int64_t>(NumberAt(info, 4));
  return Number(info.Env(), WriteAll(IntAt(info, 0), range.data, range.length, position));
}

Napi::Value TruncateFile(const Napi::CallbackInfo& info) {
  const off_t size = static_cast<off_t>(NumberAt(info, 1));
  return Number(info.Env(), Retried([&] { return ftruncate(IntAt(info, 0), size); }));
}

Napi::Value AllocateFile(const Napi::CallbackInfo& info) {
  const off_t position = static_cast<off_t>(NumberAt(info, 1));
  const off_t length = static_cast<off_t>(NumberAt(info, 2));
  return Number(info.Env(),
                Retried([&] { return fallocate(IntAt(info, 0), 0, position, length); }));
}

Napi::Value SyncFile(const Napi::CallbackInfo& info) {
  const int fd = IntAt(info, 0);
  RunInPool(
      info.Env(), [fd] { return static_cast<int>(Retried([fd] { return fdatasync(fd); })); },
      CallerOf(info[1].As<Napi::Function>()));
  return info.Env().Undefined();
}

Napi::Value SyncFileNow(const Napi::CallbackInfo& info) {
  return Number(info.Env(), Retried([&] { return fsync(IntAt(info, 0)); }));
}

Napi::Value SyncDirectory(const Napi::CallbackInfo& info) {
  const int64_t fd = OpenRetried(PathAt(info, 0), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return Number(info.Env(), fd);
  const int64_t result = Retried([&] { return fsync(static_cast<int>(fd)); });
  return Number(info.Env(), CloseAfter(static_cast<int>(fd), result));
}

Napi::Value RenameFile(const Napi::CallbackInfo& info) {
  const std::string from = PathAt(info, 0);
  const std::string to = PathAt(info, 1);
  return Number(info.Env(), Retried([&] { return rename(from.c_str(), to.c_str()); }));
}

Napi::Value UnlinkFile(const Napi::CallbackInfo& info) {
  const std::string path = PathAt(info, 0);
  return Number(info.Env(), Retried([&] { return unlink(path.c_str()); }));
}

Napi::Value LockFile(const Napi::CallbackInfo& info) {
  const int64_t opened = OpenRetried(PathAt(info, 0), O_RDWR | O_CREAT);
  if (opened < 0) return Number(info.Env(), opened);
  const int fd = static_cast<int>(opened);
  // flock belongs to the open file, not to the process: two brokers of one process exclude each
  // other too, which POSIX record locks would not do.
  const int64_t locked = Retried([&] { return flock(fd, LOCK_EX | LOCK_NB); });
  if (locked < 0) return Number(info.Env(), CloseAfter(fd, locked));
  const int64_t written = WritePid(fd);
  return Number(info.Env(), written < 0 ? CloseAfter(fd, written) : opened);
}

}  // namespace millrace
