#include "relay/topology/vzdump_log.hpp"

#include "relay/base/rfc3339.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace relay::topology {
namespace {

// The lines are those of PVE::VZDump (exec_backup_task), of vma and of proxmox-backup-client:
//
//     INFO: Starting Backup of VM 100 (qemu)
//     INFO: Backup started at 2025-08-21 02:00:04
//     INFO: transferred 32.00 GiB in 122 seconds (268.6 MiB/s)            to a Backup Server
//     INFO: root.pxar: had to backup 479.821 MiB of 2.246 GiB (compressed 120.488 MiB) in 9.1 s
//     INFO: archive file size: 834MB                                      to a file
//     INFO: Finished Backup of VM 100 (00:01:12)
//     INFO: Backup finished at 2025-08-21 02:01:16
//     ERROR: Backup of VM 101 failed - unable to find VM '101'
//     INFO: Failed at 2025-08-21 02:01:17

constexpr std::size_t runs_max = 50'000;
constexpr std::int64_t zone_step_s = 15 * 60;

/// Moves `text` behind `word`, if it begins with it.
bool skip(std::string_view& text, std::string_view word) noexcept {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

template <class Number>
bool skip_number(std::string_view& text, Number& value) noexcept {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return true;
}

/// "834MB", "2.246 GiB", "1.2 TiB": all of them count in 1024.
std::optional<std::uint64_t> size_in(std::string_view text) noexcept {
    double value = 0;
    if (!skip_number(text, value) || !std::isfinite(value) || value < 0) return {};
    skip(text, " ");
    constexpr std::string_view units = "BKMGTP";
    const auto at = text.empty() ? 0 : units.find(text.front());
    if (at == std::string_view::npos) return {};
    const double bytes = std::ldexp(value, static_cast<int>(10 * at));
    if (bytes > 9'007'199'254'740'992.0) return {};
    return static_cast<std::uint64_t>(bytes);
}

/// "00:01:12", hours as many as it took, perhaps "1d " before it.
std::optional<double> duration_in(std::string_view text) noexcept {
    unsigned days = 0, hours = 0, minutes = 0, seconds = 0;
    auto rest = text;
    if (skip_number(rest, days) &&
        (skip(rest, "d ") || skip(rest, " days ") || skip(rest, " day ")))
        text = rest;
    else
        days = 0;
    if (!skip_number(text, hours) || !skip(text, ":") || !skip_number(text, minutes) ||
        !skip(text, ":") || !skip_number(text, seconds)) {
        return {};
    }
    return 86'400.0 * days + 3'600.0 * hours + 60.0 * minutes + seconds;
}

/// "2025-08-21 02:01:16" as if it were UTC; 0 where it is none.
std::int64_t local_time_in(std::string_view text) {
    const auto time_ns = parse_rfc3339(fmt::format("{}Z", text.substr(0, 19)));
    return time_ns.value_or(0) / 1'000'000'000;
}

class reading {
public:
    explicit reading(const task& of) : task_(of) {}

    void take(std::string_view line) {
        if (skip(line, "INFO: ")) {
            take_info(line);
        } else if (skip(line, "WARN: ")) {
            if (run_) has_warned_ = true;
        } else if (skip(line, "ERROR: Backup of VM ")) {
            take_failure(line);
        }
    }

    std::vector<guest_run> end() {
        if (run_ && task_.result == task_result::failed) finish(task_result::failed);
        give_times();
        return std::move(runs_);
    }

private:
    void take_info(std::string_view line) {
        std::string_view rest = line;
        if (skip(rest, "Starting Backup of VM ")) return begin(rest);
        if (skip(rest, "Finished Backup of VM ")) return take_success(rest);
        if (skip(rest, "Backup finished at ") || skip(rest, "Failed at ")) return take_end(rest);
        if (!run_) return;
        if (skip(rest, "archive file size: ")) {
            archive_bytes_ = size_in(rest);
        } else if (skip(rest, "transferred ")) {
            read_bytes_ = size_in(rest);
        } else if (const auto at = line.find(": had to backup "); at != std::string_view::npos) {
            take_pxar(line.substr(at));
        }
    }

    /// A container is one archive per mount point; what it was read of is their sum.
    void take_pxar(std::string_view line) {
        const auto of = line.find(" of ");
        if (of == std::string_view::npos) return;
        if (const auto bytes = size_in(line.substr(of + 4)))
            read_bytes_ = read_bytes_.value_or(0) + *bytes;
    }

    void begin(std::string_view rest) {
        if (run_) finish(task_result::failed);  // it said nothing more: vzdump went on
        std::uint32_t vmid = 0;
        if (!skip_number(rest, vmid)) return;
        run_ = guest_run{
            .id = {rest.starts_with(" (lxc)") ? guest_kind::lxc : guest_kind::qemu, vmid}};
        has_warned_ = false;
        archive_bytes_.reset();
        read_bytes_.reset();
    }

    void take_success(std::string_view rest) {
        std::uint32_t vmid = 0;
        if (!run_ || !skip_number(rest, vmid) || vmid != run_->id.vmid) return;
        if (skip(rest, " (")) run_->duration_s = duration_in(rest);
        run_->size_bytes = archive_bytes_ ? archive_bytes_ : read_bytes_;
        finish(has_warned_ ? task_result::warnings : task_result::ok);
    }

    void take_failure(std::string_view rest) {
        std::uint32_t vmid = 0;
        if (run_ && skip_number(rest, vmid) && vmid == run_->id.vmid) finish(task_result::failed);
    }

    /// Stands behind the line that says how the run ended.
    void take_end(std::string_view rest) {
        if (run_ || runs_.empty() || runs_.back().ended_s != 0) return;
        runs_.back().ended_s = local_time_in(rest);
    }

    void finish(task_result result) {
        run_->result = result;
        if (runs_.size() < runs_max) runs_.push_back(*run_);
        run_.reset();
    }

    /// The last guest's end is within seconds of the task's, whatever the node's zone.
    void give_times() {
        std::int64_t last = 0;
        for (const auto& run : runs_)
            last = std::max(last, run.ended_s);
        const auto steps = std::llround(static_cast<double>(last - task_.ended_s) /
                                        static_cast<double>(zone_step_s));
        const auto earliest = std::min(task_.started_s, task_.ended_s);
        for (auto& run : runs_) {
            const auto ended = run.ended_s == 0 ? task_.ended_s : run.ended_s - steps * zone_step_s;
            run.ended_s = std::clamp<std::int64_t>(ended, earliest, task_.ended_s);
        }
    }

    const task& task_;
    std::vector<guest_run> runs_;
    std::optional<guest_run> run_;  // the one that is read
    bool has_warned_ = false;
    std::optional<std::uint64_t> archive_bytes_, read_bytes_;
};

}  // namespace

std::vector<guest_run> read_vzdump_log(std::string_view log, const task& of) {
    reading all(of);
    while (!log.empty()) {
        const auto end = std::min(log.find('\n'), log.size());
        all.take(log.substr(0, end));
        log.remove_prefix(std::min(end + 1, log.size()));
    }
    return all.end();
}

}  // namespace relay::topology
