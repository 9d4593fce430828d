// What is asked of one cluster, when, and through which node: the polling plan of docs/topology.md
// as a machine without I/O. It is told the time and what came of each request, and says what to ask
// next. It never has two requests at one node, leaves alone who does not answer, sets aside what is
// not allowed or not there, and keeps a pace.
//
// Owned by the topology thread.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/topology/api_call.hpp"
#include "relay/topology/breaker.hpp"
#include "relay/topology/pace.hpp"
#include "relay/topology/snapshot.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace relay::topology {

struct plan_options {
    std::string cluster{};                 // for the log
    std::string token_id{};                // for the log
    std::vector<std::string> addresses{};  // URLs of nodes, in the order of preference
    double requests_per_second = 1;
    /// Nodes without a configured address are asked at the one that the cluster tells, while no
    /// configured one answers.
    bool asks_others = true;
    bool asks_addresses = false;
    bool asks_smart = true;
    /// Nodes prove themselves by certificates that are not all known yet: the first that is known
    /// tells of the others before they are asked.
    bool learns_pins = false;
    std::chrono::milliseconds timeout{10'000};
    /// Of calls that another node answers, or that make a node work: Proxmox gives up after 30 s.
    std::chrono::milliseconds long_timeout{35'000};
};

/// One request to make: which call, of which address, and how long to wait.
struct errand {
    api_call call{};
    std::size_t address = 0;    // the plan's number of it
    std::string url{};          // the address
    bool is_forwarded = false;  // the node that is asked hands it on to another
    std::chrono::milliseconds timeout{};
};

/// What came of it.
struct outcome {
    int status = 0;        // 0: no answer
    std::string reason{};  // the words behind the status, or why there is no answer
    std::chrono::milliseconds elapsed{0};
    std::string doubt{};  // of a 2xx: why its body was not believed; empty: it was
};

class plan {
public:
    /// @param log outlives the plan
    plan(plan_options options, std::uint64_t seed, log& log, steady_time now);

    /// A request to make now; nothing while none may be made. Each must come back through done().
    [[nodiscard]] std::optional<errand> next(moment now);
    /// When next() may have one, if nothing happens before; steady_time::max(): not before then.
    [[nodiscard]] steady_time due(steady_time now) const;
    void done(const errand& of, const outcome& came, steady_time now);

    /// Nodes, guests and rights as they are known by now.
    void learn(const snapshot& now_known, moment now);
    /// The node that answers at an address, as it calls itself.
    void meet(std::size_t address, std::string node);
    /// A question that came up, asked once.
    void want(const api_call& once, steady_time now);

    /// Who did not answer the last time: addresses and nodes, with whether that is so.
    [[nodiscard]] std::map<std::string, bool> silent() const;
    [[nodiscard]] bool is_token_refused() const noexcept { return token_.is_tripped(); }

private:
    using job_key = std::tuple<ask, std::string, guest_id, std::string>;
    struct job {
        api_call call{};
        steady_time due{};
        int failures = 0;       // in a row
        bool is_asked = false;  // right now
        bool is_stale = false;  // what is asked about has changed meanwhile
        bool is_aside = false;  // not allowed, or not there
        std::size_t look = 0;   // of a guest: what its configuration may depend on
        bool was_locked = false;
    };
    struct address {
        std::string url{};
        std::string node{};  // empty: not met yet
        breaker health;
        steady_time used{};
        steady_time no_quorum_until{};
        bool is_spare = false;  // told by the cluster: asked only where no configured one answers
        bool is_gone = false;   // needed no more; its number stays taken
        bool is_told = false;   // a spare one: that it is in use
    };
    struct known_node {
        bool is_offline = false;
        breaker health;
    };
    static constexpr breaker::bounds address_pause{std::chrono::seconds(10),
                                                   std::chrono::minutes(5)};
    enum class verdict { fine, doubtful, token, forbidden, absent, unreachable, failed };

    [[nodiscard]] static job_key key_of(const api_call& call);
    [[nodiscard]] static verdict judge(const outcome& came);
    job& add(const api_call& call, steady_time due);
    void ensure(const api_call& call, steady_time now);

    [[nodiscard]] std::optional<std::size_t> route(const api_call& call, steady_time now) const;
    [[nodiscard]] bool may_go(const job& one, steady_time now) const;
    [[nodiscard]] bool is_free(const address& one, steady_time now) const;
    [[nodiscard]] const std::string& busy_name(const address& one) const;
    [[nodiscard]] bool all_met() const;
    [[nodiscard]] bool none_answers() const;
    [[nodiscard]] errand send(job& one, std::size_t at, moment now);

    void note_health(const errand& of, const outcome& came, verdict how, steady_time now);
    void address_failed(address& one, const outcome& came, steady_time now);
    void node_failed(const std::string& name, const outcome& came, steady_time now);
    void address_answered(address& one);
    void token_refused(const outcome& came, steady_time now);
    void token_taken();
    void note_job(job& one, const errand& of, const outcome& came, verdict how, steady_time now);
    void ask_pair_again(job& resources, const errand& of, steady_time now);
    void job_fine(job& one, const errand& of, const outcome& came, steady_time now);
    void job_aside(job& one, const outcome& came, verdict how, steady_time now);
    void job_failed(job& one, const outcome& came, verdict how, steady_time now);
    void follow_status(const errand& of, verdict how, steady_time now);

    void learn_nodes(const snapshot& all, moment now);
    void ensure_smart(const node& of, moment now);
    void learn_spares(const snapshot& all);
    [[nodiscard]] bool has_address(const node& one) const;
    void learn_guests(const snapshot& all, steady_time now);
    void learn_guest(const guest& one, steady_time now);
    void learn_rights(const snapshot& all, steady_time now);

    [[nodiscard]] std::chrono::milliseconds jittered(std::chrono::milliseconds span);
    [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                    std::chrono::milliseconds most);
    [[nodiscard]] std::chrono::milliseconds first_wait(ask what);
    void tell_once(std::string key, severity level, const std::string& text, steady_time now);
    [[nodiscard]] std::string about(const api_call& call) const;

    const plan_options options_;
    log& log_;
    std::mt19937_64 chance_;
    pace pace_;
    pace words_;  // about calls that fail: in a large cluster there are hundreds
    bool has_said_more_ = false;
    breaker token_;
    std::vector<address> addresses_;
    std::map<std::string, known_node, std::less<>> nodes_;
    std::map<job_key, job> jobs_;
    std::set<std::string, std::less<>> busy_;  // nodes, and addresses of nodes not met yet
    std::optional<std::size_t> quorum_asked_;  // the address that told its quorum last
    bool is_learning_pins_;
    bool is_resources_slow_ = false;
    bool has_ceph_ = false;
    std::optional<rights> rights_;
    std::set<std::string, std::less<>> told_;
};

}  // namespace relay::topology
