// A sink's cursor on disk: two slots in one small file (docs/journal-format.md). A write is in the
// kernel when it returns; sync() brings it to disk. The slot that was synced last is never the one
// that is written, so whatever a power cut tears, a whole one remains.
//
// write() belongs to the sink's delivery thread; sync() to the journal's sync thread, and to
// whoever ends the subscription.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/journal/cursor.hpp"
#include "relay/journal/disk.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::journal {

/// The file's name, safe whatever the sink's name is.
[[nodiscard]] std::filesystem::path cursor_file_name(std::string_view sink);

class cursor_file {
public:
    enum class found : std::uint8_t { none, valid, damaged };

    cursor_file(disk& on, std::filesystem::path directory, std::string sink);

    /// Reads what the last run left. `position()` is that, or 0.
    [[nodiscard]] found load();
    [[nodiscard]] const cursor& position() const noexcept { return position_; }
    /// Why load() found it damaged.
    [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

    /// On failure the file holds what it held, and the next write tries again.
    [[nodiscard]] std::error_code write(const cursor& position);

    /// Nothing where all is on disk already.
    [[nodiscard]] std::error_code sync();

private:
    struct slots {
        int next = 0;             // which of the two is written
        std::uint64_t begun = 0;  // writes
        std::uint64_t ended = 0;
        std::uint64_t synced = 0;  // begun, when the last sync was complete
    };

    [[nodiscard]] std::error_code open();

    disk& disk_;
    const std::filesystem::path directory_;
    const std::string sink_;

    // The delivery thread's.
    cursor position_;
    std::uint64_t generation_ = 0;
    std::string damage_;

    // Both threads': set once by the first write, before `begun` says that there is one.
    unique_fd file_;
    locked<slots> slots_;

    std::atomic<bool> name_synced_{false};
};

}  // namespace relay::journal
