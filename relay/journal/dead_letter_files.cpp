#include "relay/journal/dead_letter_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace relay::journal {
namespace {

constexpr std::string_view suffix = ".jsonl.gz";
// A line of 1 MiB, every byte of it escaped as "\\xNN", and company.
constexpr std::size_t member_text_bytes_max = 16 << 20;
// A file is closed at 4 MiB; its last member may be longer.
constexpr std::uint64_t file_bytes_max = 64 << 20;

std::optional<std::uint64_t> number_of(const std::filesystem::path& path) {
    const auto name = path.filename().string();
    if (!name.ends_with(suffix)) return {};
    const auto* const end = name.data() + name.size() - suffix.size();
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(name.data(), end, number);
    if (error != std::errc{} || stop != end || number == 0) return {};
    return number;
}

std::string content_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    if (error || bytes > file_bytes_max) return {};
    std::string content(bytes, '\0');
    std::ifstream in(file, std::ios::binary);
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    return content;
}

/// What is inflated at once grows with need: room is made for six times of it.
expected<std::size_t, protocol::gzip_errc> inflate_front(std::string_view rest, std::string& text) {
    for (std::size_t window = 4 << 10;; window *= 16) {
        const auto taken =
            protocol::inflate_member(rest.substr(0, window), member_text_bytes_max, text);
        if (taken || window >= rest.size()) return taken;
        if (taken.error() != protocol::gzip_errc::truncated) return taken;
    }
}

void take_lines(std::string_view text, const std::function<void(std::string_view)>& take) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        take(line);
    }
}

}  // namespace

std::filesystem::path dead_letters_in(const std::filesystem::path& directory) {
    return directory / "dead";
}

std::vector<dead_letter_file> list_dead_letters(const std::filesystem::path& dead_directory) {
    std::vector<dead_letter_file> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(dead_directory, error)) {
        const auto number = number_of(entry.path());
        if (!number || !entry.is_regular_file(error)) continue;
        const auto bytes = entry.file_size(error);
        if (!error) found.push_back({.number = *number, .path = entry.path(), .bytes = bytes});
    }
    std::ranges::sort(found, {}, &dead_letter_file::number);
    return found;
}

std::uint64_t read_dead_letters(const std::filesystem::path& file,
                                const std::function<void(std::string_view)>& take) {
    const auto content = content_of(file);
    std::uint64_t damaged = 0;
    std::string text;
    for (std::string_view rest = content; !rest.empty();) {
        text.clear();
        const auto taken = inflate_front(rest, text);
        if (taken) {
            take_lines(text, take);
            rest.remove_prefix(*taken);
            continue;
        }
        const auto next = std::min(rest.find("\x1f\x8b\x08", 1), rest.size());
        damaged += next;
        rest.remove_prefix(next);
    }
    return damaged;
}

dead_letter_writer::dead_letter_writer(disk& on, std::filesystem::path dead_directory,
                                       limits bounds)
    : disk_(on),
      directory_(std::move(dead_directory)),
      limits_(bounds) {
    for (auto& file : list_dead_letters(directory_)) {
        bytes_ += file.bytes;
        next_number_ = file.number + 1;
        files_.push_back(std::move(file));
    }
}

std::error_code dead_letter_writer::append(std::string_view lines, dropped& gone) {
    member_.clear();
    compressor_.compress(lines, {}, member_);
    if (open_ && files_.back().bytes + member_.size() > limits_.file_bytes) open_.reset();
    make_room(gone);
    auto error = write_member();
    // A new file may lie on a good part of the disk; a full one has room once the oldest is gone.
    if (error) error = write_member();
    if (is_full(error) && !files_.empty()) {
        drop_oldest(gone);
        error = write_member();
    }
    return error;
}

std::error_code dead_letter_writer::begin_file() {
    std::error_code error;
    if (std::filesystem::create_directories(directory_, error)) {
        error = disk_.sync_directory(directory_.parent_path());
    }
    if (error) return error;
    auto path = directory_ / fmt::format("{:010}{}", next_number_, suffix);
    auto opened = disk_.open(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!opened) return opened.error();
    open_ = *std::move(opened);
    files_.push_back({.number = next_number_++, .path = std::move(path), .bytes = 0});
    return disk_.sync_directory(directory_);
}

std::error_code dead_letter_writer::write_member() {
    std::error_code error;
    if (!open_) error = begin_file();
    if (!error) {
        const auto written = disk_.write_at(open_.get(), member_, files_.back().bytes);
        error = written ? std::error_code() : written.error();
        // A regular file takes less than it is given where the disk is full.
        if (written && *written != member_.size()) {
            error = make_error_code(std::errc::no_space_on_device);
        }
        if (!error) error = disk_.sync(open_.get());
    }
    if (!error) {
        files_.back().bytes += member_.size();
        bytes_ += member_.size();
        return error;
    }
    // What a failed write or sync left may be anything: it is cut off, or read as damage.
    if (open_) static_cast<void>(disk_.cut(open_.get(), files_.back().bytes));
    if (open_ && files_.back().bytes == 0) {
        static_cast<void>(disk_.remove(files_.back().path));
        files_.pop_back();
    }
    open_.reset();
    return error;
}

void dead_letter_writer::make_room(dropped& gone) {
    const std::size_t kept = open_ ? 1 : 0;
    while (files_.size() > kept && bytes_ + member_.size() > limits_.max_bytes)
        drop_oldest(gone);
}

void dead_letter_writer::drop_oldest(dropped& gone) {
    const auto& oldest = files_.front();
    if (open_ && files_.size() == 1) open_.reset();
    read_dead_letters(oldest.path, [&gone](std::string_view) { ++gone.lines; });
    static_cast<void>(disk_.remove(oldest.path));
    ++gone.files;
    gone.bytes += oldest.bytes;
    bytes_ -= oldest.bytes;
    files_.pop_front();
}

dead_letter_writer::dropped dead_letter_writer::clear() {
    dropped gone;
    while (!files_.empty())
        drop_oldest(gone);
    return gone;
}

}  // namespace relay::journal
