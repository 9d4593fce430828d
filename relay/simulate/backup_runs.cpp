#include "relay/simulate/backup_runs.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace relay::simulate {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t job_hour = 2 * 3'600;
constexpr std::int64_t job_seconds_max = 6 * 3'600;  // what is left then waits for the next night
constexpr std::int64_t guest_seconds_max = 90;
constexpr std::uint64_t mib = 1ull << 20;

// What a key is drawn for.
enum draw : std::uint64_t { in_job = 700, duration, result, bytes };

std::uint64_t bytes_of(const guest& it, std::int64_t at) {
    return level_at(mix(it.own, bytes), it.disk_bytes / 64, it.disk_bytes / 8, at) / mib * mib;
}

backup_result drawn_result(const guest& it, std::int64_t at) {
    const auto drawn = level_at(mix(it.own, result), 0, 39, at);
    if (drawn == 0) return backup_result::failed;
    return drawn <= 2 ? backup_result::warnings : backup_result::ok;
}

guest_run run_of(const guest& it, std::int64_t begin, std::int64_t lasts, backup_result result) {
    return {.vmid = it.vmid,
            .kind = it.kind,
            .name = it.name,
            .begin = begin,
            .end = begin + lasts,
            .result = result,
            .bytes = bytes_of(it, begin)};
}

/// The job of a node whose guests are those of `then`, the second that all jobs begin at; none
/// where the node was not there.
std::optional<backup_run> nightly_run(const moment& then, std::size_t index) {
    if (!then.nodes[index].is_online()) return {};
    auto guests = then.shown.nodes[index].guests;
    std::ranges::sort(guests, {}, &guest::vmid);
    backup_run run{.is_job = true};
    auto at = then.second;
    for (const auto& it : guests) {
        if (!is_in_backup_job(it)) continue;
        const auto lasts = static_cast<std::int64_t>(
            level_at(mix(it.own, duration), 5, guest_seconds_max, then.second));
        if (at + lasts > then.second + job_seconds_max) break;
        run.guests.push_back(run_of(it, at, lasts, drawn_result(it, then.second)));
        at += lasts + 1;
    }
    if (run.guests.empty()) return {};
    return run;
}

/// The seconds at which jobs begin that may be at work in [from, until].
std::vector<std::int64_t> job_begins(std::int64_t from, std::int64_t until) {
    std::vector<std::int64_t> begins;
    for (auto begin = (from / day - 1) * day + job_hour; begin <= until; begin += day) {
        if (begin + job_seconds_max >= from) begins.push_back(begin);
    }
    return begins;
}

backup_result result_named(std::string_view name) {
    if (name == "failed") return backup_result::failed;
    return name == "warnings" ? backup_result::warnings : backup_result::ok;
}

/// A run that the scenario asks for, where the guest is on that node then.
std::optional<backup_run> told_run(const simulated_cluster& of, std::size_t index,
                                   const event& told) {
    const auto second = of.begin + told.second;
    const auto where = whereabouts_of(of, told.vmid, second);
    if (!where || where->node != index) return {};
    const auto then = moment_without_locks(of, second);
    const auto& guests = then.shown.nodes[index].guests;
    const auto it = std::ranges::find(guests, told.vmid, &guest::vmid);
    if (it == guests.end()) return {};
    return backup_run{.guests = {run_of(*it, second, told.lasts, result_named(told.text))}};
}

std::string date_text(std::int64_t second) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(second)));
}

