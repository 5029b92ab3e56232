/**
 * Reading a mapped page that the file no longer has raises SIGBUS, which would end the process for
 * what somebody did to a file. The handler puts a page of zeros there and marks the map damaged.
 *
 * 1. The table is the only state of this library that threads share: signals belong to the process.
 * 2. The handler may run at any instruction: it reads atomics, and calls mmap, and nothing else.
 * 3. A fault outside of every guarded map goes to whoever handled SIGBUS before us.
 */
#include "guarded-maps.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace millrace {
namespace {

constexpr size_t kChunkMaps = 1024;
constexpr size_t kChunks = 1024;

/** Chunks are never freed, so the handler may walk them without a lock. */
struct Chunk {
  GuardedMap maps[kChunkMaps];
};

std::atomic<Chunk*> chunks[kChunks];
std::mutex tableMutex;
struct sigaction previousAction;
size_t pageBytes = 0;
bool isInstalled = false;

GuardedMap* FindMapAt(const uint8_t* address) {
  for (auto& slot : chunks) {
    Chunk* const chunk = slot.load(std::memory_order_acquire);
    if (chunk == nullptr) return nullptr;
    for (GuardedMap& map : chunk->maps) {
      const uint8_t* const start = map.start.load(std::memory_order_acquire);
      if (start != nullptr && address >= start && address < start + map.length.load()) return &map;
    }
  }
  return nullptr;
}

/** Another library's handler, or the end of the process, as it was before us. */
void CallPrevious(int signal, siginfo_t* details, void* context) {
  if ((previousAction.sa_flags & SA_SIGINFO) != 0) {
    previousAction.sa_sigaction(signal, details, context);
  } else if (previousAction.sa_handler != SIG_DFL && previousAction.sa_handler != SIG_IGN) {
    previousAction.sa_handler(signal);
  } else {
    sigaction(SIGBUS, &previousAction, nullptr);  // The instruction faults again, and that is it.
  }
}

void OnBusError(int signal, siginfo_t* details, void* context) {
  uint8_t* const address = static_cast<uint8_t*>(details->si_addr);
  GuardedMap* const map = FindMapAt(address);
  if (map == nullptr) return CallPrevious(signal, details, context);
  uint8_t* const page = address - reinterpret_cast<uintptr_t>(address) % pageBytes;
  const int savedErrno = errno;
  const void* const zeros =
      mmap(page, pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  errno = savedErrno;
  if (zeros == MAP_FAILED) return CallPrevious(signal, details, context);
  map->isDamaged.store(true);
}

void InstallHandler() {
  pageBytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action {};
  action.sa_sigaction = OnBusError;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGBUS, &action, &previousAction);
  isInstalled = true;
}

GuardedMap* FreeEntry() {
  for (auto& slot : chunks) {
    Chunk* chunk = slot.load(std::memory_order_relaxed);
    if (chunk == nullptr) {
      chunk = new Chunk;
      slot.store(chunk, std::memory_order_release);
    }
    for (GuardedMap& map : chunk->maps) {
      if (map.start.load(std::memory_order_relaxed) == nullptr) return &map;
    }
  }
  return nullptr;
}

}  // namespace

GuardedMap* GuardMap(uint8_t* start, size_t length) {
  const std::lock_guard<std::mutex> lock(tableMutex);
  if (!isInstalled) InstallHandler();
  GuardedMap* const map = FreeEntry();
  if (map == nullptr) return nullptr;
  map->length.store(length);
  map->isDamaged.store(false);
  map->start.store(start, std::memory_order_release);
  return map;
}

void UnguardMap(GuardedMap* map) {
  const std::lock_guard<std::mutex> lock(tableMutex);
  map->start.store(nullptr, std::memory_order_release);
}

}  // namespace millrace
