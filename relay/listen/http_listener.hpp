// An HTTP/1.1 server on one address, with threads of its own: each has a handler, made for it, and
// sees every connection it accepts to its end. What is served is the handler's business: the write
// API and the admin pages come through the same door.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/listen/http_handler.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace relay::listen {

class http_listener {
public:
    using handler_maker = std::function<std::unique_ptr<http_handler>()>;

    struct parts {
        const listen_options& options;  // validated; outlives the listener, as all of these do
        listen_counters& counters;
        relay::log& log;
        std::string version;  // of the relay, told in every answer
        /// Called once for each thread, before open() returns.
        handler_maker make_handler;
        /// A listening socket that someone else bound (systemd); without one the address is bound.
        unique_fd given;
    };

    /// Listens and serves when it returns.
    /// @returns the listener, or a sentence for the operator
    [[nodiscard]] static expected<std::unique_ptr<http_listener>, std::string> open(parts with);

    /// As stop(0).
    ~http_listener();

    [[nodiscard]] std::uint16_t port() const noexcept;

    /// Handlers and limits anew, for every request that begins once it returns, and TLS for every
    /// connection; connections stay. A request under way keeps its handler, which is destroyed on
    /// its thread when nobody needs it any more. How many threads there are does not change.
    /// @returns a sentence where `tls` cannot be used; then nothing has changed.
    [[nodiscard]] expected<void, std::string> serve_with(const handler_maker& make_handler,
                                                         const http_limits& limits,
                                                         const tls_options& tls);

    /// Accepts no more, lets the requests under way have their answers for as long as `grace`, cuts
    /// what is left, and destroys the handlers. The journal must still be there. Idempotent.
    void stop(std::chrono::milliseconds grace);

private:
    struct state;
    explicit http_listener(std::unique_ptr<state> started);
    std::unique_ptr<state> state_;
};

}  // namespace relay::listen
