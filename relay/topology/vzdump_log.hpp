// What a log of vzdump says of each guest it backed up. One task may be about hundreds of guests,
// and its own result tells only whether all went well. Pure.
#pragma once

#include "relay/topology/api_reply.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace relay::topology {

struct guest_run {
    guest_id id{};
    task_result result = task_result::none_yet;  // none_yet: it was still running
    std::int64_t ended_s = 0;
    std::optional<double> duration_s{};
    /// Of the archive where it is a file; on a Proxmox Backup Server what was read of the guest.
    std::optional<std::uint64_t> size_bytes{};
};

/// `log`: lines as read_task_log() gives them; `of`: the task that wrote them. A guest that was
/// begun and never ended failed if the task did. Times in a log are local to the node and name no
/// zone: the zone follows from when the task ended, to a quarter of an hour.
[[nodiscard]] std::vector<guest_run> read_vzdump_log(std::string_view log, const task& of);

}  // namespace relay::topology
