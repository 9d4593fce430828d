// The composition root: builds every stage, hands each what it needs, and takes them down in the
// order in which nothing that was answered is lost. It decides nothing about data.
//
//   up:    journal, dead letters, sinks with their places in the journal, listeners, topology,
//          presence, control, admin
//   down:  control, topology (no more lines of its own), listeners (answers under way are given),
//          presence, delivery (places are committed), dead letters and journal (drained and
//          synced), admin
//
// A new configuration is taken up while it runs: what it does not speak of is not touched. What
// others look at (`observed`) is then made anew and exchanged as a whole.
//
// Built, watched, changed and stopped by the main thread.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/config/difference.hpp"
#include "relay/config/settings.hpp"
#include "relay/control_desk.hpp"
#include "relay/delivery/worker.hpp"
#include "relay/door.hpp"
#include "relay/ingest/node_homes.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/http_listener.hpp"
#include "relay/listen/socket_pool.hpp"
#include "relay/ops/control_socket.hpp"
#include "relay/ops/journal_outlook.hpp"
#include "relay/ops/observed.hpp"
#include "relay/ops/systemd_notify.hpp"
#include "relay/own_lines.hpp"
#include "relay/presence_watch.hpp"
#include "relay/scrape_watch.hpp"
#include "relay/topology/snapshot.hpp"
#include "relay/topology_watch.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace relay {

class app {
public:
    /// What is outside of the relay, and outlives it.
    struct surroundings {
        const time_source& time;
        relay::log& log;
        const ops::systemd_notify& systemd;
        listen::socket_pool& sockets;
    };

    /// Everything runs when it returns.
    /// @returns the app, or a sentence for the operator: a port that is taken, a journal that
    /// another relay holds
    [[nodiscard]] static expected<std::unique_ptr<app>, std::string> start(
        config::settings settings, const surroundings& with);

    ~app();

    /// Takes up another configuration. Sockets and connections stay, a sink that is gone or changed
    /// has its request answered first; no datagram and no request is lost.
    /// @returns what waits for a restart, by key; or why nothing at all was changed
    [[nodiscard]] expected<std::vector<std::string>, std::string> reload(config::settings next);
    /// The new configuration was refused before it got here.
    void reload_failed();

    /// What needs to be looked at now and then; every few seconds.
    void look();

    /// Takes no more data, answers what it has, writes and syncs it, commits every sink's place.
    /// What the stores do not have yet is on disk and goes out after the next start. Idempotent.
    void stop();

    /// Whether every delivery thread has done something since the last call.
    [[nodiscard]] bool is_alive();

    /// What listens where, which sinks there are, where the journal is: one line.
    [[nodiscard]] std::string summary() const;

    /// As it is now; a reload makes another.
    [[nodiscard]] std::shared_ptr<const ops::observed> observed() const;

private:
    /// A sink, and the worker that serves it.
    struct placed_sink {
        std::string name;
        std::string type;
        delivery::worker* worker;
        std::shared_ptr<delivery::delivery_counters> counters;
        std::shared_ptr<const sinks::guarded_fields> guarded;      // null where it is no InfluxDB
        std::shared_ptr<const sinks::prometheus_counters> series;  // of a Prometheus
    };
    using door_list = std::vector<std::shared_ptr<door>>;

    app(config::settings settings, const surroundings& with);

    using step = expected<void, std::string>;
    [[nodiscard]] step open_journal();
    void make_workers();
    void add_sinks();
    void add_sink(const config::sink_settings& from,
                  std::shared_ptr<delivery::delivery_counters> counters = nullptr);
    void change_sinks(const config::difference& changes);
    std::vector<placed_sink> remove_sinks(const std::vector<std::string>& names);
    [[nodiscard]] delivery::worker& idlest_worker() const;
    [[nodiscard]] expected<door_list, std::string> open_doors(const config::settings& of);
    [[nodiscard]] std::string in_the_way(const listen::listen_options& wanted) const;
    void change_doors(const config::settings& next);
    void close_doors(const door_list& closing);
    void keep_sockets() const;
    void speak_of_unused_sockets() const;
    [[nodiscard]] step open_admin();
    [[nodiscard]] std::unique_ptr<listen::http_handler> make_pages() const;
    void change_admin(const config::settings& next);
    void open_presence();
    void open_topology();
    void open_control();
    [[nodiscard]] step replay(const ops::replay_request& asked);
    void publish();

    config::settings settings_;  // in force
    const surroundings with_;
    relay::log& log_;
    // Workers hold places in the journal, so they go first; journal and admin threads look at
    // workers, so stop() ends those threads before anything is destroyed.
    std::unique_ptr<journal::journal> journal_;
    std::unique_ptr<journal::dead_letters> dead_letters_;
    std::vector<std::unique_ptr<delivery::worker>> workers_;
    std::vector<std::uint64_t> heartbeats_;  // of workers_, at the last is_alive()
    std::vector<placed_sink> sinks_;
    ops::reload_counters reloads_;
    ops::journal_outlook outlook_;
    wall_time started_;
    topology::snapshot_board board_;  // what intakes look guests up on
    ingest::node_homes homes_;
    /// What other threads look at, with the rules of the admin pages.
    struct view {
        std::shared_ptr<const ops::observed> observed;
        std::shared_ptr<const listen::listen_options> admin;
        std::shared_ptr<const ingest::ingest_options> ingest;  // of lines an operator sends again
    };
    locked<view> view_;
    std::unique_ptr<own_lines> own_lines_;
    std::unique_ptr<topology_watch> topology_;  // speaks through own_lines_
    std::unique_ptr<presence_watch> presence_;  // as well; null where it is switched off
    std::unique_ptr<scrape_watch> scrape_;      // asked by the admin listener
    std::unique_ptr<door_services> door_services_;
    door_list doors_;
    listen::listen_options admin_options_;  // of the listener as it was opened
    listen::listen_counters admin_counters_;
    std::unique_ptr<listen::http_listener> admin_;
    std::unique_ptr<control_desk> desk_;
    std::unique_ptr<ops::control_socket> control_;  // serves desk_
    bool stopped_ = false;
};

}  // namespace relay
