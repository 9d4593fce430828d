// The bytes of one connection, plain or through TLS, for someone who never blocks: whoever is told
// to wait awaits that side of the socket and asks again. Used by one session, on its thread.
// For the sources of relay/listen alone: it brings Asio with it.
#pragma once

#include "relay/listen/tls_identity.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

struct ssl_st;

namespace relay::listen {

class byte_stream {
public:
    using tcp = boost::asio::ip::tcp;

    enum class outcome : std::uint8_t {
        done,        // `bytes` were moved, or the handshake is complete
        wait_read,   // nothing yet: once the socket can be read,
        wait_write,  // or written, ask again
        end,         // the other side ended it, or it broke
    };
    struct progress {
        outcome now = outcome::end;
        std::size_t bytes = 0;
    };

    /// @param identity of a listener that speaks TLS; null: plain
    byte_stream(tcp::socket socket, const tls_identity* identity);
    ~byte_stream();
    byte_stream(const byte_stream&) = delete;
    byte_stream& operator=(const byte_stream&) = delete;

    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }
    [[nodiscard]] tcp::socket& socket() noexcept { return socket_; }

    /// The next step of TLS's beginning. Done at once where there is none.
    [[nodiscard]] progress handshake();
    /// Why TLS ended, in OpenSSL's words.
    [[nodiscard]] std::string_view tls_failure() const noexcept { return failure_; }
    /// Whether the client spoke HTTP where TLS was expected.
    [[nodiscard]] bool met_plain_http() const noexcept { return met_plain_http_; }

    [[nodiscard]] progress read_some(std::span<char> into);
    [[nodiscard]] progress write_some(std::string_view bytes);

    /// Without TLS, whatever the connection speaks: a last word to who does not speak it either.
    void write_plain(std::string_view bytes);

    /// Nothing more will be written; what comes can still be read.
    void end_writing();
    void close();

private:
    [[nodiscard]] progress judge(int result);
    void note_failure();

    tcp::socket socket_;
    ssl_st* tls_ = nullptr;
    std::string_view failure_;  // a text of OpenSSL's, which stays
    bool met_plain_http_ = false;
};

}  // namespace relay::listen
