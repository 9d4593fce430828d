#include "relay/listen/refusal_log.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace relay::listen {
namespace {

constexpr auto interval = std::chrono::seconds(10);

std::string_view sentence(refused_for reason) noexcept {
    switch (reason) {
        case refused_for::token:
            return "its token is missing or wrong";
        case refused_for::address:
            return "its address is not on the listener's allow-list";
        case refused_for::cluster:
            return "no [[cluster]] accepts it";
        case refused_for::bucket:
            return "its bucket is not among the listener's buckets";
        case refused_for::handshake:
            return "TLS did not begin";
    }
    return "";
}

}  // namespace

void refusal_log::report(refused_for reason, std::string_view from, steady_time now) {
    say(reason, from, sentence(reason), now);
}

void refusal_log::report_handshake(std::string_view from, std::string_view why, steady_time now) {
    say(refused_for::handshake, from, fmt::format("{}: {}", sentence(refused_for::handshake), why),
        now);
}

void refusal_log::say(refused_for reason, std::string_view from, std::string_view why,
                      steady_time now) {
    auto& mine = quotas_.at(static_cast<std::size_t>(reason));
    if (now < mine.next) {
        ++mine.untold;
        return;
    }
    mine.next = now + interval;
    const auto untold = std::exchange(mine.untold, 0);
    const auto more =
        untold == 0 ? std::string() : fmt::format(" ({} more since the last message)", untold);
    log_.warning("refused {}: {}{}", printable(from), why, more);
}

}  // namespace relay::listen
