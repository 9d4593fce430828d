// Writes a snappy block element by element, and knows at which position of the uncompressed bytes
// each of them stands. Positions grow from block to block, so that what an earlier block held is
// never in reach.
#pragma once

#include "protocol/snappy_elements.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::protocol::snappy_format {

/// A block under construction, in memory that is kept from block to block.
struct block_buffer {
    std::string storage;  // as long as it has ever been
    std::size_t used = 0;
    // A step beyond a copy's reach before the first: 0 is never in reach.
    std::uint64_t position = 1 << 16;

    /// @param more bytes that will be written at most
    void make_room(std::size_t more) {
        if (storage.size() - used >= more) return;
        storage.resize(used + more > storage.size() * 2 ? used + more : storage.size() * 2);
    }
};

/// At the end of a buffer, as long as it lives.
class pen {
public:
    /// @pre the buffer has room for all that will be written
    explicit pen(block_buffer& buffer) noexcept
        : buffer_(buffer),
          position_(buffer.position),
          to_(buffer.storage.data() + buffer.used) {}
    ~pen() {
        buffer_.used = static_cast<std::size_t>(to_ - buffer_.storage.data());
        buffer_.position = position_;
    }
    pen(const pen&) = delete;
    pen& operator=(const pen&) = delete;

    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
    [[nodiscard]] bool reaches(std::uint64_t at) const noexcept { return position_ - at <= reach; }

    void literal(std::string_view text) noexcept {
        if (text.empty()) return;
        to_ = put_literal(to_, text);
        position_ += text.size();
    }
    /// A few bytes, which stand in a word.
    void literal(std::uint64_t bytes, std::size_t size) noexcept {
        to_ = put_literal(to_, bytes, size);
        position_ += size;
    }
    /// Eight of them.
    void literal(std::uint64_t bytes) noexcept {
        to_ = put_literal(to_, bytes);
        position_ += sizeof bytes;
    }
    /// @pre reaches(from)
    void copy(std::uint64_t from, std::size_t size) noexcept {
        to_ = put_copy(to_, position_ - from, size);
        position_ += size;
    }

    /// What stands at `at` in reach; then it stands there anew.
    void repeat(std::uint64_t& at, std::size_t size) noexcept {
        const auto begin = position_;
        copy(at, size);
        at = begin;
    }

    /// The bytes, which the block may hold at `at`; then they stand at `at` anew.
    void share(std::string_view bytes, std::uint64_t& at) noexcept {
        const auto begin = position_;
        share_slice(bytes, at, 0, bytes.size());
        at = begin;
    }
    /// A part of them, without noting where it stands now.
    void share_slice(std::string_view bytes, std::uint64_t at, std::size_t from,
                     std::size_t size) noexcept {
        if (reaches(at + from)) {
            copy(at + from, size);
        } else {
            literal(bytes.substr(from, size));
        }
    }

private:
    block_buffer& buffer_;
    std::uint64_t position_;
    char* to_;
};

}  // namespace relay::protocol::snappy_format
