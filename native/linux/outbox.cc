/** The list of pieces that a connection has to send. */
#include "outbox.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace millrace {
namespace {

/** A lone small reply takes half a KiB, a burst of them 16 KiB at a time. */
constexpr size_t kSmallPieceBytes = 512 - sizeof(Piece);
constexpr size_t kBurstPieceBytes = (16 << 10) - sizeof(Piece);

Piece* NewPiece(size_t capacity) {
  void* const memory = malloc(sizeof(Piece) + capacity);
  if (memory == nullptr) abort();
  Piece* const piece = new (memory) Piece;
  piece->capacity = static_cast<uint32_t>(capacity);
  return piece;
}

}  // namespace

void Outbox::Append(Piece* piece) {
  if (tail_ == nullptr) {
    head_ = piece;
  } else {
    tail_->next = piece;
  }
  tail_ = piece;
}

void Outbox::AppendBytes(const uint8_t* bytes, size_t length) {
  const bool hasBytesTail = tail_ != nullptr && !tail_->isSlice();
  if (!hasBytesTail || tail_->capacity - tail_->length < length) {
    Append(NewPiece(std::max(length, hasBytesTail ? kBurstPieceBytes : kSmallPieceBytes)));
  }
  memcpy(tail_->bytes() + tail_->length, bytes, length);
  tail_->length += static_cast<uint32_t>(length);
  unsentBytes_ += length;
}

void Outbox::AppendSlice(int fd, uint64_t position, uint64_t length, int32_t token) {
  Piece* const piece = NewPiece(0);
  piece->fd = fd;
  piece->position = position;
  piece->end = position + length;
  piece->residentEnd = position;
  piece->token = token;
  Append(piece);
  unsentBytes_ += length;
}

void Outbox::BytesLeft(size_t length) {
  unsentBytes_ -= length;
  while (length > 0) {
    const size_t piece = std::min<size_t>(length, head_->length - head_->sent);
    head_->sent += static_cast<uint32_t>(piece);
    length -= piece;
    if (head_->sent == head_->length) Pop();
  }
}

void Outbox::SliceLeft(uint64_t length) {
  head_->position += length;
  unsentBytes_ -= length;
}

void Outbox::Pop() {
  Piece* const piece = head_;
  unsentBytes_ -= piece->unsent();
  head_ = piece->next;
  if (head_ == nullptr) tail_ = nullptr;
  free(piece);
}

}  // namespace millrace
