/** Jobs for the pool: at most kMaxRunning at a time, the others in line. */
#include "warmer.h"

#include <algorithm>
#include <utility>

#include "pool.h"
#include "residency.h"

namespace millrace {

namespace {

int Execute(const WarmJob& job) {
  DropRange(job.fd, job.behind);
  return WarmRange(job.fd, job.window.start, job.window.end - job.window.start);
}

}  // namespace

Warmer::Warmer(napi_env env, Done done)
    : env_(env), done_(std::move(done)), self_(std::make_shared<Warmer*>(this)) {}

Warmer::~Warmer() { *self_ = nullptr; }

void Warmer::Start(double connection, Piece* piece, FileRange window, FileRange behind) {
  WarmJob job{piece, connection, piece->token, piece->fd, window, behind};
  waiting_.push_back(std::make_unique<WarmJob>(job));
  piece->warming = waiting_.back().get();
  RunNext();
}

bool Warmer::Orphan(Piece* piece) {
  WarmJob* const job = piece->warming;
  if (job == nullptr) return false;
  piece->warming = nullptr;
  job->piece = nullptr;
  const auto isJob = [job](const std::unique_ptr<WarmJob>& each) { return each.get() == job; };
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), isJob);
  if (found == waiting_.end()) return true;
  waiting_.erase(found);
  return false;
}

void Warmer::RunNext() {
  if (waiting_.empty() || runningCount_ >= kMaxRunning) return;
  runningCount_++;
  const std::shared_ptr<WarmJob> job = std::move(waiting_.front());
  waiting_.pop_front();
  RunInPool(
      env_, [job] { return Execute(*job); },
      [job, self = self_](napi_env, int) {
        Warmer* const warmer = *self;
        if (warmer == nullptr) return;
        warmer->runningCount_--;
        warmer->RunNext();
        warmer->done_(*job);
      });
}

}  // namespace millrace
