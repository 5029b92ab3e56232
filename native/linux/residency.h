/** Whether a range of a file is in memory, and bringing it there. */
#pragma once

#include <cstddef>
#include <cstdint>

#include "read-trails.h"

namespace millrace {

/** False only when the system says that a page is missing; true where it cannot be told. */
bool IsRangeResident(int fd, uint64_t position, uint64_t length);

/** Reads a range into the page cache; waits for the disk, so only for the pool. 0 or -errno. */
int WarmRange(int fd, uint64_t position, uint64_t length);

/** Lets the kernel forget clean pages of a range that nobody else will ask for soon. */
void DropRange(int fd, FileRange range);

}  // namespace millrace
