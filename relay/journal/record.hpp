// What the journal keeps and the sinks read: a record is one gzip member of line protocol and the
// header that stands in its FEXTRA field (docs/journal-format.md).
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

namespace relay::journal {

/// Whose lines these are. A record holds lines of one lane only, so that a sink can skip or route
/// it unread.
struct lane {
    std::string cluster;  // the constant tag of every line in it
    std::string bucket;   // what the sender asked for; empty over UDP
    std::string tenant;   // empty where there are no tenants

    auto operator<=>(const lane&) const = default;
};

/// Sequences begin at 1, grow by one per record and are never used again; 0 is "before the first".
using sequence = std::uint64_t;

struct record_header {
    journal::sequence sequence = 0;
    std::uint32_t member_bytes = 0;   // the whole gzip member, header and trailer included
    std::uint32_t text_bytes = 0;     // inflated
    std::uint32_t points = 0;         // lines in the text, one point each
    std::uint64_t points_before = 0;  // of all records ever appended before this one
    std::int64_t oldest_ns = 0;       // of the points' timestamps
    std::int64_t newest_ns = 0;
    std::int64_t appended_ns = 0;  // wall clock when it was written
    journal::lane lane;
};

/// Immutable once made. Shared, because the memory tail and every sink's requests hold the same
/// record for as long as each needs it.
struct record {
    record_header header;
    std::string member;  // the gzip member, byte for byte as on disk
    std::string text;    // inflated; empty where the reader asked for the member alone
};
using record_ptr = std::shared_ptr<const record>;

}  // namespace relay::journal
