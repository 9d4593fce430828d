// Dead letters on disk: files of gzip members in `<journal>/dead`, each member a few JSON lines
// that were synced together. A new file when one is large, the oldest goes when there are too many.
// The writer belongs to the dead letters' thread; reading is anybody's, at any time.
#pragma once

#include "protocol/gzip_member.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/journal/disk.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace relay::journal {

struct dead_letter_file {
    std::uint64_t number = 0;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
};

/// Where the dead letters of the journal in `directory` are.
[[nodiscard]] std::filesystem::path dead_letters_in(const std::filesystem::path& directory);

/// Ascending: the oldest first.
[[nodiscard]] std::vector<dead_letter_file> list_dead_letters(
    const std::filesystem::path& dead_directory);

/// Calls `take` with every JSON line of the file, without its newline. A torn or damaged member is
/// passed over.
/// @returns the bytes that are no whole member.
std::uint64_t read_dead_letters(const std::filesystem::path& file,
                                const std::function<void(std::string_view)>& take);

class dead_letter_writer {
public:
    struct limits {
        std::uint64_t file_bytes = 4 << 20;
        std::uint64_t max_bytes = 256 << 20;  // of all files
    };
    /// What a call did to the oldest files.
    struct dropped {
        std::uint64_t files = 0;
        std::uint64_t lines = 0;
        std::uint64_t bytes = 0;
    };

    /// @param dead_directory made with the first letter
    dead_letter_writer(disk& on, std::filesystem::path dead_directory, limits bounds);

    /// Writes the lines as one member and syncs it: on disk when it returns without an error. On
    /// failure nothing of them is kept, and the next call begins a new file.
    /// @param gone what had to go for it, added to
    [[nodiscard]] std::error_code append(std::string_view lines, dropped& gone);

    /// Deletes every file.
    dropped clear();

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t files() const noexcept { return files_.size(); }

private:
    [[nodiscard]] std::error_code begin_file();
    [[nodiscard]] std::error_code write_member();
    void make_room(dropped& gone);
    void drop_oldest(dropped& gone);

    disk& disk_;
    const std::filesystem::path directory_;
    const limits limits_;
    std::deque<dead_letter_file> files_;  // ascending
    std::uint64_t bytes_ = 0;             // of all of them
    std::uint64_t next_number_ = 1;
    unique_fd open_;  // the newest file, where it is being written
    protocol::gzip_compressor compressor_;
    std::string member_;
};

}  // namespace relay::journal
