#include "relay/listen/http_listener.hpp"

#include "relay/listen/bound_socket.hpp"
#include "relay/listen/http_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <future>
#include <sys/socket.h>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

namespace relay::listen {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Many of Proxmox's pushes fit; a large body takes a few of these.
constexpr std::size_t read_buffer_bytes = 64 << 10;

// Mostly we are out of file descriptors: some are free again when a few pushes are done.
constexpr std::chrono::milliseconds pause_after_failure{50};

// What everyone hears while too many are connected. Short enough for any socket buffer.
constexpr std::string_view too_many_connections =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

std::string address_of(const tcp::socket& socket) {
    error_code ec;
    const auto peer = socket.remote_endpoint(ec);
    if (ec) return {};
    const auto address = ip_address::parse(peer.address().to_string());
    return address ? to_string(*address) : std::string();
}

// One thread: its connections and its handler.
class worker {
public:
    worker(const http_listener::parts& with, std::shared_ptr<const tls_identity> identity,
           unique_fd listening, bool v6)
        : parts_(with),
          read_buffer_(read_buffer_bytes),
          refusals_(with.log),
          services_{.handler = with.make_handler(),
                    .limits = with.options.limits,
                    .identity = std::move(identity),
                    .counters = with.counters,
                    .refusals = refusals_,
                    .version = with.version,
                    .read_buffer = read_buffer_},
          acceptor_(context_, v6 ? tcp::v6() : tcp::v4(), listening.release()),
          timer_(context_) {
        auto accepting = accept();
        asio::co_spawn(context_, std::move(accepting), log_failure());
        thread_ = std::thread([this] { context_.run(); });
    }

    ~worker() {
        drain({});
        thread_.join();
    }

    /// From the next request on. Waits for the thread, which never waits for anything itself.
    void serve_with(std::shared_ptr<http_handler> handler, const http_limits& limits,
                    const std::shared_ptr<const tls_identity>& identity) {
        if (ending_) return;
        std::promise<void> promise;
        const auto taken = promise.get_future();
        asio::post(context_, [&, promise = std::move(promise)]() mutable {
            services_.handler = std::move(handler);
            services_.limits = limits;
            services_.identity = identity;
            promise.set_value();
        });
        taken.wait();
    }

    /// Begins the end; the thread returns when the last session has.
    void drain(std::chrono::milliseconds grace) {
        if (std::exchange(ending_, true)) return;
        asio::post(context_, [this, grace] {
            draining_ = true;
            error_code ignored;
            acceptor_.close(ignored);
            for (auto* session : sessions_) {
                session->drain();
            }
            cut_after(grace);
        });
    }

private:
    asio::awaitable<void> accept() {
        while (!draining_) {
            tcp::socket socket(context_);
            const auto [ec] = co_await acceptor_.async_accept(socket, as_result);
            if (!ec) {
                admit(std::move(socket));
            } else if (ec != asio::error::connection_aborted && !draining_) {
                parts_.log.warning("cannot accept a connection: {}", ec.message());
                timer_.expires_after(pause_after_failure);
                co_await timer_.async_wait(as_result);
            }
        }
        if (sessions_.empty()) timer_.cancel();
    }

    void admit(tcp::socket socket) {
        auto& open = parts_.counters.open_connections;
        if (open.value() >= static_cast<std::int64_t>(services_.limits.connections_max)) {
            parts_.counters.refused_connections.add();
            if (services_.identity) return;  // plain text would say nothing to who expects TLS
            socket.send(asio::buffer(too_many_connections.data(), too_many_connections.size()),
                        MSG_DONTWAIT, ignored_);
            return;
        }
        parts_.counters.connections.add();
        open.add(1);
        auto peer = address_of(socket);
        const auto session =
            std::make_shared<http_session>(std::move(socket), std::move(peer), services_);
        sessions_.insert(session.get());
        // Accepted just before the end: its client was let in, so it is served.
        if (draining_) session->drain();
        asio::co_spawn(context_, session->run(session), forget(session.get()));
    }

