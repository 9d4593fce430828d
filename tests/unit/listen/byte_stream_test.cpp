// The server's side of TLS connections, several of them on one thread, as a listener has them.
#include "relay/listen/byte_stream.hpp"

#include "tests/support/test_certificate.hpp"
#include "tests/unit/listen/tls_client.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <poll.h>
#include <string>
#include <utility>

namespace relay::listen {
namespace {

using boost::asio::ip::tcp;
using tests::tls_client;
using outcome = byte_stream::outcome;

/// Asks again until there is an answer other than "wait".
template <class Step>
outcome result_of(byte_stream& stream, Step step) {
    for (;;) {
        const auto now = step();
        if (now != outcome::wait_read && now != outcome::wait_write) return now;
        const short side = now == outcome::wait_read ? POLLIN : POLLOUT;
        pollfd waiting{.fd = stream.socket().native_handle(), .events = side, .revents = 0};
        ::poll(&waiting, 1, 10'000);
    }
}

class byte_streams : public testing::Test {
protected:
    /// A client, and the stream that is our end of it.
    struct connection {
        std::unique_ptr<tls_client> client;
        std::unique_ptr<byte_stream> ours;
    };
    connection connect() {
        const auto port = acceptor_.local_endpoint().port();
        auto client = std::async(std::launch::async, [&, port] {
            return std::make_unique<tls_client>(
                port, tls_client::options{.authority = authority_.certificate});
        });
        auto ours = std::make_unique<byte_stream>(acceptor_.accept(), identity_.get());
        EXPECT_EQ(result_of(*ours, [&] { return ours->handshake().now; }), outcome::done);
        return {.client = client.get(), .ours = std::move(ours)};
    }
    outcome read(byte_stream& from) { return from.read_some(buffer_).now; }

    const tests::test_certificate authority_ = tests::make_authority("authority");
    const tests::test_certificate own_ = tests::make_certificate("relay.example", authority_);
    const std::shared_ptr<const tls_identity> identity_ =
        *tls_identity::make({.certificate = own_.certificate, .key = secret(own_.key)});
    boost::asio::io_context context_;
    tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
    std::array<char, 1024> buffer_{};
};

// OpenSSL keeps the errors of all connections of a thread in one queue.
TEST_F(byte_streams, one_that_breaks_breaks_no_other) {
    auto neighbour = connect();
    auto broken = connect();
    broken.client->send_as_it_is(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    EXPECT_EQ(result_of(*broken.ours, [&] { return read(*broken.ours); }), outcome::end);

    EXPECT_EQ(read(*neighbour.ours), outcome::wait_read);

    neighbour.client->send("a word");
    EXPECT_EQ(result_of(*neighbour.ours, [&] { return read(*neighbour.ours); }), outcome::done);
}

}  // namespace
}  // namespace relay::listen
