// What the listeners count. Written by their threads, read by ops at any time.
#pragma once

#include "relay/base/counter.hpp"
#include "relay/listen/http_target.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <iterator>

namespace relay::listen {

/// How long clients waited for their answers, from the last byte of the request to the last of the
/// answer. Proxmox VE gives up after 1 s: what is beyond that bucket was lost to it.
class answer_times {
public:
    using milliseconds = std::chrono::milliseconds;
    static constexpr std::array<milliseconds, 12> bounds{
        milliseconds(1),   milliseconds(2),   milliseconds(5),   milliseconds(10),
        milliseconds(20),  milliseconds(50),  milliseconds(100), milliseconds(200),
        milliseconds(400), milliseconds(600), milliseconds(800), milliseconds(1000)};

    void add(std::chrono::nanoseconds waited) noexcept {
        const auto bucket = std::ranges::find_if(bounds, [&](auto b) { return waited <= b; });
        counts_[static_cast<std::size_t>(std::distance(bounds.begin(), bucket))].add();
        sum_us_.add(static_cast<std::uint64_t>(waited.count() / 1000));
    }

    /// Answers within bounds[bucket] and not within the one before; the last bucket has no bound.
    [[nodiscard]] std::uint64_t count(std::size_t bucket) const noexcept {
        return counts_[bucket].value();
    }
    [[nodiscard]] std::uint64_t sum_us() const noexcept { return sum_us_.value(); }

private:
    std::array<shared_counter, bounds.size() + 1> counts_;
    shared_counter sum_us_;
};

inline constexpr std::size_t route_count = static_cast<std::size_t>(route::unknown) + 1;

/// One per [[listen]].
struct listen_counters {
    // HTTP
    shared_counter requests[route_count][6];          // by route and by the hundreds of the status
    shared_counter connections, refused_connections;  // refused: connections_max were open
    shared_counter unauthorized;                      // 401: a missing or a wrong token
    shared_counter timeouts;                          // 408, or cut without an answer
    shared_counter malformed;                         // no HTTP that we understand
    shared_counter cut_short;                         // the client hung up before the end of one
    shared_counter tls_failures;                      // connections on which TLS did not begin
    shared_counter over_budget;                       // 503: bodies_bytes_max were in flight
    shared_counter body_bytes;                        // as sent
    gauge open_connections;
    answer_times answers;

    // UDP
    shared_counter datagrams, datagram_bytes;
    shared_counter empty;         // zero-length; Proxmox Backup Server can send them
    shared_counter truncated;     // longer than a datagram can be: its whole lines were taken
    shared_counter kernel_drops;  // SO_RXQ_OVFL: the receive buffer was full
    gauge receive_buffer_bytes;   // what the system gave

    // Both
    shared_counter refused;  // 403, 404 or dropped: not on the allow-list, no cluster, no bucket

    void count_request(route asked, int status) noexcept {
        const auto hundreds = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
        requests[static_cast<std::size_t>(asked)][hundreds].add();
    }
};

}  // namespace relay::listen