    // accept() cancels the timer where it ends and nobody is left, the last session does otherwise.
    void cut_after(std::chrono::milliseconds grace) {
        timer_.expires_after(grace);
        timer_.async_wait([this](const error_code& ec) {
            if (ec) return;
            for (auto* session : sessions_) {
                session->abort();
            }
        });
    }

    // A session's last words. Its address is only a name here.
    std::function<void(std::exception_ptr)> forget(http_session* session) {
        return [this, session, report = log_failure()](std::exception_ptr failure) {
            sessions_.erase(session);
            parts_.counters.open_connections.add(-1);
            if (draining_ && sessions_.empty()) timer_.cancel();
            report(std::move(failure));
        };
    }

    std::function<void(std::exception_ptr)> log_failure() {
        return [this](std::exception_ptr failure) {
            if (!failure) return;
            try {
                std::rethrow_exception(std::move(failure));
            } catch (const std::exception& e) {
                parts_.log.error("an HTTP connection ended by surprise: {}", e.what());
            }
        };
    }

    const http_listener::parts& parts_;
    std::vector<char> read_buffer_;
    refusal_log refusals_;
    session_services services_;  // outlives the sessions, which end with the context at the latest
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    asio::steady_timer timer_;  // a pause in accepting; once draining, the end of grace
    std::unordered_set<http_session*> sessions_;
    bool draining_ = false;
    error_code ignored_;
    bool ending_ = false;  // as its owner knows it, on the owner's thread
    std::thread thread_;
};

/// Null where the listener speaks plain HTTP.
expected<std::shared_ptr<const tls_identity>, std::string> identity_of(const tls_options& tls) {
    if (!tls.enabled()) return nullptr;
    return tls_identity::make(tls);
}

bool is_v6(int fd) noexcept {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    return storage.ss_family == AF_INET6;
}

}  // namespace

struct http_listener::state {
    explicit state(parts given) : with(std::move(given)) {}

    parts with;
    std::uint16_t port = 0;
    std::vector<std::unique_ptr<worker>> workers;
};

expected<std::unique_ptr<http_listener>, std::string> http_listener::open(parts with) {
    if (!with.given) {
        const auto where = endpoint::parse(with.options.address);
        if (!where) return unexpected(where.error());
        auto bound = bind_socket(*where, listen_kind::http);
        if (!bound) return unexpected(std::move(bound).error());
        with.given = std::move(*bound);
    }
    auto identity = identity_of(with.options.tls);
    if (!identity) return unexpected(std::move(identity).error());
    auto state = std::make_unique<http_listener::state>(std::move(with));
    const int fd = state->with.given.get();
    state->port = bound_port(fd);
    for (std::size_t i = 0; i < state->with.options.threads; ++i) {
        // Each thread accepts from the same socket through a descriptor of its own.
        unique_fd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (!own) return unexpected(std::string("no file descriptor is free for the listener"));
        state->workers.push_back(
            std::make_unique<worker>(state->with, *identity, std::move(own), is_v6(fd)));
    }
    return std::unique_ptr<http_listener>(new http_listener(std::move(state)));
}

http_listener::http_listener(std::unique_ptr<state> started) : state_(std::move(started)) {}

http_listener::~http_listener() {
    stop({});
}

std::uint16_t http_listener::port() const noexcept {
    return state_->port;
}

expected<void, std::string> http_listener::serve_with(const handler_maker& make_handler,
                                                      const http_limits& limits,
                                                      const tls_options& tls) {
    const auto identity = identity_of(tls);
    if (!identity) return unexpected(identity.error());
    for (const auto& worker : state_->workers) {
        worker->serve_with(make_handler(), limits, *identity);
    }
    return {};
}

void http_listener::stop(std::chrono::milliseconds grace) {
    for (const auto& worker : state_->workers) {
        worker->drain(grace);
    }
    state_->workers.clear();
    state_->with.given.reset();
}

}  // namespace relay::listen
