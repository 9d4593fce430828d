#include "relay/topology/task_book.hpp"

#include "relay/topology/vzdump_log.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace relay::topology {
namespace {

constexpr std::int64_t day_s = 86'400;
/// Older failures are history, not news; so a mark need not be kept for longer either.
constexpr std::int64_t failures_age_max_s = day_s;
/// Monthly backups are seen by a relay that is new; Proxmox keeps about 2,000 tasks per node.
constexpr std::int64_t backups_age_max_s = 40 * day_s;
constexpr std::size_t logs_max = 1'000;
constexpr std::size_t marks_max = 16'384;
/// Proxmox has some 60 types of task.
constexpr std::size_t task_types_max = 200;

enum class deed : char { counted = 'c', log_read = 'l' };

// 64-bit FNV-1a (Fowler, Noll, Vo): stable across restarts, and nobody gains by a collision.
std::uint64_t mark_of(deed done, std::string_view upid) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](char c) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    };
    add(static_cast<char>(done));
    for (const char c : upid)
        add(c);
    return hash;
}

bool is_marked(const snapshot& all, std::uint64_t mark) {
    return std::ranges::binary_search(all.tasks_done, mark, {}, &task_mark::mark);
}

void set_mark(snapshot& into, std::uint64_t mark, std::int64_t ended_s) {
    auto& marks = into.tasks_done;
    const auto at = std::ranges::lower_bound(marks, mark, {}, &task_mark::mark);
    if (at == marks.end() || at->mark != mark) marks.insert(at, {mark, ended_s});
    if (marks.size() > marks_max)
        marks.erase(std::ranges::min_element(marks, {}, &task_mark::ended_s));
}

void drop_old_marks(snapshot& into, std::int64_t now_s) {
    std::erase_if(into.tasks_done, [now_s](const task_mark& one) {
        return one.ended_s < now_s - backups_age_max_s;
    });
}

void count_failure(snapshot& into, const task& failed, std::int64_t now_s) {
    const auto mark = mark_of(deed::counted, failed.upid);
    const bool is_news =
        failed.ended_s >= into.failures_since_s && failed.ended_s >= now_s - failures_age_max_s;
    if (!is_news || is_marked(into, mark)) return;
    const auto at = into.failures.find(failed.type);
    if (at == into.failures.end() && into.failures.size() >= task_types_max) return;
    ++into.failures[failed.type];
    set_mark(into, mark, failed.ended_s);
}

std::string_view word_for(task_result result) noexcept {
    switch (result) {
        case task_result::ok:
            return "ok";
        case task_result::warnings:
            return "warnings";
        case task_result::failed:
            return "failed";
        case task_result::none_yet:
            break;
    }
    return {};
}

/// Runs may be told in any order: only what is newer replaces.
void set_backup(guest& of, const guest_run& run) {
    auto backup = of.backup.value_or(guest_backup{});
    if (run.ended_s >= backup.last_run_s.value_or(0)) {
        backup.last_run_s = run.ended_s;
        backup.last_result = word_for(run.result);
    }
    if (run.result != task_result::failed && run.ended_s >= backup.last_success_s.value_or(0)) {
        backup.last_success_s = run.ended_s;
        backup.duration_s = run.duration_s;
        backup.size_bytes = run.size_bytes;
    }
    of.backup = std::move(backup);
}

void set_backup(snapshot& into, const guest_run& run) {
    if (run.result == task_result::none_yet) return;
    const auto at = std::ranges::find(into.guests, run.id, &guest::id);
    if (at != into.guests.end()) set_backup(*at, run);
}

}  // namespace

void task_book::take(snapshot& into, const std::vector<task>& tasks, std::int64_t now_s) {
    if (into.failures_since_s == 0) into.failures_since_s = now_s;
    drop_old_marks(into, now_s);
    for (const auto& one : tasks) {
        if (one.ended_s == 0) continue;
        if (one.result == task_result::failed) count_failure(into, one, now_s);
        if (one.type == "vzdump") want_log(into, one, now_s);
    }
    list_calls();
}

void task_book::want_log(const snapshot& of, const task& run, std::int64_t now_s) {
    // Before the guests are known the log would be read for nobody; the run is listed again.
    if (of.taken_s == 0 || run.node.empty() || run.ended_s < now_s - backups_age_max_s) return;
    if (is_marked(of, mark_of(deed::log_read, run.upid))) return;
    runs_.try_emplace(run.upid, run);
    if (runs_.size() <= logs_max) return;
    runs_.erase(std::ranges::min_element(runs_, {},
                                         [](const auto& entry) { return entry.second.ended_s; }));
}

void task_book::take_log(snapshot& into, const std::string& upid, std::string_view log) {
    const auto run = settle(into, upid);
    if (!run) return;
    for (const auto& one : read_vzdump_log(log, *run))
        set_backup(into, one);
}

void task_book::give_up_log(snapshot& into, const std::string& upid) {
    const auto run = settle(into, upid);
    if (!run) return;
    std::uint32_t vmid = 0;
    std::from_chars(run->id.data(), run->id.data() + run->id.size(), vmid);
    // A run skips guests of other nodes and calls that a success.
    const auto* about = into.find_guest(vmid);
    if (about == nullptr || about->node != run->node) return;
    set_backup(into, {.id = about->id,
                      .result = run->result,
                      .ended_s = run->ended_s,
                      .duration_s = static_cast<double>(run->ended_s - run->started_s)});
}

std::optional<task> task_book::settle(snapshot& into, const std::string& upid) {
    auto found = runs_.extract(upid);
    if (found.empty()) return {};
    list_calls();
    set_mark(into, mark_of(deed::log_read, upid), found.mapped().ended_s);
    return std::move(found.mapped());
}

void task_book::list_calls() {
    std::vector<const task*> newest_first;
    for (const auto& [upid, run] : runs_)
        newest_first.push_back(&run);
    std::ranges::stable_sort(newest_first, std::greater{}, &task::ended_s);
    calls_.clear();
    for (const auto* run : newest_first)
        calls_.push_back({.what = ask::task_log, .node = run->node, .upid = run->upid});
}

}  // namespace relay::topology
