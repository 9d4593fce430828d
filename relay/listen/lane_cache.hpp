// Which lane a sender's datagrams belong to, asked of identity once for each address: a node sends
// hundreds in a row. Used by one thread; bounded, because addresses over UDP can be forged.
#pragma once

#include "relay/base/cidr.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/journal/record.hpp"
#include "relay/listen/listen_options.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

class lane_cache {
public:
    static constexpr std::size_t senders_max = 4096;  // nodes, of all clusters behind one relay

    struct sender {
        std::string address;                // textual
        std::optional<journal::lane> lane;  // nothing: not to be listened to
    };

    /// @param options validated
    lane_cache(const listen_options& options, const ingest::identity& identity);

    /// The reference holds until the next call.
    [[nodiscard]] const sender& find(const ip_address& address);

private:
    [[nodiscard]] std::optional<journal::lane> resolve(const ip_address& address,
                                                       std::string_view text) const;

    const listen_options& options_;
    const ingest::identity& identity_;
    std::vector<ip_network> networks_;
    std::map<ip_address, sender> senders_;
};

}  // namespace relay::listen
