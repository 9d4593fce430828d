#include "relay/listen/lane_cache.hpp"

#include <stdexcept>
#include <utility>

namespace relay::listen {

lane_cache::lane_cache(const listen_options& options, const ingest::identity& identity)
    : options_(options),
      identity_(identity) {
    auto networks = parse_networks(options.allow);
    if (!networks) throw std::invalid_argument(networks.error());
    networks_ = std::move(*networks);
}

const lane_cache::sender& lane_cache::find(const ip_address& address) {
    const auto known = senders_.find(address);
    if (known != senders_.end()) return known->second;
    // Only forged addresses are so many; the true ones are soon known again.
    if (senders_.size() >= senders_max) senders_.clear();
    auto text = to_string(address);
    auto lane = resolve(address, text);
    return senders_.emplace(address, sender{std::move(text), std::move(lane)}).first->second;
}

expected<journal::lane, refused_for> lane_cache::resolve(const ip_address& address,
                                                         std::string_view text) const {
    if (!allowed(networks_, address)) return unexpected(refused_for::address);
    const ingest::sender from{.address = text,
                              .listener_cluster = options_.cluster,
                              .token = {},
                              .bucket = {},
                              .prefix = {}};
    auto lane = identity_.resolve(from, {});  // a datagram names no bucket that could be wrong
    if (!lane) return unexpected(refused_for::cluster);
    return std::move(*lane);
}

}  // namespace relay::listen
