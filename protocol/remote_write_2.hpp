// Remote write 2.0 (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/): the samples of
// remote_write.hpp as an io.prometheus.write.v2.Request. Every text stands in it once, as a symbol;
// a series has its labels as numbers, and with it comes what is known of its metric.
//
//     Request    { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
//     TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2;
//                  Metadata metadata = 5; }
//     Sample     { double value = 1; int64 timestamp = 2; }
//     Metadata   { MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
//
// What repeats is known here as well and written as a copy element. In a series the metadata stand
// first: then all that is a metric's own is one piece, and so is all that is a line's.
//
//     |head, metadata, __name__|labels, 0x12 size 0x09|value|0x10 time|
#pragma once

#include "protocol/remote_write.hpp"
#include "protocol/snappy_block.hpp"
#include "protocol/snappy_pen.hpp"
#include "protocol/symbol_table.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {

/// The line whose samples are being added. Kept from line to line, since much of a line is as in
/// the line before. Belongs to one write_request_2.
class line_symbols {
public:
    /// @pre the labels stay as they are until the last sample of the line is added
    void begin(const label_block& labels, std::int64_t time_ms) noexcept {
        labels_ = &labels;
        time_ms_ = time_ms;
        is_settled_ = false;
    }

private:
    friend class write_request_2;
    /// A label of labels_text_, in symbols.
    struct pair {
        std::uint32_t at = 0;  // in labels_text_
        std::uint32_t size = 0;
        std::uint32_t name = 0;
        std::uint32_t value = 0;
    };
    void settle_time();
    void write_numbers();
    [[nodiscard]] std::size_t place_of_extra(std::string_view name);

    const label_block* labels_ = nullptr;
    std::int64_t time_ms_ = 0;
    bool is_settled_ = false;

    std::uint64_t request_ = 0;  // that the rest is of
    std::string labels_text_;
    std::vector<pair> pairs_;
    std::string before_;  // numbers of the labels that sort before the name
    std::string behind_;  // of the others, and the beginning of the sample
    std::uint64_t behind_at_ = 0;
    std::size_t numbers_size_ = 0;  // of before_ and of what are numbers of behind_
    std::uint64_t value_ = 0;       // of the sample behind behind_at_
    std::string time_;              // the end of the sample
    std::int64_t written_time_ms_ = 0;
    std::uint64_t time_at_ = 0;
    std::string extra_name_;
    std::optional<std::size_t> extra_place_;  // in before_ and behind_
};

/// A request under construction, in buffers that are kept from request to request. Not thread-safe.
class write_request_2 {
public:
    /// Forgets the series, keeps the memory.
    void clear();

    /// Adds one series with one sample.
    /// @param metric of the label `__name__`; with its metadata, where it has some
    /// @param extra  one more label, whose name is none of the line's; or null
    void add(line_symbols& line, shared_label& metric, shared_label* extra, double value);

    /// Bytes that add() would add to size(), at most.
    [[nodiscard]] std::size_t size_of(const line_symbols& line, const shared_label& metric,
                                      const shared_label* extra) const noexcept;

    /// Bytes that so many add() of a line would add, at most.
    /// @param label_bytes of all their metrics and extras
    [[nodiscard]] static std::size_t size_of_line(const line_symbols& line, std::size_t samples,
                                                  std::size_t label_bytes) noexcept;

    /// Of the message, uncompressed.
    [[nodiscard]] std::size_t size() const noexcept {
        return symbols_.fields().size() + static_cast<std::size_t>(block_.position - begin_);
    }

    /// The message as a snappy block. Holds until the next call.
    /// @pre size() < 2^32, the format's bound
    [[nodiscard]] std::string_view body();

private:
    void settle(line_symbols& line);
    void translate(line_symbols& line);
    void append_rest(line_symbols& line, std::vector<line_symbols::pair>::const_iterator first,
                     std::size_t at);
    void settle(shared_label& label);
    using pen = snappy_format::pen;
    /// What, beside the metric, the sizes of a series follow from.
    struct form {
        std::size_t labels;  // bytes of their numbers
        std::size_t time;
        [[nodiscard]] std::uint64_t number() const noexcept { return labels << 8 | time; }
    };
    [[nodiscard]] bool holds(const shared_label& metric, form of,
                             std::string_view before) const noexcept;
    void write_metric(shared_label& metric, form of, std::string_view before);
    void add_with_extra(line_symbols& line, shared_label& metric, shared_label& extra, form of,
                        std::uint64_t value);

    symbol_table symbols_;
    snappy_format::block_buffer block_;      // the series
    std::uint64_t begin_ = block_.position;  // of this request
    std::uint64_t request_ = 1;
    snappy_block compressor_;  // of the symbols
    std::string body_;
    std::string with_extra_;
    std::string last_text_;                       // of a line's labels, while …
    std::vector<line_symbols::pair> last_pairs_;  // … the next one's are translated
};

}  // namespace relay::protocol
