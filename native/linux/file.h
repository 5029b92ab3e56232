/** Positional files: what other parts of the house need of file.cc. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

/** pwrite until all is written: `length`, or -errno (a part may then be in the file). */
int64_t WriteAll(int fd, const uint8_t* bytes, size_t length, int64_t position);

}  // namespace millrace
