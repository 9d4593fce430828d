// Steps through the records of one segment file. What is damaged is passed over up to the next
// valid header, and noted. Owned by one reader; the file may grow meanwhile, so each step is told
// where the published end is.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/journal/format.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace relay::journal {

/// Bytes of a segment that are no record.
struct damaged_range {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    bool operator==(const damaged_range&) const = default;
};

class segment_reader {
public:
    [[nodiscard]] static expected<segment_reader, std::error_code> open(
        const std::filesystem::path& path, std::uint64_t position = 0);
    explicit segment_reader(unique_fd file, std::uint64_t position = 0) noexcept
        : file_(std::move(file)),
          position_(position) {}

    /// Moves to the next valid header whose record ends by `end`. None: nothing valid follows, and
    /// position() is `end`.
    [[nodiscard]] std::optional<parsed_header> peek(std::uint64_t end);

    /// Steps over the record that peek() found.
    void skip(const parsed_header& parsed) noexcept { position_ += parsed.header.member_bytes; }

    /// Reads the record that peek() found and steps over it. Where its checksum is wrong: false,
    /// `member` is to be thrown away, position() is the next valid header.
    [[nodiscard]] bool load(const parsed_header& parsed, std::uint64_t end, std::string& member);

    [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

    /// What was passed over since the last call, in order, neighbours joined.
    [[nodiscard]] std::vector<damaged_range> take_damage() { return std::exchange(damage_, {}); }

private:
    // The bytes at `offset`, fewer at the end of the file or where it cannot be read.
    std::string_view read_at(std::uint64_t offset, std::size_t bytes);
    std::optional<parsed_header> header_at(std::uint64_t offset, std::uint64_t end);
    std::uint64_t next_header_after(std::uint64_t offset, std::uint64_t end);
    void pass_damage(std::uint64_t until);

    unique_fd file_;
    std::uint64_t position_;
    std::string buffer_;
    std::vector<damaged_range> damage_;
};

}  // namespace relay::journal
