// What the running relay does when `pverelay journal` asks it: the stages behind ops' control
// actions. Called on the control socket's thread, far from the data.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/ops/control.hpp"
#include "relay/topology/snapshot.hpp"

#include <functional>
#include <memory>
#include <string>

namespace relay {

/// All of it outlives the desk.
struct control_parts {
    journal::journal& journal;
    journal::dead_letters& letters;
    /// What is in force now; any thread.
    std::function<std::shared_ptr<const ingest::ingest_options>()> ingest;
    const topology::snapshot_board& board;
    const time_source& time;
    relay::log& log;
    /// Asks the sink's delivery for these records again.
    std::function<expected<void, std::string>(const ops::replay_request&)> replay;
};

class control_desk {
public:
    explicit control_desk(control_parts parts);

    /// Refers to the desk.
    [[nodiscard]] ops::control_actions actions();

private:
    [[nodiscard]] expected<void, std::string> replay(const ops::replay_request& asked) const;
    [[nodiscard]] expected<void, std::string> forget(const ops::forget_request& asked) const;
    [[nodiscard]] ops::removed_files purge(const ops::purge_request& asked,
                                           const ops::purge_progress& tell) const;
    [[nodiscard]] ops::removed_files clear_dead() const;
    [[nodiscard]] expected<ops::pushed_lines, std::string> push(const ops::push_request& asked);

    control_parts to_;
    ingest::ingest_counters counters_;  // of what is pushed here
};

}  // namespace relay
