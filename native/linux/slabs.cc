/** Scratch slab and regions: slabs.h has the rules. */
#include "slabs.h"

#include <sys/mman.h>

#include <algorithm>

namespace millrace {
namespace {

uint8_t* MapMemory(size_t length) {
  void* const map = mmap(nullptr, length, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return map == MAP_FAILED ? nullptr : static_cast<uint8_t*>(map);
}

Napi::Value BufferOver(Napi::Env env, uint8_t* bytes, size_t length) {
  return Napi::Buffer<uint8_t>::New(env, bytes, length, [](Napi::Env, uint8_t*) {});
}

}  // namespace

Slabs::Slabs(Napi::Env env, Napi::Array buffers)
    : env_(env), buffers_(Napi::Persistent(buffers)), scratch_(MapMemory(kScratchBytes)) {}

/** Buffers have been detached, or the environment is ending. */
Slabs::~Slabs() {
  if (scratch_ != nullptr) munmap(scratch_, kScratchBytes);
  for (const Region& region : regions_) {
    if (region.bytes != nullptr) munmap(region.bytes, region.capacity);
  }
}

void Slabs::UseScratch(uint32_t length) {
  // Frames start at multiples of a cache line, so that decoding one does not touch its neighbour's.
  scratchFill_ = std::min(kScratchBytes, (scratchFill_ + length + 63) & ~63u);
  scratchPeak_ = std::max(scratchPeak_, scratchFill_);
}

int32_t Slabs::BestFree(uint32_t needed) const {
  int32_t best = -1;
  for (size_t i = 0; i < regions_.size(); i++) {
    const Region& region = regions_[i];
    if (!region.isFree) continue;
    if (best < 0) {
      best = static_cast<int32_t>(i) + 1;
      continue;
    }
    const uint32_t bestCapacity = regions_[Index(best)].capacity;
    const bool isBetter = bestCapacity < needed
                              ? region.capacity > bestCapacity
                              : region.capacity >= needed && region.capacity < bestCapacity;
    if (isBetter) best = static_cast<int32_t>(i) + 1;
  }
  return best;
}

int32_t Slabs::NewRegion() {
  uint8_t* const bytes = MapMemory(kFirstRegionBytes);
  if (bytes == nullptr) return -1;
  if (unmapped_.empty()) {
    regions_.emplace_back();
    unmapped_.push_back(static_cast<int32_t>(regions_.size()));
  }
  const int32_t slab = unmapped_.back();
  unmapped_.pop_back();
  Region region;
  region.bytes = bytes;
  region.capacity = kFirstRegionBytes;
  regions_[Index(slab)] = region;
  return slab;
}

int32_t Slabs::Take(uint32_t needed) {
  const int32_t slab = BestFree(needed);
  if (slab < 0) return NewRegion();
  Region& region = regions_[Index(slab)];
  region.isFree = false;
  keptBytes_ -= region.touched;
  return slab;
}

uint32_t Slabs::Capacity(int32_t slab, uint32_t received, uint32_t needed) {
  Region& region = regions_[Index(slab)];
  if (received < region.capacity || region.capacity >= needed) return region.capacity;
  Conceal(slab);
  uint64_t capacity = region.capacity;
  while (capacity <= received && capacity < needed) capacity *= 2;
  void* const moved = mremap(region.bytes, region.capacity, capacity, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED) return 0;
  region.bytes = static_cast<uint8_t*>(moved);
  region.capacity = static_cast<uint32_t>(capacity);
  return region.capacity;
}

void Slabs::Recycle(int32_t slab, uint32_t received, uint32_t nowMs) {
  Region& region = regions_[Index(slab)];
  region.touched = std::max(region.touched, received);
  usedMs_ = nowMs;
  if (keptBytes_ + region.touched > kKeptRegionBytes) return Free(slab);
  region.isFree = true;
  keptBytes_ += region.touched;
}

void Slabs::Free(int32_t slab) {
  Conceal(slab);
  Region& region = regions_[Index(slab)];
  munmap(region.bytes, region.capacity);
  region = Region();
  unmapped_.push_back(slab);
}

void Slabs::Expose(int32_t slab) {
  bool& isExposed = slab == kScratchSlab ? isScratchExposed_ : regions_[Index(slab)].isExposed;
  if (isExposed) return;
  isExposed = true;
  uint8_t* const bytes = slab == kScratchSlab ? scratch_ : Bytes(slab);
  const size_t length = slab == kScratchSlab ? kScratchBytes : regions_[Index(slab)].capacity;
  buffers_.Value().Set(static_cast<uint32_t>(slab), BufferOver(env_, bytes, length));
}

void Slabs::Conceal(int32_t slab) {
  bool& isExposed = slab == kScratchSlab ? isScratchExposed_ : regions_[Index(slab)].isExposed;
  if (!isExposed) return;
  isExposed = false;
  if (isAbandoned_) return;
  const Napi::HandleScope scope(env_);
  const Napi::Value buffer = buffers_.Value().Get(static_cast<uint32_t>(slab));
  napi_value memory = nullptr;
  napi_get_typedarray_info(env_, buffer, nullptr, nullptr, nullptr, &memory, nullptr);
  napi_detach_arraybuffer(env_, memory);
  buffers_.Value().Set(static_cast<uint32_t>(slab), env_.Undefined());
}

void Slabs::Detach() {
  for (size_t slab = 0; slab <= regions_.size(); slab++) Conceal(static_cast<int32_t>(slab));
}

void Slabs::Trim(uint32_t nowMs) {
  if (nowMs - usedMs_ < kKeepMs) return;
  for (size_t i = 0; i < regions_.size(); i++) {
    if (regions_[i].isFree) Free(static_cast<int32_t>(i) + 1);
  }
  keptBytes_ = 0;
  if (scratchPeak_ > kIdleScratchBytes) {
    madvise(scratch_ + kIdleScratchBytes, kScratchBytes - kIdleScratchBytes, MADV_DONTNEED);
    scratchPeak_ = 0;
  }
}

}  // namespace millrace
