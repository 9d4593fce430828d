#include "relay/journal/cursor_file.hpp"

#include "relay/journal/cursor_slot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace relay::journal {
namespace {

constexpr std::size_t readable_name_bytes_max = 40;

bool is_safe(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

// 64-bit FNV-1a (Fowler, Noll, Vo): keeps names apart that look alike once made safe.
std::uint64_t fnv1a(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return hash;
}

std::string read_slot(int fd, int slot) {
    std::string bytes(cursor_slot_bytes, '\0');
    const auto at = static_cast<off_t>(slot * static_cast<off_t>(cursor_slot_bytes));
    const auto got = ::pread(fd, bytes.data(), bytes.size(), at);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

}  // namespace

std::filesystem::path cursor_file_name(std::string_view sink) {
    std::string readable(sink.substr(0, readable_name_bytes_max));
    std::replace_if(
        readable.begin(), readable.end(), [](char c) { return !is_safe(c); }, '_');
    return fmt::format("{}-{:016x}.cursor", readable, fnv1a(sink));
}

cursor_file::cursor_file(disk& on, std::filesystem::path directory, std::string sink)
    : disk_(on),
      directory_(std::move(directory)),
      sink_(std::move(sink)) {}

cursor_file::found cursor_file::load() {
    const auto path = directory_ / cursor_file_name(sink_);
    const unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return found::none;
    auto result = found::damaged;
    for (int slot = 0; slot < 2; ++slot) {
        auto decoded = decode_cursor(sink_, read_slot(file.get(), slot));
        if (!decoded) {
            damage_ = std::move(decoded.error());
            continue;
        }
        if (result == found::valid && decoded->generation <= generation_) continue;
        result = found::valid;
        position_ = std::move(decoded->position);
        generation_ = decoded->generation;
        slots_.with([slot](slots& s) { s.next = 1 - slot; });
    }
    return result;
}

std::error_code cursor_file::open() {
    if (file_) return {};
    auto opened = disk_.open(directory_ / cursor_file_name(sink_), O_RDWR | O_CREAT);
    if (!opened) return opened.error();
    file_ = *std::move(opened);
    return {};
}

std::error_code cursor_file::write(const cursor& position) {
    position_ = position;
    if (const auto error = open()) return error;
    const auto slot = slots_.with([](slots& s) {
        ++s.begun;
        return s.next;
    });
    const auto bytes = encode_cursor(sink_, position, ++generation_);
    const auto at = static_cast<std::uint64_t>(slot) * cursor_slot_bytes;
    const auto written = disk_.write_at(file_.get(), bytes, at);
    slots_.with([](slots& s) { ++s.ended; });
    if (!written) return written.error();
    if (*written != bytes.size()) return make_error_code(std::errc::io_error);
    return {};
}

std::error_code cursor_file::sync() {
    const auto before = slots_.with([](const slots& s) { return s; });
    if (before.synced == before.begun) return {};
    if (const auto error = disk_.sync(file_.get())) return error;
    if (!name_synced_) {
        if (const auto error = disk_.sync_directory(directory_)) return error;
        name_synced_ = true;
    }
    slots_.with([&before](slots& s) {
        // A write that was under way may be torn or missing on disk: its slot is not the safe one.
        if (before.begun != before.ended || s.begun != before.begun) return;
        if (s.synced == s.begun) return;  // someone else was as fast
        s.synced = s.begun;
        s.next = 1 - s.next;
    });
    return {};
}

}  // namespace relay::journal
