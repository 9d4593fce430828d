#include "relay/simulate/tasks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace relay::simulate {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::int64_t update_hour = 4 * 3'600;
constexpr std::int64_t event_seconds = 2;  // what starting, stopping and migrating take

task made_task(const node& at, std::string_view type, std::string id, std::int64_t begin,
               std::int64_t end) {
    const auto own = mix(mix(at.own, static_cast<std::uint64_t>(begin)), type.size() + id.size());
    return {.node = at.name,
            .type = std::string(type),
            .id = std::move(id),
            .user = "root@pam",
            .pid = static_cast<std::uint32_t>(between(own, 1'000, 4'000'000)),
            .pstart = static_cast<std::uint32_t>(between(mix(own, 1), 1'000'000, 900'000'000)),
            .begin = begin,
            .end = end,
            .status = "OK"};
}

task backup_task(const node& at, backup_run run) {
    const auto& first = run.guests.front();
    auto made = made_task(at, "vzdump", run.is_job ? "" : std::to_string(first.vmid), run.begin(),
                          run.end());
    made.status = run.status();
    made.run = std::move(run);
    return made;
}

task update_task(const node& at, std::int64_t begin) {
    auto made = made_task(at, "aptupdate", "", begin, begin + 7);
    if (level_at(mix(at.own, 800), 0, 9, begin) == 0)
        made.status = "command 'apt-get update' failed: exit code 100";
    return made;
}

std::string_view guest_task(event_kind what, bool is_qemu) {
    switch (what) {
        case event_kind::migrate:
            return is_qemu ? "qmigrate" : "vzmigrate";
        case event_kind::start:
            return is_qemu ? "qmstart" : "vzstart";
        case event_kind::stop:
            return is_qemu ? "qmstop" : "vzstop";
        case event_kind::remove:
            return is_qemu ? "qmdestroy" : "vzdestroy";
        default:
            return {};
    }
}

/// A task of node `at` that the scenario's event is, or was done by.
std::optional<task> event_task(const simulated_cluster& of, std::size_t index, const event& it) {
    const auto begin = of.begin + it.second;
    const auto& at = of.base.nodes[index];
    if (it.kind == event_kind::task && it.node == at.name) {
        const auto type_end = std::min(it.text.find(' '), it.text.size());
        auto made = made_task(at, it.text.substr(0, type_end), "", begin, begin);
        made.status = it.text.substr(std::min(type_end + 1, it.text.size()));
        return made;
    }
    if (guest_task(it.kind, true).empty()) return {};
    // It is where the guest was just before.
    const auto before = whereabouts_of(of, it.vmid, begin - 1);
    if (!before || before->node != index) return {};
    const bool is_qemu = before->kind == guest_kind::qemu;
    return made_task(at, guest_task(it.kind, is_qemu), std::to_string(it.vmid), begin,
                     begin + event_seconds);
}

}  // namespace

std::string task::upid() const {
    return fmt::format("UPID:{}:{:08X}:{:08X}:{:08X}:{}:{}:{}:", node, pid, pstart, begin, type, id,
                       user);
}

std::vector<task> tasks_of(const simulated_cluster& of, std::size_t index, std::int64_t from,
                           std::int64_t until) {
    const auto& at = of.base.nodes[index];
    std::vector<task> all;
    for (auto& run : backup_runs(of, index, from, until))
        all.push_back(backup_task(at, std::move(run)));
    for (auto midnight = from / day * day; midnight + update_hour <= until; midnight += day)
        all.push_back(update_task(at, midnight + update_hour));
    for (const auto& it : of.course.events) {
        if (it.second == std::numeric_limits<std::int64_t>::min()) continue;
        if (auto made = event_task(of, index, it)) all.push_back(std::move(*made));
    }
    std::erase_if(all, [&](const task& it) { return it.begin < from || it.begin > until; });
    std::ranges::stable_sort(all, std::greater<>{}, &task::begin);
    return all;
}

}  // namespace relay::simulate
