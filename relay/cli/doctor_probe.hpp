// The hands of `doctor`: what is read from this machine, and many HTTP requests at once under one
// deadline. Blocking.
#pragma once

#include "relay/base/cidr.hpp"
#include "relay/base/http_message.hpp"
#include "relay/cli/doctor_judge.hpp"
#include "relay/http/http_target.hpp"
#include "relay/journal/journal.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace relay::cli {

struct question {
    http_request request;
    http::http_target target;
};

/// @returns an answer to each, in their order; what is not there in time has status 0
[[nodiscard]] std::vector<http_response> ask_all(const std::vector<question>& questions,
                                                 std::chrono::milliseconds longest);

[[nodiscard]] disk_reading read_disk(const journal::journal_options& of);
/// Whether the kernel says that nobody listens there.
[[nodiscard]] bool is_udp_closed(const ip_address& at, std::uint16_t port);

}  // namespace relay::cli
