// What tasks tell: how many failed, and how each guest's last backups went. A task is counted once,
// however many answers list it and however often the relay restarts; a backup run's log is wanted
// once, because only it says which guests a run was about and how large they are.
//
// What must outlive a restart is in the snapshot; here is only what is under way. Topology thread.
#pragma once

#include "relay/topology/api_call.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

class task_book {
public:
    /// Tasks of one answer, of any node and any time.
    void take(snapshot& into, const std::vector<task>& tasks, std::int64_t now_s);

    /// The log of a run that was wanted; of another one nothing is taken.
    void take_log(snapshot& into, const std::string& upid, std::string_view log);

    /// A log that cannot be had: where the run was about one guest of its node, its own result is
    /// the guest's.
    void give_up_log(snapshot& into, const std::string& upid);

    /// Newest run first.
    [[nodiscard]] const std::vector<api_call>& logs_wanted() const noexcept { return calls_; }

private:
    void want_log(const snapshot& of, const task& run, std::int64_t now_s);
    /// Ends the wish. @returns the run, or nothing where it was not wanted.
    std::optional<task> settle(snapshot& into, const std::string& upid);
    void list_calls();

    std::map<std::string, task, std::less<>> runs_;  // those whose log is wanted, by upid
    std::vector<api_call> calls_;
};

}  // namespace relay::topology
