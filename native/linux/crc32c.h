/** CRC-32C (Castagnoli), with the CPU's instruction where there is one. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

uint32_t Crc32c(const uint8_t* bytes, size_t length);

/** The same without the CPU's instruction: what runs where there is none, and what tests compare.
 */
uint32_t Crc32cInSoftware(const uint8_t* bytes, size_t length);

}  // namespace millrace
