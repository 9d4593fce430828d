// The backups of a simulated cluster: every node's job at two o'clock (UTC), guest after guest, and
// the runs of a scenario; with what vzdump writes about them. Pure.
#pragma once

#include "relay/simulate/moment.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::simulate {

enum class backup_result : std::uint8_t { ok, warnings, failed };

struct guest_run {
    std::uint32_t vmid = 0;
    guest_kind kind = guest_kind::qemu;
    std::string name{};
    std::int64_t begin = 0, end = 0;
    backup_result result = backup_result::ok;
    std::uint64_t bytes = 0;
};

/// One task of vzdump: of one guest, or of many.
struct backup_run {
    std::vector<guest_run> guests{};  // at least one
    bool is_job = false;              // of all guests of the node's job
    [[nodiscard]] std::int64_t begin() const { return guests.front().begin; }
    [[nodiscard]] std::int64_t end() const { return guests.back().end; }
    /// "OK", "WARNINGS: 2", "job errors"
    [[nodiscard]] std::string status() const;
};

/// Whether the nightly job has it.
[[nodiscard]] bool is_in_backup_job(const guest& it) noexcept;

/// The runs of the node at `index` that overlap [from, until], in the order of time.
[[nodiscard]] std::vector<backup_run> backup_runs(const simulated_cluster& of, std::size_t index,
                                                  std::int64_t from, std::int64_t until);

/// Those that a run is at work on in that second: they are locked.
[[nodiscard]] std::vector<std::uint32_t> guests_in_backup(const simulated_cluster& of,
                                                          std::int64_t second);

/// What vzdump has written by that second.
[[nodiscard]] std::vector<std::string> backup_log(const backup_run& run, std::int64_t second);

}  // namespace relay::simulate
