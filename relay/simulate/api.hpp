// What the API of a simulated Proxmox cluster answers: a pure function of the cluster, the request,
// the second and the node that is asked. Only GET is known. Waiting, compression and connections
// are the server's business.
#pragma once

#include "relay/simulate/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::simulate {

struct api_request {
    std::string_view method = "GET";
    std::string_view target{};         // "/api2/json/cluster/resources?type=vm"
    std::string_view authorization{};  // the header's value
    bool has_body = false;
};

struct api_answer {
    int status = 200;
    std::string reason = "OK";  // of the status line: Proxmox says there what is wrong
    std::string body{};
    std::chrono::milliseconds delay{0};  // to answer after
    bool hangs_up = false;               // there is no answer: the connection ends
};

/// Every answer of 400 or more ends its connection, as Proxmox ends it.
[[nodiscard]] api_answer answer_api(const simulated_cluster& of, const api_request& request,
                                    std::int64_t second, std::size_t at_node);

}  // namespace relay::simulate
