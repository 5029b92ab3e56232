/** Where readers of old data are: read-trails.h has the rules. */
#include "read-trails.h"

#include <algorithm>

namespace millrace {

FileRange ReadTrails::Advance(double connection, int fd, FileRange window, bool isCold,
                              uint32_t nowMs) {
  Trail& trail = TrailOf(connection, fd, nowMs);
  trail.position = window.start;
  trail.movedMs = nowMs;
  if (!isCold) {
    trail.cold = {0, 0};
    return {0, 0};
  }
  if (trail.cold.end != window.start) trail.cold.start = window.start;
  trail.cold.end = window.end;
  const uint64_t dropEnd = window.start - std::min(window.start, kLagBytes);
  if (dropEnd <= trail.cold.start || IsFollowed(trail, nowMs)) return {0, 0};
  const uint64_t start = std::max(trail.cold.start, dropEnd - std::min(dropEnd, kMaxDropBytes));
  trail.cold.start = dropEnd;
  return {start, dropEnd};
}

ReadTrails::Trail& ReadTrails::TrailOf(double connection, int fd, uint32_t nowMs) {
  const auto isSame = [&](const Trail& each) {
    return each.connection == connection && each.fd == fd;
  };
  const auto found = std::find_if(trails_.begin(), trails_.end(), isSame);
  if (found != trails_.end()) return *found;
  const Trail trail{connection, fd, nowMs, 0, {0, 0}};
  if (trails_.size() < kMaxTrails) return trails_.emplace_back(trail);
  const auto rest = [&](const Trail& each) { return nowMs - each.movedMs; };
  const auto rested =
      std::max_element(trails_.begin(), trails_.end(),
                       [&](const Trail& a, const Trail& b) { return rest(a) < rest(b); });
  return *rested = trail;
}

bool ReadTrails::IsFollowed(const Trail& trail, uint32_t nowMs) const {
  return std::any_of(trails_.begin(), trails_.end(), [&](const Trail& other) {
    return other.fd == trail.fd && other.connection != trail.connection &&
           other.position <= trail.position && trail.position - other.position <= kNearBytes &&
           nowMs - other.movedMs <= kFollowerMs;
  });
}

}  // namespace millrace
