/**
 * Brings cold slices into memory in the pool, a bounded number at a time, so that group commits
 * find a free thread beside them.
 *
 * A job holds its file open by holding the slice's token: when the connection closes while the job
 * runs, the token is released at the end of the job and not before.
 */
#pragma once

#include <napi.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

#include "outbox.h"
#include "read-trails.h"

namespace millrace {

struct WarmJob {
  Piece* piece;  // Null: its connection has closed.
  double connection;
  int32_t token;
  int fd;
  FileRange window;
  FileRange behind;  // To be dropped from memory.
};

class Warmer {
 public:
  /** `done` runs on the loop, never inside `Start`. */
  using Done = std::function<void(const WarmJob&)>;
  Warmer(napi_env env, Done done);
  ~Warmer();

  void Start(double connection, Piece* piece, FileRange window, FileRange behind);
  /** The piece is going away: true when its token must be kept until its job is done. */
  bool Orphan(Piece* piece);
  size_t runningCount() const { return runningCount_; }

 private:
  static constexpr size_t kMaxRunning = 2;

  void RunNext();

  napi_env env_;
  Done done_;
  std::deque<std::unique_ptr<WarmJob>> waiting_;
  size_t runningCount_ = 0;
  /** Cleared by the destructor: jobs that end later find nobody to tell. */
  std::shared_ptr<Warmer*> self_;
};

}  // namespace millrace