std::string span_text(std::int64_t seconds) {
    return fmt::format("{:02}:{:02}:{:02}", seconds / 3'600, seconds / 60 % 60, seconds % 60);
}

double gib(std::uint64_t size) {
    return static_cast<double>(size) / static_cast<double>(1024 * mib);
}

void append_begin(std::vector<std::string>& log, const guest_run& it) {
    const bool is_qemu = it.kind == guest_kind::qemu;
    log.push_back(
        fmt::format("INFO: Starting Backup of VM {} ({})", it.vmid, is_qemu ? "qemu" : "lxc"));
    log.push_back("INFO: Backup started at " + date_text(it.begin));
    log.emplace_back("INFO: status = running");
    log.push_back(fmt::format("INFO: {} Name: {}", is_qemu ? "VM" : "CT", it.name));
    log.emplace_back("INFO: backup mode: snapshot");
    log.emplace_back("INFO: ionice priority: 7");
}

void append_end(std::vector<std::string>& log, const guest_run& it) {
    if (it.result == backup_result::failed) {
        log.push_back(
            fmt::format("ERROR: Backup of VM {} failed - backup write data failed", it.vmid));
        log.push_back("INFO: Failed at " + date_text(it.end));
        return;
    }
    const auto lasts = std::max<std::int64_t>(1, it.end - it.begin);
    const auto speed =
        static_cast<double>(it.bytes) / static_cast<double>(mib) / static_cast<double>(lasts);
    if (it.result == backup_result::warnings)
        log.emplace_back("WARN: unable to freeze guest filesystem - guest agent did not answer");
    if (it.kind == guest_kind::qemu) {
        log.push_back(fmt::format("INFO: transferred {:.2f} GiB in {} seconds ({:.1f} MiB/s)",
                                  gib(it.bytes), lasts, speed));
    }
    log.push_back(fmt::format("INFO: archive file size: {:.2f}GB", gib(it.bytes)));
    log.push_back(fmt::format("INFO: Finished Backup of VM {} ({})", it.vmid, span_text(lasts)));
    log.push_back("INFO: Backup finished at " + date_text(it.end));
}

void append_verdict(std::vector<std::string>& log, const backup_run& run) {
    const auto status = run.status();
    const bool has_failed = status == "job errors";
    log.emplace_back(has_failed ? "INFO: Backup job finished with errors"
                                : "INFO: Backup job finished successfully");
    if (has_failed) {
        log.emplace_back("TASK ERROR: job errors");
    } else {
        log.push_back("TASK " + status);
    }
}

}  // namespace

std::string backup_run::status() const {
    const auto failed = std::ranges::count(guests, backup_result::failed, &guest_run::result);
    const auto warned = std::ranges::count(guests, backup_result::warnings, &guest_run::result);
    if (failed > 0) return "job errors";
    return warned > 0 ? fmt::format("WARNINGS: {}", warned) : "OK";
}

bool is_in_backup_job(const guest& it) noexcept {
    return it.state != guest_state::template_image && mix(it.own, in_job) % 8 != 0;
}

std::vector<backup_run> backup_runs(const simulated_cluster& of, std::size_t index,
                                    std::int64_t from, std::int64_t until) {
    std::vector<backup_run> runs;
    const auto add = [&](std::optional<backup_run> run) {
        if (run && run->begin() <= until && run->end() >= from) runs.push_back(std::move(*run));
    };
    for (const auto begin : job_begins(from, until))
        add(nightly_run(moment_without_locks(of, begin), index));
    for (const auto& told : of.course.events) {
        if (told.kind == event_kind::backup) add(told_run(of, index, told));
    }
    std::ranges::stable_sort(runs, {}, &backup_run::begin);
    return runs;
}

std::vector<std::uint32_t> guests_in_backup(const simulated_cluster& of, std::int64_t second) {
    std::vector<std::uint32_t> locked;
    const auto note = [&](const std::optional<backup_run>& run) {
        if (!run) return;
        for (const auto& it : run->guests) {
            if (it.begin <= second && second < it.end) locked.push_back(it.vmid);
        }
    };
    for (const auto begin : job_begins(second, second)) {
        const auto then = moment_without_locks(of, begin);
        for (std::size_t i = 0; i < then.nodes.size(); ++i)
            note(nightly_run(then, i));
    }
    for (const auto& told : of.course.events) {
        if (told.kind != event_kind::backup) continue;
        const auto from = of.begin + told.second;
        if (second < from || second >= from + told.lasts) continue;
        for (std::size_t i = 0; i < of.base.nodes.size(); ++i)
            note(told_run(of, i, told));
    }
    return locked;
}

std::vector<std::string> backup_log(const backup_run& run, std::int64_t second) {
    std::vector<std::string> log{
        run.is_job ? "INFO: starting new backup job: vzdump --all 1 --mode snapshot --quiet 1"
                   : fmt::format("INFO: starting new backup job: vzdump {} --mode snapshot",
                                 run.guests.front().vmid)};
    for (const auto& it : run.guests) {
        if (second >= it.begin) append_begin(log, it);
        if (second >= it.end) append_end(log, it);
    }
    if (second >= run.end()) append_verdict(log, run);
    return log;
}

}  // namespace relay::simulate
