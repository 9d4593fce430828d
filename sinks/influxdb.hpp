// InfluxDB 1, 2 and 3, each by its own write API (docs/influxdb.md). Whole records go out as the
// gzip members they already are, one behind the other in one body (RFC 1952 allows it; InfluxDB 1
// and 2 and VictoriaMetrics read it). Only where a part of a record is wanted is it inflated, and
// that part compressed again; and for InfluxDB 3, which reads one member, or not all lines as they
// are, several records become one.
//
// A unit is a line. Owned and called by one delivery thread.
#pragma once

#include "protocol/gzip_member.hpp"
#include "relay/base/byte_size.hpp"
#include "sinks/influxdb_api.hpp"
#include "sinks/lane_filter.hpp"
#include "sinks/record_lines.hpp"
#include "sinks/sink.hpp"
#include "sinks/store_access.hpp"
#include "sinks/type_guard.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::sinks {

struct influxdb_options {
    std::string url;  // without /api/v2/write or its like; a path prefix stays
    influxdb_api api = influxdb_api::v2;
    std::string org;  // of v2
    /// Of v2; v1 and v3 call it a database.
    /// May hold {bucket}, {cluster}, {tenant}, as headers may. A record whose bucket, or one of
    /// whose headers, would be empty (sent over UDP, which names none, to "{bucket}") is not taken.
    std::string bucket;
    std::string retention_policy;  // of v1; empty: the database's own default
    store_auth auth;
    std::vector<custom_header> headers;
    lane_filter only;
    /// Compressed bytes of one request; a single record may be larger. 1 MiB holds about 5 MiB of
    /// lines: large enough that a request's cost does not show, small enough to be sent again.
    byte_size request_bytes_max = 1_MiB;
    /// Records in one request that is made of records as they are.
    std::size_t members_max = 256;
    /// Lines of one request that is written anew, before compression. InfluxDB 3 refuses 10 MB.
    byte_size text_bytes_max = 8_MiB;
    type_guard_mode guard = type_guard_mode::off;
    /// Fields that the guard notes, of all databases: Proxmox has some 150, an old setup has a
    /// handful of them as another type. Beyond, a conflict is a refusal.
    std::size_t guarded_fields_max = 1000;
    bool operator==(const influxdb_options&) const = default;
};

/// Whether such lines have a bucket here, and headers that name somebody.
[[nodiscard]] bool has_destination(const influxdb_options& options, const journal::lane& lane);

/// What is wrong with the options, as a sentence for the operator.
[[nodiscard]] std::optional<std::string> find_problem(const influxdb_options& options);

class influxdb final : public sink {
public:
    /// @pre find_problem() finds none
    explicit influxdb(influxdb_options options);

    [[nodiscard]] bool takes(const journal::lane& lane) const override;
    [[nodiscard]] bool needs_text() const override { return false; }
    [[nodiscard]] encoded encode(std::span<const journal::record_ptr> records, place from,
                                 std::size_t units_max) override;
    [[nodiscard]] verdict judge(const http_response& response) const override;
    /// An empty write to where the last request went: a proxy, a token or a bucket that is wrong
    /// for the lines is wrong for it as well, which GET /health would not show. Before the first
    /// request of a sink whose bucket depends on the lane there is no such place: then a GET.
    [[nodiscard]] std::optional<http_request> probe() const override;
    [[nodiscard]] bool adapts_to(const http_response& response) override;
    /// InfluxDB 1 and 2 answer 204 to an empty write, InfluxDB 3 that it was empty.
    [[nodiscard]] verdict judge_probe(const http_response& response) const override;

    /// What its type guard has learnt.
    [[nodiscard]] std::shared_ptr<const guarded_fields> guarded() const noexcept {
        return guard_.shown();
    }

private:
    /// A request of lines that are compressed again.
    struct draft {
        place from;
        std::size_t units_max;
        type_guard::view guard;
        encoded out = {};
    };

    [[nodiscard]] bool writes_anew(const journal::lane& lane) const;
    [[nodiscard]] std::string destination_of(const journal::lane& lane) const;
    [[nodiscard]] http_request request_for(const journal::lane& lane) const;
    [[nodiscard]] bool same_destination(const journal::lane& a, const journal::lane& b) const;
    [[nodiscard]] encoded encode_whole(std::span<const journal::record_ptr> records, place from,
                                       std::size_t units_max);
    [[nodiscard]] encoded encode_anew(std::span<const journal::record_ptr> records, place from,
                                      std::size_t units_max);
    [[nodiscard]] bool add_lines(const journal::record& record, std::size_t index, draft& d);
    /// The record's text: its own, or inflated into inflated_. None where the member is damaged.
    [[nodiscard]] std::optional<std::string_view> text_of(const journal::record& record);

    const influxdb_options options_;
    const bool is_one_destination_;  // neither bucket nor headers depend on the lane
    std::optional<http_header> authorization_;
    std::optional<journal::lane> last_lane_;
    type_guard guard_;
    record_lines lines_;
    std::optional<protocol::gzip_compressor> compressor_;  // made when first needed: 300 KiB
    std::string inflated_;                                 // the record that is read
    std::string text_;  // the lines of the request that is written anew
};

}  // namespace relay::sinks
