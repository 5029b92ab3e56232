/**
 * Memory that frames are received into and that JavaScript reads them from.
 *
 *   slab 0    the scratch slab: what one wake-up reads, reused by the next
 *   slab 1..  regions: one large frame each, growing with the bytes that arrive
 *
 * 1. A region takes memory for bytes received, never for bytes announced: it is a private mapping
 *    that doubles as it fills (mremap moves pages, it copies nothing).
 * 2. Each slab has one Buffer in the `slabs` array of the JavaScript side, made when its first
 * frame is handed over. It is detached before its memory moves or goes.
 * 3. Free regions are kept for the next large frame, since fresh pages are dear: up to
 *    kKeptRegionBytes, and only as long as large frames keep coming.
 */
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

namespace millrace {

constexpr int32_t kScratchSlab = 0;
constexpr uint32_t kScratchBytes = 1 << 20;

class Slabs {
 public:
  Slabs(Napi::Env env, Napi::Array buffers);
  ~Slabs();

  /** The unused end of the scratch slab. */
  uint8_t* ScratchEnd() { return scratch_ + scratchFill_; }
  uint32_t ScratchFill() const { return scratchFill_; }
  uint32_t ScratchRoom() const { return kScratchBytes - scratchFill_; }
  void UseScratch(uint32_t length);

  /** A region for a frame of `needed` bytes; it has room for some of them. -1: out of memory. */
  int32_t Take(uint32_t needed);
  uint8_t* Bytes(int32_t slab) { return regions_[Index(slab)].bytes; }
  /** Bytes the region can hold now: grows once `received` fills it. 0: out of memory. */
  uint32_t Capacity(int32_t slab, uint32_t received, uint32_t needed);
  /** The region holds nothing of interest any more; `received` of its bytes were written. */
  void Recycle(int32_t slab, uint32_t received, uint32_t nowMs);

  /** Before a frame of this slab is handed over. */
  void Expose(int32_t slab);
  /** After all frames have been handed over: the scratch slab starts again. */
  void ReuseScratch() { scratchFill_ = 0; }

  /** No frame will be received any more: a late look at one finds no bytes. */
  void Detach();
  /** The environment is ending: no JavaScript will look at a buffer again, or may be called. */
  void Abandon() { isAbandoned_ = true; }

  /** Whether `Trim` would free something, at some time. */
  bool HasSpareMemory() const { return keptBytes_ > 0 || scratchPeak_ > kIdleScratchBytes; }
  /** Gives back memory that large frames have not needed for `kKeepMs`. */
  void Trim(uint32_t nowMs);
  static constexpr uint32_t kKeepMs = 2000;

 private:
  struct Region {
    uint8_t* bytes = nullptr;
    uint32_t capacity = 0;
    uint32_t touched = 0;  // Bytes that have been written since it was mapped.
    bool isFree = false;
    bool isExposed = false;
  };
  static constexpr uint32_t kFirstRegionBytes = 64 << 10;
  static constexpr uint32_t kKeptRegionBytes = 16 << 20;
  static constexpr uint32_t kIdleScratchBytes = 64 << 10;

  static size_t Index(int32_t slab) { return static_cast<size_t>(slab) - 1; }
  int32_t BestFree(uint32_t needed) const;
  int32_t NewRegion();
  void Free(int32_t slab);
  void Conceal(int32_t slab);

  Napi::Env env_;
  Napi::Reference<Napi::Array> buffers_;
  uint8_t* scratch_;
  uint32_t scratchFill_ = 0;
  uint32_t scratchPeak_ = 0;
  bool isScratchExposed_ = false;
  bool isAbandoned_ = false;
  std::vector<Region> regions_;
  std::vector<int32_t> unmapped_;  // Slab numbers without memory, to be given out again.
  uint64_t keptBytes_ = 0;         // Touched bytes of free regions.
  uint32_t usedMs_ = 0;
};

}  // namespace millrace
