#include "relay/journal/segment_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace relay::journal {
namespace {

// Enough for nearly every header; a longer one is read again.
constexpr std::size_t header_bytes_usual = 256;
constexpr std::size_t scan_bytes = 64 << 10;
// What a disk that cannot read loses at once.
constexpr std::size_t unreadable_step = 4096;

std::size_t read_fully(int fd, char* into, std::size_t bytes, std::uint64_t offset) {
    std::size_t done = 0;
    while (done < bytes) {
        const auto got = ::pread(fd, into + done, bytes - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

}  // namespace

expected<segment_reader, std::error_code> segment_reader::open(const std::filesystem::path& path,
                                                               std::uint64_t position) {
    unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return unexpected(std::error_code(errno, std::generic_category()));
    return segment_reader(std::move(file), position);
}

std::string_view segment_reader::read_at(std::uint64_t offset, std::size_t bytes) {
    buffer_.resize(std::max(buffer_.size(), bytes));
    return {buffer_.data(), read_fully(file_.get(), buffer_.data(), bytes, offset)};
}

std::optional<parsed_header> segment_reader::header_at(std::uint64_t offset, std::uint64_t end) {
    const auto there = std::min<std::uint64_t>(end - offset, header_bytes_max);
    auto parsed = parse_header(read_at(offset, std::min(there, header_bytes_usual)));
    if (!parsed && parsed.error() == header_fault::incomplete && there > header_bytes_usual) {
        parsed = parse_header(read_at(offset, there));
    }
    if (!parsed || parsed->header.member_bytes > end - offset) return std::nullopt;
    return *std::move(parsed);
}

std::uint64_t segment_reader::next_header_after(std::uint64_t offset, std::uint64_t end) {
    std::string chunk;
    for (auto from = offset + 1; from < end;) {
        chunk = read_at(from, std::min<std::uint64_t>(scan_bytes, end - from));
        auto at = find_header(chunk, 0);
        for (; at != std::string::npos; at = find_header(chunk, at + 1)) {
            if (header_at(from + at, end)) return from + at;
        }
        from += chunk.empty() ? unreadable_step : chunk.size();
    }
    return end;
}

void segment_reader::pass_damage(std::uint64_t until) {
    if (!damage_.empty() && damage_.back().offset + damage_.back().bytes == position_) {
        damage_.back().bytes += until - position_;
    } else {
        damage_.push_back({.offset = position_, .bytes = until - position_});
    }
    position_ = until;
}

std::optional<parsed_header> segment_reader::peek(std::uint64_t end) {
    while (position_ < end) {
        if (auto parsed = header_at(position_, end)) return parsed;
        pass_damage(next_header_after(position_, end));
    }
    return std::nullopt;
}

bool segment_reader::load(const parsed_header& parsed, std::uint64_t end, std::string& member) {
    member.resize(parsed.header.member_bytes);
    const auto got = read_fully(file_.get(), member.data(), member.size(), position_);
    // The header is checked again: these are the bytes that go on, not those that peek() saw.
    const auto again = parse_header(member);
    if (got == member.size() && again && again->header.member_bytes == member.size() &&
        payload_intact(member, *again)) {
        skip(parsed);
        return true;
    }
    pass_damage(next_header_after(position_, end));
    return false;
}

}  // namespace relay::journal
