/**
 * What one connection still has to send: a list of pieces, bytes or file slices, in order.
 *
 * A piece of bytes has them behind it in the same allocation, with room for what follows, so that a
 * burst of small replies becomes few pieces and few system calls.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

struct WarmJob;

struct Piece {
  Piece* next = nullptr;
  // Bytes:
  uint32_t capacity = 0;
  uint32_t length = 0;
  uint32_t sent = 0;
  // A slice of a file:
  int32_t fd = -1;
  int32_t token = -1;     // JavaScript's name for the slice: reported when it is released.
  uint64_t position = 0;  // Of the first byte that has not been sent.
  uint64_t end = 0;
  uint64_t residentEnd = 0;    // Up to here it may be sent without asking again.
  WarmJob* warming = nullptr;  // Brings in what follows residentEnd.
  bool wasCold = false;

  bool isSlice() const { return fd >= 0; }
  uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
  uint64_t unsent() const { return isSlice() ? end - position : length - sent; }
};

class Outbox {
 public:
  Piece* head() const { return head_; }
  Piece* tail() const { return tail_; }
  bool isEmpty() const { return head_ == nullptr; }
  /** Bytes not yet taken by the kernel, slices included. */
  uint64_t unsentBytes() const { return unsentBytes_; }

  void AppendBytes(const uint8_t* bytes, size_t length);
  void AppendSlice(int fd, uint64_t position, uint64_t length, int32_t token);

  /** The first `length` bytes of the leading byte pieces have left. */
  void BytesLeft(size_t length);
  /** `length` bytes of the leading slice have left; the piece stays until `Pop`. */
  void SliceLeft(uint64_t length);
  /** Drops the first piece. */
  void Pop();

 private:
  void Append(Piece* piece);

  Piece* head_ = nullptr;
  Piece* tail_ = nullptr;
  uint64_t unsentBytes_ = 0;
};

}  // namespace millrace
