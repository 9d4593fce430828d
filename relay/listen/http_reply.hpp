// Every answer of the relay, as a value, in the words of the InfluxDB API that was spoken to: its
// clients read them. Pure.
#pragma once

#include "relay/base/http_message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

/// Whose JSON an error is written in: v2 `{"code","message"}`, v1 `{"error"}`.
enum class api : std::uint8_t { v1, v2 };

struct reply {
    int status = 204;
    std::vector<http_header> headers;  // without Content-Length, Connection and Date
    std::string body;
    std::string reason{};          // of the status line; empty: the usual one
    bool ends_connection = false;  // though the client would go on
};

/// What an accepted body survives, as told in X-Relay-Durable.
enum class durable : std::uint8_t {
    disk,    // no header: what 204 promises
    kernel,  // the relay's crash, not the machine's
    no,      // the disk takes nothing
};

/// 204. @param rejected lines that were refused while others were taken (X-Relay-Rejected)
[[nodiscard]] reply written(api speaks, durable survives, std::uint64_t rejected);

/// An error of any status, in that API's JSON.
[[nodiscard]] reply refused(api speaks, int status, std::string_view message);

/// 401. v1 clients are asked for Basic credentials.
[[nodiscard]] reply unauthorized(api speaks);

/// 405 with what is allowed, such as "GET, HEAD".
[[nodiscard]] reply wrong_method(api speaks, std::string_view allow);

[[nodiscard]] reply path_not_found();
[[nodiscard]] reply bucket_not_found(api speaks, std::string_view bucket);

/// 200 of /health and of /ready; 503 of /ready with the reason.
[[nodiscard]] reply healthy(std::string_view version);
[[nodiscard]] reply ready();
[[nodiscard]] reply not_ready(std::string_view reason);

/// 204; verbose: 200 and the version, as InfluxDB 1.8.
[[nodiscard]] reply pong();
[[nodiscard]] reply pong_verbose(std::string_view version);

/// What a client that creates its database first wants to hear: 200, one statement, no result.
[[nodiscard]] reply query_done();

/// 200 to OPTIONS.
[[nodiscard]] reply options(std::string_view allow);

/// `text` within a JSON string; bytes that are not ASCII stay as they are.
[[nodiscard]] std::string json_escaped(std::string_view text);

struct wire_form {
    bool http_1_0 = false;
    bool keep_alive = false;
    bool head = false;         // the answer to HEAD: headers of the body, and no body
    std::string_view version;  // of the relay, in X-Influxdb-Version; empty: no such header
};

/// The bytes of the whole answer. What a header's value may not hold is left out of it.
[[nodiscard]] std::string to_wire(const reply& answer, const wire_form& form);

[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace relay::listen
