#include "relay/listen/socket_pool.hpp"

#include <algorithm>
#include <fcntl.h>
#include <utility>

namespace relay::listen {
namespace {

bool is_unspecified_v4(const ip_address& address) noexcept {
    return address.is_v4() && endpoint{.address = address, .port = 0}.wildcard();
}

/// systemd passes sockets that block where the unit says nothing.
void make_non_blocking(int fd) noexcept {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

socket_pool::socket_pool(std::vector<given_socket> given, log& log) : log_(log) {
    for (auto& one : given) {
        if (const auto address = bound_address_of(one.fd.get())) {
            make_non_blocking(one.fd.get());
            entries_.push_back({std::move(one), *address});
            continue;
        }
        log.warning(
            "the file descriptor \"{}\" that we were started with is no UDP socket and no "
            "listening TCP socket: it is not used",
            printable(one.name));
    }
}

socket_pool::entry* socket_pool::find(const endpoint& where, listen_kind kind) {
    const auto first = [&](auto fits) {
        const auto at = std::ranges::find_if(entries_, [&](const entry& one) {
            return one.socket.fd && one.address.kind == kind &&
                   one.address.where.port == where.port && fits(one.address.where.address);
        });
        return at == entries_.end() ? nullptr : &*at;
    };
    if (where.port == 0) return nullptr;  // any free one is meant
    auto* exact = first([&](const ip_address& address) { return address == where.address; });
    const bool any_v6 = where.wildcard() && !where.address.is_v4();
    return exact == nullptr && any_v6 ? first(is_unspecified_v4) : exact;
}

expected<socket_pool::taken, std::string> socket_pool::take(std::string_view address,
                                                            listen_kind kind) {
    const auto where = endpoint::parse(address);
    if (!where) return unexpected(where.error());
    if (auto* const one = find(*where, kind)) {
        if (one->address.only_v6 && where->wildcard()) {
            log_.warning(
                "the socket {} that we were given hears IPv6 alone: BindIPv6Only=both in "
                "pverelay.socket lets IPv4 in",
                to_string(one->address));
        }
        return taken{
            .fd = std::move(one->socket.fd), .name = std::move(one->socket.name), .given = true};
    }
    auto bound = bind_socket(*where, kind);
    if (!bound) return unexpected(std::move(bound).error());
    return taken{.fd = std::move(*bound), .name = {}, .given = false};
}

std::vector<socket_pool::unused> socket_pool::left() const {
    std::vector<unused> all;
    for (const auto& one : entries_) {
        if (one.socket.fd) all.push_back({to_string(one.address), one.socket.name});
    }
    return all;
}

}  // namespace relay::listen
