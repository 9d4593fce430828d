// Writes records behind one another into one segment. Owned by the append thread. When append()
// returns without error the record is in the kernel; making it durable is the sync thread's work.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment_file.hpp"

#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::journal {

class segment_writer {
public:
    segment_writer(disk& to, std::shared_ptr<segment_file> file) noexcept
        : disk_(&to),
          file_(std::move(file)) {}

    /// @returns where the record begins. After a failure, a short write included, bytes() is still
    /// the last good offset, but more may stand in the file: cut_back(), and write no further.
    [[nodiscard]] expected<std::uint64_t, std::error_code> append(std::string_view member);

    /// Removes what a failed write left behind the last good offset.
    [[nodiscard]] std::error_code cut_back();

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] const std::shared_ptr<segment_file>& file() const noexcept { return file_; }

private:
    disk* disk_;
    std::shared_ptr<segment_file> file_;
    std::uint64_t bytes_ = 0;
};

}  // namespace relay::journal
