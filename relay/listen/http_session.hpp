// One HTTP connection, request after request. A shell: it awaits and obeys, what is said is decided
// by the reader, the handler and its uploads. Lives on its worker's thread.
// For the sources of relay/listen alone: it brings Asio with it.
#pragma once

#include "relay/listen/byte_stream.hpp"
#include "relay/listen/http_handler.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/listen/refusal_log.hpp"
#include "relay/listen/request_reader.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relay::listen {

/// What the sessions of a worker share. Outlives them. Handler and limits may be exchanged between
/// two requests: whoever is in one keeps the handler it began with.
struct session_services {
    std::shared_ptr<http_handler> handler;
    http_limits limits;
    std::shared_ptr<const tls_identity> identity;  // of connections to come; null: plain HTTP
    listen_counters& counters;
    refusal_log& refusals;
    std::string_view version;
    /// Whoever reads uses it until it next waits: idle connections hold no buffer.
    std::span<char> read_buffer;
};

class http_session : public std::enable_shared_from_this<http_session> {
public:
    using tcp = boost::asio::ip::tcp;

    http_session(tcp::socket socket, std::string peer, session_services& services);

    /// The whole life of the connection. @param self keeps the session alive meanwhile
    boost::asio::awaitable<void> run(std::shared_ptr<http_session> self);

    /// Ends after the request that is under way, or the first one of a connection that has not
    /// asked yet: whoever got through to us gets an answer. At once where it waits for another.
    void drain();
    /// Ends at once.
    void abort();

private:
    // Each waits for the client, and is false where the connection is at its end.
    boost::asio::awaitable<bool> shake_hands();
    boost::asio::awaitable<bool> read_head();
    boost::asio::awaitable<bool> read_body();
    boost::asio::awaitable<bool> receive();
    boost::asio::awaitable<bool> send();
    boost::asio::awaitable<void> await_journal();
    boost::asio::awaitable<void> linger();
    boost::asio::awaitable<void> wait_for_socket(byte_stream::outcome side);

    [[nodiscard]] bool is_done() const noexcept { return idle_ && served_ > 0; }
    [[nodiscard]] byte_stream::outcome try_receive();
    void refuse_handshake();
    void decide();
    void skim_body();
    void send_continue();
    void prepare_answer();
    void answer_failure();
    void answer_timeout();
    void end_before_its_end();

    // A deadline for whatever is being waited for. Moving it is cheap; one timer follows it.
    void arm(std::chrono::milliseconds wait);
    void follow_deadline();
    [[nodiscard]] std::function<void()> waker();

    session_services& services_;
    byte_stream stream_;
    std::string peer_;
    request_reader reader_;

    std::shared_ptr<http_handler> serving_;  // what upload_ is made of
    std::unique_ptr<upload> upload_;
    std::optional<reply> answer_;
    route route_ = route::unknown;
    std::chrono::steady_clock::time_point asked_at_;  // the last byte of the request came in
    std::string wire_;                                // of the answer
    bool whole_ = false;                              // the request was read to its end
    bool keep_ = false;                               // and another may follow
    std::size_t served_ = 0;
    unsigned reads_ = 0;  // since this session last let others run

    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point deadline_;
    bool timing_ = false;
    bool timed_out_ = false;
    boost::asio::steady_timer answer_timer_;
    std::uint64_t turn_ = 0;  // which wait for the journal a wake-up is meant for
    bool idle_ = true;        // between requests
    bool draining_ = false;
    bool aborted_ = false;
};

}  // namespace relay::listen
