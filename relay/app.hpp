// The composition root: builds every stage, hands each what it needs, and takes them down in the
// order in which nothing that was answered is lost. It decides nothing about data.
//
//   up:    journal, dead letters, sinks with their places in the journal, listeners,
//          control, admin, delivery
//   down:  control, listeners (answers under way are given), delivery (places are committed), dead
//          letters and journal (drained and synced), admin
//
// Built, watched and stopped by the main thread.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"
#include "relay/control_desk.hpp"
#include "relay/delivery/worker.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/body_budget.hpp"
#include "relay/listen/http_listener.hpp"
#include "relay/listen/udp_listener.hpp"
#include "relay/ops/admin_pages.hpp"
#include "relay/ops/control_socket.hpp"
#include "relay/ops/observed.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relay {

class app {
public:
    /// Everything runs when it returns. `time` and `log` outlive the app.
    /// @returns the app, or a sentence for the operator: a port that is taken, a journal that
    /// another relay holds
    [[nodiscard]] static expected<std::unique_ptr<app>, std::string> start(
        config::settings settings, const time_source& time, relay::log& log);

    ~app();

    /// Takes no more data, answers what it has, writes and syncs it, commits every sink's place.
    /// What the stores do not have yet is on disk and goes out after the next start. Idempotent.
    void stop();

    /// Whether every delivery thread has done something since the last call.
    [[nodiscard]] bool is_alive();

    /// What listens where, which sinks there are, where the journal is: one line.
    [[nodiscard]] std::string summary() const;

    [[nodiscard]] const ops::observed& observed() const noexcept { return observed_; }

private:
    struct door;  // one [[listen]] with what belongs to it

    app(config::settings settings, const time_source& time, relay::log& log);

    using step = expected<void, std::string>;
    [[nodiscard]] step open_journal();
    void add_sinks();
    [[nodiscard]] step open_doors();
    [[nodiscard]] step open_http(door& one);
    [[nodiscard]] step open_udp(door& one);
    void start_delivery();
    [[nodiscard]] step open_admin();
    void open_control();
    [[nodiscard]] step replay(const ops::replay_request& asked);
    [[nodiscard]] ingest::refusal_outlet refusals_of(const door& one);

    const config::settings settings_;
    const time_source& time_;
    relay::log& log_;

    const ingest::identity identity_;
    // Workers hold places in the journal, so they go first; journal and admin threads look at
    // workers, so stop() ends those threads before anything is destroyed.
    std::unique_ptr<journal::journal> journal_;
    std::unique_ptr<journal::dead_letters> dead_letters_;
    std::vector<std::unique_ptr<delivery::worker>> workers_;
    std::vector<std::uint64_t> heartbeats_;  // of workers_, at the last is_alive()
    ops::observed observed_;                 // complete before any thread can look at it
    std::vector<std::unique_ptr<door>> doors_;
    listen::listen_counters admin_counters_;
    std::unique_ptr<ops::admin_pages> pages_;
    std::unique_ptr<listen::http_listener> admin_;
    std::unique_ptr<control_desk> desk_;
    std::unique_ptr<ops::control_socket> control_;  // serves desk_
    bool stopped_ = false;
};

}  // namespace relay
