// Segments to write to. The sync thread prepares the next one ahead, its space reserved and its
// name on disk; the append thread takes it without waiting, and makes one on the spot only where
// it must.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment_file.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

namespace relay::journal {

class segment_supply {
public:
    segment_supply(disk& on, std::filesystem::path directory, std::uint64_t segment_bytes,
                   std::uint64_t first_number);

    /// Append thread: the prepared one, or null.
    [[nodiscard]] std::shared_ptr<segment_file> take();
    /// Append thread: a new one, nothing reserved, its name not yet synced.
    [[nodiscard]] expected<std::shared_ptr<segment_file>, std::error_code> create();

    /// Sync thread: prepares one where there is none. Without space to reserve it is made all the
    /// same: whether there is room is for the writes to find out.
    void prepare();
    /// Once both threads have ended: removes what was prepared for nothing.
    void discard();

private:
    [[nodiscard]] std::uint64_t next_number();

    disk& disk_;
    const std::filesystem::path directory_;
    const std::uint64_t segment_bytes_;

    std::mutex mutex_;
    std::uint64_t next_number_;
    std::uint64_t taken_number_ = 0;  // the highest that the append thread got
    std::shared_ptr<segment_file> prepared_;
    std::vector<std::shared_ptr<segment_file>> overtaken_;  // prepared, but a later one was used
};

}  // namespace relay::journal
