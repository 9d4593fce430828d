// The newest line of every series key: what a page of last values is made of. Folds the journal's
// records in order. A line that is not said again for a while is forgotten, as Prometheus looks
// back for a while, and one whose subject has ended at once; bounded in bytes. Not thread-safe.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/journal/record.hpp"
#include "sinks/end_event.hpp"
#include "sinks/record_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace relay::sinks {

class last_lines {
public:
    struct line {
        std::string text;  // with its newline; several where one time has several lines
        std::int64_t time_ns = 0;
        std::int64_t appended_ns = 0;
    };
    using of_cluster = std::map<std::string, line, std::less<>>;  // by series key
    using of_clusters = std::map<std::string, of_cluster, std::less<>>;

    explicit last_lines(byte_size bytes_max) noexcept : bytes_max_(bytes_max.bytes) {}

    /// Of two buckets or tenants of a cluster, the later line of a series key is the last one.
    void fold(const journal::record& record);

    /// What was last appended before that time.
    void forget_before(std::int64_t appended_ns);

    /// By cluster.
    [[nodiscard]] const of_clusters& all() const noexcept { return clusters_; }

    /// Whether something had no room since the last forget_before() that made some: then all() is
    /// not all.
    [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }
    /// Memory held, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    void end(of_cluster& lines, const end_event& event, const journal::lane& lane);
    [[nodiscard]] bool is_ended(const line& one, const end_event& event, const journal::lane& lane);
    void take(of_cluster& into, std::string_view text, const protocol::point& point,
              std::int64_t appended_ns);

    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    bool overflowed_ = false;
    of_clusters clusters_;
    record_lines lines_;
    record_lines ended_;  // while lines_ is at an event
};

}  // namespace relay::sinks
