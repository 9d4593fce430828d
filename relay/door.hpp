// One [[listen]] while the relay runs: its socket, its listener, its counters. The socket is ours
// from start to stop and the listener has a copy, so that it can be handed on; the rules by which
// senders are let in can change without it.
//
// Used by the main thread; counters by anyone.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/node_homes.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/body_budget.hpp"
#include "relay/listen/http_listener.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/listen/socket_pool.hpp"
#include "relay/listen/udp_listener.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace relay {

/// Never changes: handlers and receivers hold on to theirs until they are given another.
struct door_rules {
    listen::listen_options options;
    ingest::identity identity;
    ingest::ingest_options ingest;
};

/// Those of one [[listen]] of `all`.
[[nodiscard]] std::shared_ptr<const door_rules> make_rules(const listen::listen_options& options,
                                                           const config::settings& all);

/// Names that door::kept_name() gives begin so, and no name of a unit does.
inline constexpr std::string_view kept_prefix = "kept-";

/// What all doors share. Outlives them.
struct door_services {
    journal::journal& journal;
    journal::dead_letters& letters;
    const topology::snapshot_board& board;
    ingest::node_homes& homes;
    const time_source& time;
    relay::log& log;
    /// Why /ready must say no; empty: it says yes. Any thread.
    std::function<std::string()> not_ready;
    ingest::presence* watch = nullptr;  // is told who was seen; null: nobody asks
};

class door {
public:
    using rules_ptr = std::shared_ptr<const door_rules>;

    /// Listens when it returns.
    [[nodiscard]] static expected<std::shared_ptr<door>, std::string> open(
        const door_services& services, listen::socket_pool& sockets, rules_ptr rules);

    /// For every request and datagram from now on. The same address and kind; another number of
    /// threads means nothing here.
    void change(rules_ptr rules);

    /// Lets go of the socket: whoever else holds it keeps the port open.
    void release_socket() noexcept { socket_.fd.reset(); }
    /// Answers what is under way, hands over what was collected, ends. Idempotent.
    void stop();

    /// What systemd calls the socket where it keeps it for the next start.
    [[nodiscard]] std::string kept_name() const;

    [[nodiscard]] const listen::listen_options& options() const noexcept { return rules_->options; }
    [[nodiscard]] const listen::socket_pool::taken& socket() const noexcept { return socket_; }
    [[nodiscard]] std::uint16_t port() const noexcept;
    [[nodiscard]] const listen::listen_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] const ingest::ingest_counters& ingest() const noexcept { return ingest_; }

private:
    door(const door_services& services, listen::socket_pool::taken socket, rules_ptr rules);

    using step = expected<void, std::string>;
    [[nodiscard]] step open_http();
    [[nodiscard]] step open_udp();
    [[nodiscard]] std::unique_ptr<listen::http_handler> make_handler();
    [[nodiscard]] std::unique_ptr<ingest::intake> make_intake(const door_rules& by);

    const door_services& services_;
    listen::socket_pool::taken socket_;
    const rules_ptr first_;  // the listener refers to it
    rules_ptr rules_;        // in force
    listen::body_budget bodies_;
    listen::listen_counters counters_;
    ingest::ingest_counters ingest_;
    std::unique_ptr<listen::http_listener> http_;
    std::unique_ptr<listen::udp_listener> udp_;
};

}  // namespace relay
