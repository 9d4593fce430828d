// Which lane a sender's datagrams belong to, asked of identity once for each address: a node sends
// hundreds in a row. Used by one thread; bounded, because addresses over UDP can be forged.
#pragma once

#include "relay/base/cidr.hpp"
#include "relay/base/expected.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/journal/record.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/listen/refusal_log.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

class lane_cache {
public:
    static constexpr std::size_t senders_max = 4096;  // nodes, of all clusters behind one relay

    struct sender {
        std::string address;  // textual
        /// Whose lines it sends, or why it is not to be listened to.
        expected<journal::lane, refused_for> lane;
    };

    /// @param options validated
    lane_cache(const listen_options& options, const ingest::identity& identity);

    /// The reference holds until the next call.
    [[nodiscard]] const sender& find(const ip_address& address);

private:
    [[nodiscard]] expected<journal::lane, refused_for> resolve(const ip_address& address,
                                                               std::string_view text) const;

    const listen_options& options_;
    const ingest::identity& identity_;
    std::vector<ip_network> networks_;
    std::map<ip_address, sender> senders_;
};

}  // namespace relay::listen
