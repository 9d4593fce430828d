#include "relay/simulate/target.hpp"

#include "relay/base/unique_fd.hpp"
#include "relay/simulate/transactions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>

namespace relay::simulate {
namespace {

using clock = std::chrono::steady_clock;

/// Takes the scheme off the front of `url`.
std::optional<transport> take_scheme(std::string_view& url) {
    for (const auto& [scheme, carrier] : {std::pair{std::string_view("http://"), transport::http},
                                          std::pair{std::string_view("udp://"), transport::udp}}) {
        if (!url.starts_with(scheme)) continue;
        url.remove_prefix(scheme.size());
        return carrier;
    }
    return std::nullopt;
}

/// "[::1]:8086" or "host:8086" or "host", into the target's host and port.
void split_authority(std::string_view authority, target& into) {
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    into.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) into.port = authority.substr(colon + 1);
}

expected<void, std::string> resolve(target& into) {
    auto name = into.host;
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = into.carrier == transport::udp ? SOCK_DGRAM : SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = ::getaddrinfo(name.c_str(), into.port.c_str(), &hints, &found);
    if (failed != 0) {
        return unexpected(fmt::format("{}:{}: {}", into.host, into.port, ::gai_strerror(failed)));
    }
    std::memcpy(&into.address, found->ai_addr, found->ai_addrlen);
    into.address_bytes = found->ai_addrlen;
    ::freeaddrinfo(found);
    return {};
}

unique_fd connected_socket(const target& to, int type, std::chrono::milliseconds timeout) {
    unique_fd fd(::socket(to.address.ss_family, type | SOCK_CLOEXEC, 0));
    if (!fd) return fd;
    timeval wait{};
    wait.tv_sec = timeout.count() / 1000;
    wait.tv_usec = timeout.count() % 1000 * 1000;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    const auto* address = reinterpret_cast<const sockaddr*>(&to.address);
    if (::connect(fd.get(), address, to.address_bytes) != 0) fd.reset();
    return fd;
}

// LWP::Protocol::http of libwww-perl 6.68, as it was seen on the wire: no content type, no
// compression, organisation and bucket as they are configured, without percent-encoding.
std::string head_of(const target& to, const push_identity& as, std::size_t body_bytes) {
    auto head = fmt::format("POST {}/api/v2/write?org={}&bucket={} HTTP/1.1\r\n", to.prefix,
                            as.organization, as.bucket);
    head += "TE: deflate,gzip;q=0.3\r\nConnection: TE, close\r\n";
    if (!as.token.empty()) head += fmt::format("Authorization: Token {}\r\n", as.token);
    head += fmt::format("Host: {}:{}\r\nUser-Agent: libwww-perl/6.68\r\n", to.host, to.port);
    head += fmt::format("Content-Length: {}\r\n\r\n", body_bytes);
    return head;
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool send_request(int fd, std::string head, std::string_view body) {
    // LWP puts a small body into the same write as the head.
    constexpr std::size_t small_body_bytes = 8 << 10;
    if (body.size() > small_body_bytes) return send_all(fd, head) && send_all(fd, body);
    return send_all(fd, head.append(body));
}

/// Reads up to the empty line. Empty where there was none.
std::string receive_head(int fd) {
    constexpr std::size_t head_bytes_max = 64 << 10;
    std::string head;
    char part[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
        const auto got = ::recv(fd, part, sizeof part, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || head.size() > head_bytes_max) return {};
        head.append(part, static_cast<std::size_t>(got));
    }
    return head;
}

/// The value of a header; `name` in lower case.
std::string header_of(std::string_view head, std::string_view name) {
    std::string lower(head);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = lower.find(fmt::format("\r\n{}:", name));
    if (found == std::string::npos) return {};
    const auto begin = head.find_first_not_of(' ', found + name.size() + 3);
    return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
}

void read_answer(std::string_view head, answer& into) {
    // "HTTP/1.1 204 No Content"
    const bool is_http = head.starts_with("HTTP/1.") && head.size() > 12;
    if (!is_http) {
        into.error = "the answer is not HTTP";
        return;
    }
    for (const char c : head.substr(9, 3))
        into.status = into.status * 10 + (c - '0');
    into.durable = header_of(head, "x-relay-durable");
}

answer exchange(const target& to, const push_identity& as, std::string_view body,
                std::chrono::milliseconds timeout) {
    answer result;
    const auto fd = connected_socket(to, SOCK_STREAM, timeout);
    if (!fd) {
        result.error = fmt::format("connect: {}", std::strerror(errno));
        return result;
    }
    // A server may answer (401, 413) and close before it has read the body: a failed write does not
    // mean that there is nothing to read.
    const bool is_sent = send_request(fd.get(), head_of(to, as, body.size()), body);
    const auto head = receive_head(fd.get());
    if (head.empty()) {
        result.error = is_sent ? "no answer" : fmt::format("send: {}", std::strerror(errno));
        return result;
    }
    read_answer(head, result);
    return result;
}

}  // namespace

expected<target, std::string> parse_target(std::string_view url) {
    target result;
    auto rest = url;
    const auto carrier = take_scheme(rest);
    if (!carrier) return unexpected(fmt::format("{}: neither http:// nor udp://", url));
    result.carrier = *carrier;
    const auto slash = rest.find('/');
    result.port = *carrier == transport::http ? "8086" : "8089";  // PVE's defaults
    split_authority(rest.substr(0, slash), result);
    if (slash != std::string_view::npos) result.prefix = rest.substr(slash);
    while (result.prefix.ends_with('/'))
        result.prefix.pop_back();
    if (result.host.empty() || result.port.empty()) {
        return unexpected(fmt::format("{}: no host or no port", url));
    }
    return resolve(result).map([&] { return result; });
}

answer post(const target& to, const push_identity& as, std::string_view body,
            std::chrono::milliseconds timeout) {
    const auto begin = clock::now();
    auto result = exchange(to, as, body, timeout);
    result.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - begin);
    return result;
}

std::size_t send_datagrams(const target& to, std::string_view text) {
    const auto fd = connected_socket(to, SOCK_DGRAM, std::chrono::seconds(1));
    if (!fd) return 0;
    std::size_t taken = 0;
    for (const auto datagram : datagrams_of(text)) {
        // PVE's socket does not block: what the kernel has no room for is gone.
        const auto sent = ::send(fd.get(), datagram.data(), datagram.size(), MSG_DONTWAIT);
        if (sent < 0) break;
        ++taken;
    }
    return taken;
}

}  // namespace relay::simulate
