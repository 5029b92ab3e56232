/**
 * 1. The buffer is detached before the pages go: a late access finds no bytes instead of crashing.
 * 2. A map that nobody closed lives as long as its buffer: the buffer owns a share of it.
 * 3. Writing through a read-only map is the one thing that still ends the process (SIGSEGV).
 */
#include "mapped-file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "result.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

namespace millrace {
namespace {

struct Mode {
  int protection;
  int flags;
};

/** Places of `MapMode` in mapped-file.ts. */
constexpr Mode kModes[] = {
    {PROT_READ, MAP_SHARED},
    {PROT_READ | PROT_WRITE, MAP_SHARED},
    {PROT_READ | PROT_WRITE, MAP_PRIVATE},
};

/** The map's start, or -errno. A map longer than its file would only fault later: refused. */
int64_t MapFile(int fd, size_t length, const Mode& mode, uint8_t** start) {
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  if (length == 0 || static_cast<uint64_t>(status.st_size) < length) return -EINVAL;
  void* const map = mmap(nullptr, length, mode.protection, mode.flags, fd, 0);
  if (map == MAP_FAILED) return -errno;
  *start = static_cast<uint8_t*>(map);
  return 0;
}

/** Before Linux 5.14: touches every page; a page that is gone is the SIGBUS guard's business. */
void TouchPages(const uint8_t* start, size_t length) {
  const size_t pageBytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  for (size_t at = 0; at < length; at += pageBytes) {
    static_cast<void>(*const_cast<const volatile uint8_t*>(start + at));
  }
}

}  // namespace

Mapping::Mapping(uint8_t* start, size_t length, GuardedMap* guard)
    : start_(start), length_(length), guard_(guard) {}

Mapping::~Mapping() { Unmap(); }

void Mapping::Unmap() {
  if (start_ == nullptr) return;
  wasDamaged_ = guard_->isDamaged.load();
  UnguardMap(guard_);
  munmap(start_, length_);
  guard_ = nullptr;
  start_ = nullptr;
}

Napi::Function MappedFile::Define(Napi::Env env) {
  return DefineClass(env, "MappedFile",
                     {
                         InstanceMethod<&MappedFile::Result>("result"),
                         InstanceMethod<&MappedFile::Bytes>("bytes"),
                         InstanceMethod<&MappedFile::IsDamaged>("isDamaged"),
                         InstanceMethod<&MappedFile::Force>("force"),
                         InstanceMethod<&MappedFile::Load>("load"),
                         InstanceMethod<&MappedFile::IsLoaded>("isLoaded"),
                         InstanceMethod<&MappedFile::Close>("close"),
                     });
}

/** (fd, length, mode) */
MappedFile::MappedFile(const Napi::CallbackInfo& info) : Napi::ObjectWrap<MappedFile>(info) {
  const size_t length = static_cast<size_t>(NumberAt(info, 1));
  const size_t mode = static_cast<size_t>(IntAt(info, 2));
  uint8_t* start = nullptr;
  result_ =
      mode < std::size(kModes) ? MapFile(IntAt(info, 0), length, kModes[mode], &start) : -EINVAL;
  if (result_ < 0) return;
  GuardedMap* const guard = GuardMap(start, length);
  if (guard == nullptr) {
    munmap(start, length);
    result_ = -ENOMEM;
    return;
  }
  mapping_ = std::make_shared<Mapping>(start, length, guard);
  auto* const share = new std::shared_ptr<Mapping>(mapping_);
  const auto buffer = Napi::Buffer<uint8_t>::New(
      info.Env(), start, length,
      [](Napi::Env, uint8_t*, std::shared_ptr<Mapping>* owned) { delete owned; }, share);
  bytes_ = Napi::Persistent(buffer.As<Napi::Object>());
}

Napi::Value MappedFile::Result(const Napi::CallbackInfo& info) {
  return Number(info.Env(), result_);
}

Napi::Value MappedFile::Bytes(const Napi::CallbackInfo&) { return bytes_.Value(); }

Napi::Value MappedFile::IsDamaged(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), mapping_ != nullptr && mapping_->isDamaged());
}

Napi::Value MappedFile::Force(const Napi::CallbackInfo& info) {
  if (mapping_ == nullptr || !mapping_->isOpen()) return Number(info.Env(), -EBADF);
  const int64_t result =
      Retried([&] { return msync(mapping_->start(), mapping_->length(), MS_SYNC); });
  return Number(info.Env(), result);
}

Napi::Value MappedFile::Load(const Napi::CallbackInfo& info) {
  if (mapping_ == nullptr || !mapping_->isOpen()) return Number(info.Env(), -EBADF);
  const int64_t result =
      Retried([&] { return madvise(mapping_->start(), mapping_->length(), MADV_POPULATE_READ); });
  if (result == -EINVAL) TouchPages(mapping_->start(), mapping_->length());
  return Number(info.Env(), result == -EINVAL ? 0 : result);
}

Napi::Value MappedFile::IsLoaded(const Napi::CallbackInfo& info) {
  if (mapping_ == nullptr || !mapping_->isOpen()) return Napi::Boolean::New(info.Env(), false);
  const size_t pageBytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((mapping_->length() + pageBytes - 1) / pageBytes);
  const bool answered = mincore(mapping_->start(), mapping_->length(), pages.data()) == 0;
  const bool isLoaded =
      std::all_of(pages.begin(), pages.end(), [](unsigned char page) { return (page & 1) != 0; });
  return Napi::Boolean::New(info.Env(), answered && isLoaded);
}

Napi::Value MappedFile::Close(const Napi::CallbackInfo& info) {
  if (mapping_ == nullptr || !mapping_->isOpen()) return info.Env().Undefined();
  napi_value pages = nullptr;
  napi_get_typedarray_info(info.Env(), bytes_.Value(), nullptr, nullptr, nullptr, &pages, nullptr);
  if (napi_detach_arraybuffer(info.Env(), pages) != napi_ok) {
    // Not detachable (somebody is compiling WebAssembly over it?): leave the pages to the buffer.
    return info.Env().Undefined();
  }
  bytes_.Reset();
  mapping_->Unmap();
  return info.Env().Undefined();
}

}  // namespace millrace
