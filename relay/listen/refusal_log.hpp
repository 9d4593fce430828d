// Says in the log who was refused and why, without letting strangers fill the disk: at most one
// message per reason and ten seconds, with the number of those that it stands for.
// Used by one thread; time is passed in.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::listen {

enum class refused_for : std::uint8_t { token, address, cluster, bucket, handshake };

class refusal_log {
public:
    explicit refusal_log(log& log) : log_(log) {}

    /// @param from the peer's address
    void report(refused_for reason, std::string_view from, steady_time now);
    /// A connection on which TLS did not begin. @param why in the words of the TLS library
    void report_handshake(std::string_view from, std::string_view why, steady_time now);

private:
    struct quota {
        steady_time next{};
        std::uint64_t untold = 0;
    };

    void say(refused_for reason, std::string_view from, std::string_view why, steady_time now);

    log& log_;
    std::array<quota, static_cast<std::size_t>(refused_for::handshake) + 1> quotas_;
};

}  // namespace relay::listen
