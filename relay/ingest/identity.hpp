// Whose line it is: from listener, token, bucket, path prefix or source address to a lane.
// Immutable after construction, so any thread may ask.
#pragma once

#include "relay/base/cidr.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/secret.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// What a listener knows about one request or datagram. Views hold for the call.
struct sender {
    std::string_view address;           // of the peer, textual, without port
    std::string_view listener_cluster;  // `cluster` of its [[listen]], or empty
    std::string_view token;             // as presented, empty where none was
    std::string_view bucket;            // v2 bucket or v1 db, as sent; empty over UDP
    std::string_view prefix;  // path before /api/v2/write or /write, without outer slashes
};

/// One [[cluster]]. Of each list one entry must match, of each rule that is given: a cluster with
/// buckets and tokens accepts only who knows both. Where it has no rule at all it accepts everyone
/// (the usual single cluster).
struct cluster_rule {
    std::string name;
    std::vector<std::string> buckets;
    std::vector<secret> tokens;
    std::vector<std::string> sources;  // CIDR
    std::string prefix;
    [[nodiscard]] bool open() const noexcept {
        return buckets.empty() && tokens.empty() && sources.empty() && prefix.empty();
    }
    bool operator==(const cluster_rule&) const = default;
};

enum class refusal : std::uint8_t {
    no_cluster,      // 403: no cluster accepts this sender
    unknown_bucket,  // 404: the listener enforces buckets and this is none of them
};

/// The bucket is part of every record's header; InfluxDB's own names are far shorter. A longer one
/// is an unknown bucket.
inline constexpr std::size_t bucket_bytes_max = 255;

class identity {
public:
    /// @param clusters at least one; where several match, the first that does wins, those with
    /// rules before the one without. A listener's own `cluster` decides alone.
    /// @throws std::invalid_argument where a source is no network: at start-up only.
    explicit identity(std::vector<cluster_rule> clusters);

    /// @param buckets_enforced the listener's `buckets`; empty: any bucket
    [[nodiscard]] expected<journal::lane, refusal> resolve(
        const sender& from, const std::vector<std::string>& buckets_enforced) const;

private:
    struct candidate {
        cluster_rule rule;
        std::vector<ip_network> sources;
    };

    [[nodiscard]] const candidate* find(const sender& from) const;

    std::vector<candidate> clusters_;  // those with rules first
};

}  // namespace relay::ingest
