#include "relay/listen/http_reply.hpp"

#include <fmt/format.h>

#include <utility>

namespace relay::listen {
namespace {

constexpr std::string_view json = "application/json; charset=utf-8";

reply with_json(int status, std::string body) {
    return {.status = status,
            .headers = {{"Content-Type", std::string(json)}},
            .body = std::move(body)};
}

// The `code` of InfluxDB 2's errors (influxdata/openapi, components/schemas/Error).
std::string_view error_code(int status) noexcept {
    switch (status) {
        case 401:
            return "unauthorized";
        case 403:
            return "forbidden";
        case 404:
            return "not found";
        case 405:
            return "method not allowed";
        case 413:
            return "request too large";
        case 415:
            return "unsupported media type";
        case 500:
            return "internal error";
        case 503:
            return "unavailable";
        default:
            return "invalid";
    }
}

// Control characters would end the header, or the terminal of whoever reads it; InfluxDB 1.x puts
// spaces in their place.
std::string header_value(std::string_view text) {
    std::string value(text);
    for (char& c : value) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return value;
}

bool has_body(const reply& answer) noexcept {
    return answer.status != 204 && answer.status != 304 && answer.status >= 200;
}

}  // namespace

reply written(api, durable survives, std::uint64_t rejected) {
    reply answer{.status = 204, .headers = {}, .body = {}};
    if (survives != durable::disk) {
        answer.headers.emplace_back("X-Relay-Durable",
                                    survives == durable::kernel ? "kernel" : "no");
    }
    if (rejected > 0) answer.headers.emplace_back("X-Relay-Rejected", fmt::to_string(rejected));
    return answer;
}

reply refused(api speaks, int status, std::string_view message) {
    if (speaks == api::v1) {
        auto answer =
            with_json(status, fmt::format("{{\"error\":\"{}\"}}\n", json_escaped(message)));
        answer.headers.emplace_back("X-Influxdb-Error", std::string(message));
        return answer;
    }
    const auto code = error_code(status);
    auto answer = with_json(
        status, fmt::format(R"({{"code":"{}","message":"{}"}})", code, json_escaped(message)));
    answer.headers.emplace_back("X-Platform-Error-Code", std::string(code));
    return answer;
}

reply unauthorized(api speaks) {
    if (speaks == api::v2) return refused(api::v2, 401, "unauthorized access");
    auto answer = with_json(401, "{\"error\":\"authorization failed\"}\n");
    answer.headers.emplace_back("WWW-Authenticate", R"(Basic realm="InfluxDB")");
    return answer;
}

reply wrong_method(api speaks, std::string_view allow) {
    auto answer = refused(speaks, 405, fmt::format("allow: {}", allow));
    answer.headers.emplace_back("Allow", std::string(allow));
    return answer;
}

reply path_not_found() {
    return refused(api::v2, 404, "path not found");
}

reply bucket_not_found(api speaks, std::string_view bucket) {
    if (speaks == api::v1)
        return refused(speaks, 404, fmt::format("database not found: \"{}\"", bucket));
    if (bucket.empty()) return refused(speaks, 404, "bucket not found");
    return refused(speaks, 404, fmt::format("bucket \"{}\" not found", bucket));
}

reply healthy(std::string_view version) {
    return with_json(200,
                     fmt::format(R"({{"name":"pverelay","message":"ready for queries and writes",)"
                                 R"("status":"pass","checks":[],"version":"{}"}})",
                                 json_escaped(version)));
}

reply ready() {
    return with_json(200, R"({"status":"ready"})");
}

reply not_ready(std::string_view reason) {
    return with_json(
        503, fmt::format(R"({{"status":"not ready","message":"{}"}})", json_escaped(reason)));
}

reply pong() {
    return {.status = 204, .headers = {}, .body = {}};
}

reply pong_verbose(std::string_view version) {
    return with_json(200, fmt::format(R"({{"version":"{}"}})", json_escaped(version)));
}

reply query_done() {
    return with_json(200, "{\"results\":[{\"statement_id\":0}]}\n");
}

reply options(std::string_view allow) {
    return {.status = 200, .headers = {{"Allow", std::string(allow)}}, .body = {}};
}

std::string json_escaped(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '"':
                escaped += "\\\"";
                break;
            case '\\':
                escaped += "\\\\";
                break;
            case '\n':
                escaped += "\\n";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    fmt::format_to(std::back_inserter(escaped), "\\u{:04x}",
                                   static_cast<unsigned>(c));
                } else {
                    escaped += c;
                }
        }
    }
    return escaped;
}

std::string to_wire(const reply& answer, const wire_form& form) {
    std::string wire;
    wire.reserve(256 + answer.body.size());
    auto out = std::back_inserter(wire);
    const auto reason = answer.reason.empty() ? std::string(reason_phrase(answer.status))
                                              : header_value(answer.reason);
    fmt::format_to(out, "HTTP/1.{} {} {}\r\n", form.http_1_0 ? 0 : 1, answer.status, reason);
    if (!form.version.empty()) {
        fmt::format_to(out, "X-Influxdb-Build: pverelay\r\nX-Influxdb-Version: {}\r\n",
                       form.version);
    }
    for (const auto& [name, value] : answer.headers) {
        fmt::format_to(out, "{}: {}\r\n", name, header_value(value));
    }
    if (has_body(answer)) fmt::format_to(out, "Content-Length: {}\r\n", answer.body.size());
    if (!form.keep_alive) {
        wire += "Connection: close\r\n";
    } else if (form.http_1_0) {
        wire += "Connection: keep-alive\r\n";
    }
    wire += "\r\n";
    if (has_body(answer) && !form.head) wire += answer.body;
    return wire;
}

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 411:
            return "Length Required";
        case 413:
            return "Request Entity Too Large";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Status";
    }
}

}  // namespace relay::listen
