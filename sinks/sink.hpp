// What a store is to the relay: records to a request, a response to a verdict. Pure: no I/O, no
// thread, no clock. relay/delivery drives it and decides when to send, wait, split or give up.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/http_message.hpp"
#include "relay/journal/record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relay::sinks {

/// A place in a span of records: record index and unit within that record. What a unit is, is the
/// sink's choice: the smallest thing that it can send alone (a line for InfluxDB, a sample for
/// remote write). {records.size(), 0} is the end.
struct place {
    std::size_t record = 0;
    std::size_t unit = 0;
    auto operator<=>(const place&) const = default;
};

struct encoded {
    http_request request;
    place end;                // where the next request begins
    std::size_t units = 0;    // in this request; 0: nothing to send between `from` and `end`
    std::size_t points = 0;   // samples or lines in it, for the counters
    std::size_t dropped = 0;  // units left out by rule (too many series, no value …)
};

/// What an answer means (design table in docs/delivery.md).
enum class verdict_kind : std::uint8_t {
    delivered,      // stored
    rest_stored,    // stored but for some points that never will be: go on, count
    refused,        // these bytes will never be taken whole: bisect
    too_large,      // send less at once
    configuration,  // a wrong token, bucket, path: keep, back off, tell the operator
    later,          // overloaded, down, unreachable: back off, then send identical bytes
    fault,          // 500: later at first; after some tries halves may tell poison from outage
    unsupported,    // 415: fall back to an older form
};

/// The reason of a fault whose words say nothing about the data; any other reason blames them.
inline constexpr std::string_view unexplained_fault = "server_error";

struct verdict {
    verdict_kind kind = verdict_kind::later;
    std::optional<std::chrono::seconds> retry_after;
    /// For the operator, and in metrics as a label: duplicate, out_of_order, too_old, …
    std::string_view reason;  // a literal
    std::string detail;       // the store's own words, cut and printable
    /// Where the store says how many points of the request it has stored: that number.
    std::optional<std::size_t> stored = {};
};

class sink {
public:
    virtual ~sink() = default;

    /// From lane and configuration alone: whether this sink wants such records at all. Any thread:
    /// what is deleted unsent counts only for those who wanted it.
    [[nodiscard]] virtual bool takes(const journal::lane& lane) const = 0;

    /// Whether encode() of whole records reads their text (remote write) or their members only.
    [[nodiscard]] virtual bool needs_text() const = 0;

    /// One request that begins at `from` and holds at most `units_max` units: fewer where the
    /// request would grow too large, change its destination or repeat a series. Deterministic:
    /// the same arguments give the same points in the same order.
    /// @pre takes() is true for every record; from.record < records.size().
    /// A sink that does not need text inflates the member itself where only a part is wanted.
    [[nodiscard]] virtual encoded encode(std::span<const journal::record_ptr> records, place from,
                                         std::size_t units_max) = 0;

    /// Of how many units one line of a record's text is, sent or left out.
    [[nodiscard]] virtual std::size_t units_in(std::string_view /*line*/) const { return 1; }

    /// How much of the journal before its place a sink has to have seen, to go on as if it had
    /// never stopped; none where a record tells all there is to know.
    [[nodiscard]] virtual std::chrono::seconds memory() const { return {}; }
    /// Before the first encode(): a record that an earlier process sent, in order. Nothing is sent.
    /// @pre takes(); with its text, if it is needed
    virtual void recall(const journal::record& /*record*/) {}

    [[nodiscard]] virtual verdict judge(const http_response& response) const = 0;

    /// Whether the sink has learnt from this answer to write the same units in a way that the store
    /// takes. What was made before is not to be sent again; it learns so only a bounded number of
    /// times. Called after judge(), of data alone.
    [[nodiscard]] virtual bool adapts_to(const http_response& /*response*/) { return false; }

    /// A GET or an empty write that a healthy, well-configured store answers with 2xx; asked
    /// before a refusal is believed and by `doctor`. None where there is nothing to ask.
    [[nodiscard]] virtual std::optional<http_request> probe() const = 0;

    /// The answer to it, where that is another than the answer to data would be.
    [[nodiscard]] virtual verdict judge_probe(const http_response& response) const {
        return judge(response);
    }

    /// Something to tell the store beside the records, such as what its metrics mean. Asked for
    /// after a request was stored, and sent apart from the records: it neither delays nor stops
    /// them, whatever is answered.
    [[nodiscard]] virtual std::optional<http_request> aside(steady_time /*now*/) { return {}; }
};

}  // namespace relay::sinks
