// Datagrams on one address, on a thread of its own, so that no request ever costs one. Hands whole
// datagrams to its intake, by the lane of their sender. Nothing is ever answered: UDP's senders
// hear of a problem through the counters and the log alone.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace relay::listen {

class udp_listener {
public:
    struct parts {
        const listen_options& options;  // validated; outlives the listener, as all of these do
        const ingest::identity& identity;
        const time_source& time;
        listen_counters& counters;
        relay::log& log;
        std::unique_ptr<ingest::intake> intake;
        /// A bound socket of someone else's (systemd); without one the address is bound.
        unique_fd given;
    };

    /// What may change while it receives.
    struct rules {
        const listen_options& options;
        const ingest::identity& identity;
        std::unique_ptr<ingest::intake> intake;
        std::shared_ptr<const void> owner;  // keeps what the references mean
    };

    /// Receives when it returns.
    /// @returns the listener, or a sentence for the operator
    [[nodiscard]] static expected<std::unique_ptr<udp_listener>, std::string> open(parts with);

    /// As stop().
    ~udp_listener();

    [[nodiscard]] std::uint16_t port() const noexcept;

    /// For every datagram that is read from now on; what was collected under the rules before goes
    /// to the journal first. The socket stays, and its address with it.
    void serve_with(rules next);

    /// Takes what has arrived already, hands everything to the journal, ends. The journal must
    /// still be there. Idempotent.
    void stop();

private:
    class receiver;
    explicit udp_listener(std::unique_ptr<receiver> started);
    std::unique_ptr<receiver> receiver_;
    std::uint16_t port_ = 0;
};

}  // namespace relay::listen
