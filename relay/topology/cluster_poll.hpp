// One cluster as the poller sees it: its plan, what is known of it, the requests under way. Takes
// answers in and gives snapshots and lines out. Inner part of poller; topology thread only.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/http/http_client.hpp"
#include "relay/topology/api_counters.hpp"
#include "relay/topology/api_options.hpp"
#include "relay/topology/inventory_news.hpp"
#include "relay/topology/knowledge.hpp"
#include "relay/topology/plan.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

/// Where what is learnt goes. Called on the topology thread; outlives the poller.
struct poll_outlets {
    snapshot_board& board;
    /// What an earlier run knew; null where there is none.
    std::function<snapshot_ptr(const std::string& cluster)> load;
    /// Keeps it for the next run. May take as long as a disk takes.
    std::function<void(const snapshot&)> save;
    /// Lines without the tag `cluster`.
    std::function<void(const api_options& of, std::string_view lines)> say;
};

class cluster_poll {
public:
    /// All that is handed in outlives it, the counters are kept.
    cluster_poll(api_options options, std::shared_ptr<api_counters> counters,
                 const poll_outlets& to, log& log, std::uint64_t seed, moment now);

    /// Sends what may be asked now.
    void ask(http::http_client& by, moment now);
    /// @returns whether the answer was to one of its requests
    bool take(const http::completed& done, moment now);
    /// Lines and the file, where it is time for them.
    void look(moment now);
    /// When ask() or look() have something to do, if no answer comes before.
    [[nodiscard]] steady_time due(moment now) const;

    /// Forgets what is under way and keeps what is known for the next run.
    void stop(http::http_client& by);

    [[nodiscard]] const api_options& options() const noexcept { return options_; }
    [[nodiscard]] const std::shared_ptr<api_counters>& counters() const noexcept {
        return counters_;
    }

private:
    struct request {
        errand what;
        http_request sent;  // the client refers to it
    };

    [[nodiscard]] outcome read(const errand& of, const http_response& answer, moment now);
    void count(const errand& of, const outcome& came);
    void publish(moment now);
    [[nodiscard]] bool can_tell(wall_time now) const;
    void save(moment now);
    void speak_of_rights(const snapshot& known);
    void speak_of_name(const snapshot& known);

    const api_options options_;
    const std::shared_ptr<api_counters> counters_;
    const poll_outlets& to_;
    log& log_;
    knowledge known_;
    plan plan_;
    std::map<http::ticket, std::unique_ptr<request>> under_way_;
    std::vector<http::fingerprint> learnt_pins_;
    snapshot_ptr published_;
    snapshot_ptr told_;  // what the last lines were made of
    inventory_news news_;
    snapshot_ptr kept_;  // as it is on disk
    steady_time saved_;
    const std::int64_t first_taken_s_;  // of what an earlier run knew
    std::optional<rights> spoken_rights_;
    std::string spoken_name_;
};

}  // namespace relay::topology
