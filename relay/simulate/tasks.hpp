// The tasks of a simulated node: backups, what a scenario does to its guests, a daily update of the
// package lists. Pure.
#pragma once

#include "relay/simulate/backup_runs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace relay::simulate {

struct task {
    std::string node{};
    std::string type{};  // "vzdump", "qmigrate", …
    std::string id{};    // a guest's number, or empty
    std::string user{};
    std::uint32_t pid = 0, pstart = 0;
    std::int64_t begin = 0, end = 0;
    std::string status{};             // once it has ended
    std::optional<backup_run> run{};  // of a vzdump
    [[nodiscard]] std::string upid() const;
};

/// Those of the node at `index` that began in [from, until], the newest first.
[[nodiscard]] std::vector<task> tasks_of(const simulated_cluster& of, std::size_t index,
                                         std::int64_t from, std::int64_t until);

}  // namespace relay::simulate
