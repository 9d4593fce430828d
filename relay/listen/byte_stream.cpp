#include "relay/listen/byte_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace relay::listen {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using outcome = byte_stream::outcome;

bool would_block(const error_code& ec) noexcept {
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

byte_stream::progress progress_of(const error_code& ec, std::size_t bytes, outcome when_blocked) {
    if (would_block(ec)) return {.now = when_blocked, .bytes = 0};
    return {.now = ec ? outcome::end : outcome::done, .bytes = bytes};
}

int as_int(std::size_t bytes) noexcept {
    return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX));
}

}  // namespace

byte_stream::byte_stream(tcp::socket socket, const tls_identity* identity)
    : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
    if (identity == nullptr) return;
    tls_ = SSL_new(identity->context());
    // OpenSSL writes with write(2): whoever listens ignores SIGPIPE.
    if (tls_ == nullptr || SSL_set_fd(tls_, static_cast<int>(socket_.native_handle())) != 1) {
        ERR_clear_error();
        socket_.close(ignored);
        return;
    }
    SSL_set_accept_state(tls_);
}

byte_stream::~byte_stream() {
    SSL_free(tls_);
}

byte_stream::progress byte_stream::handshake() {
    if (tls_ == nullptr) return {.now = outcome::done, .bytes = 0};
    return judge(SSL_do_handshake(tls_));
}

byte_stream::progress byte_stream::read_some(std::span<char> into) {
    if (tls_ != nullptr) return judge(SSL_read(tls_, into.data(), as_int(into.size())));
    error_code ec;
    const auto bytes = socket_.read_some(asio::buffer(into.data(), into.size()), ec);
    return progress_of(ec, bytes, outcome::wait_read);
}

byte_stream::progress byte_stream::write_some(std::string_view bytes) {
    if (tls_ != nullptr) return judge(SSL_write(tls_, bytes.data(), as_int(bytes.size())));
    error_code ec;
    const auto written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
    return progress_of(ec, written, outcome::wait_write);
}

// Errors of other connections of this thread must not be taken for this one's, so that the queue is
// empty before each call: whoever meets an error empties it. One can come long after the handshake
// and look like a part of it: a key update is.
byte_stream::progress byte_stream::judge(int result) {
    if (result > 0) return {.now = outcome::done, .bytes = static_cast<std::size_t>(result)};
    switch (SSL_get_error(tls_, result)) {
        case SSL_ERROR_WANT_READ:
            return {.now = outcome::wait_read, .bytes = 0};
        case SSL_ERROR_WANT_WRITE:
            return {.now = outcome::wait_write, .bytes = 0};
        default:
            note_failure();
            return {.now = outcome::end, .bytes = 0};
    }
}

void byte_stream::note_failure() {
    const auto error = ERR_peek_error();
    const char* const reason = ERR_reason_error_string(error);
    failure_ = reason == nullptr ? "the client hung up" : reason;
    met_plain_http_ =
        ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
    ERR_clear_error();
}

void byte_stream::write_plain(std::string_view bytes) {
    error_code ignored;
    socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
}

void byte_stream::end_writing() {
    if (tls_ != nullptr && SSL_is_init_finished(tls_) == 1) {
        SSL_shutdown(tls_);
        ERR_clear_error();
    }
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void byte_stream::close() {
    end_writing();
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace relay::listen
