/**
 * CRC-32C in three interleaved streams: the instruction takes three cycles but one can start per
 * cycle, so three independent checksums cost as much as one. Two of them are then moved behind the
 * following block, which is a multiplication by x^(8 * block) modulo the polynomial; tables make
 * that four look-ups. Blocks of 8 KiB for long inputs, then of 256 bytes, then one stream.
 *
 * All checksums here are "raw": inverted before the first and after the last byte by `Crc32c`.
 */
#include "crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define MILLRACE_CRC_TARGET __attribute__((target("sse4.2")))
#define MILLRACE_CRC_BYTE(crc, value) _mm_crc32_u8(crc, value)
#define MILLRACE_CRC_WORD(crc, value) static_cast<uint32_t>(_mm_crc32_u64(crc, value))
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#define MILLRACE_CRC_TARGET __attribute__((target("+crc")))
#define MILLRACE_CRC_BYTE(crc, value) __crc32cb(crc, value)
#define MILLRACE_CRC_WORD(crc, value) __crc32cd(crc, value)
#endif

namespace millrace {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Bit-reversed.
constexpr uint32_t kOne = 1u << 31;           // The polynomial 1, bit-reversed.

using Table = std::array<std::array<uint32_t, 256>, 8>;

/** Table k: what a byte contributes when k more bytes follow it. */
Table SoftwareTable() {
  Table table{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[0][byte] = crc;
  }
  for (size_t k = 1; k < 8; k++) {
    for (size_t byte = 0; byte < 256; byte++) {
      const uint32_t crc = table[k - 1][byte];
      table[k][byte] = (crc >> 8) ^ table[0][crc & 255];
    }
  }
  return table;
}

uint64_t WordAt(const uint8_t* bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

uint32_t SoftwareCrc(uint32_t crc, const uint8_t* bytes, size_t length) {
  static const Table table = SoftwareTable();
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word = WordAt(bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    word ^= crc;
    crc = 0;
    for (size_t k = 0; k < 8; k++) crc ^= table[7 - k][(word >> (8 * k)) & 255];
  }
  for (; length > 0; bytes++, length--) crc = (crc >> 8) ^ table[0][(crc ^ *bytes) & 255];
  return crc;
}

#if defined(MILLRACE_CRC_TARGET)

constexpr size_t kLongBlock = 8192;
constexpr size_t kShortBlock = 256;

/** a * b modulo the polynomial, all bit-reversed. */
uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b >> 1) ^ ((b & 1) != 0 ? kPolynomial : 0);
  }
  return product;
}

/** x^(8 * length) modulo the polynomial. */
uint32_t PowerOfBytes(size_t length) {
  uint32_t result = kOne;
  uint32_t square = kOne >> 8;  // x^8
  for (; length > 0; length >>= 1) {
    if ((length & 1) != 0) result = Multiply(result, square);
    square = Multiply(square, square);
  }
  return result;
}

/** Moves a checksum behind `block` more zero bytes. */
struct Shift {
  std::array<std::array<uint32_t, 256>, 4> table;

  explicit Shift(size_t block) {
    const uint32_t power = PowerOfBytes(block);
    for (size_t k = 0; k < 4; k++) {
      for (uint32_t byte = 0; byte < 256; byte++) table[k][byte] = Multiply(power, byte << (8 * k));
    }
  }

  uint32_t operator()(uint32_t crc) const {
    return table[0][crc & 255] ^ table[1][(crc >> 8) & 255] ^ table[2][(crc >> 16) & 255] ^
           table[3][crc >> 24];
  }
};

/** As long as three blocks are left; advances `bytes` and `length`. */
MILLRACE_CRC_TARGET uint32_t ThreeStreams(uint32_t crc, const uint8_t*& bytes, size_t& length,
                                          size_t block, const Shift& shift) {
  for (; length >= 3 * block; bytes += 3 * block, length -= 3 * block) {
    uint32_t second = 0;
    uint32_t third = 0;
    for (const uint8_t *at = bytes, *end = bytes + block; at < end; at += 8) {
      crc = MILLRACE_CRC_WORD(crc, WordAt(at));
      second = MILLRACE_CRC_WORD(second, WordAt(at + block));
      third = MILLRACE_CRC_WORD(third, WordAt(at + 2 * block));
    }
    crc = shift(shift(crc) ^ second) ^ third;
  }
  return crc;
}

MILLRACE_CRC_TARGET uint32_t HardwareCrc(uint32_t crc, const uint8_t* bytes, size_t length) {
  static const Shift longShift(kLongBlock);
  static const Shift shortShift(kShortBlock);
  crc = ThreeStreams(crc, bytes, length, kLongBlock, longShift);
  crc = ThreeStreams(crc, bytes, length, kShortBlock, shortShift);
  for (; length >= 8; bytes += 8, length -= 8) crc = MILLRACE_CRC_WORD(crc, WordAt(bytes));
  for (; length > 0; bytes++, length--) crc = MILLRACE_CRC_BYTE(crc, *bytes);
  return crc;
}

bool HasCrcInstruction() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("sse4.2");
#else
  return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#endif
}

#endif

}  // namespace

uint32_t Crc32c(const uint8_t* bytes, size_t length) {
#if defined(MILLRACE_CRC_TARGET)
  static const bool isFast = HasCrcInstruction();
  if (isFast) return ~HardwareCrc(~0u, bytes, length);
#endif
  return Crc32cInSoftware(bytes, length);
}

uint32_t Crc32cInSoftware(const uint8_t* bytes, size_t length) {
  return ~SoftwareCrc(~0u, bytes, length);
}

}  // namespace millrace
