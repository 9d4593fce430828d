// Remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): samples to the body
// of a request, a WriteRequest in snappy's block format. One sample makes one TimeSeries: a line
// of Proxmox has one time and a value per field, so every series of a request holds one sample.
//
// The samples of a line share their labels and their time, and the lines of a kind share the names
// of their metrics. So nothing is searched for what repeats: it is known, and written as a copy
// element. The uncompressed message is never made.
//
//     label_block labels(sorted);                          // once per set of labels
//     shared_label cpu({metric_name_label, "cpustat_cpu"});  // once per metric
//     line_series line;                                    // once
//     write_request request;
//     line.begin(labels, time_ms);            // per line
//     request.add(line, cpu, nullptr, 0.25);  // per field: a few copy elements and eight bytes
//     post(request.body());
//
// Nothing is allocated per sample once the buffers have grown. Not thread-safe.
#pragma once

#include "protocol/metric_metadata.hpp"
#include "protocol/snappy_pen.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace relay::protocol {

struct label {
    std::string_view name;
    std::string_view value;
    bool operator==(const label&) const = default;
};

/// The label that carries the metric's name.
inline constexpr std::string_view metric_name_label = "__name__";

/// Appends one TimeSeries with protozero, uncompressed: the plain twin of write_request.
/// @param labels all of them, `__name__` included, sorted by bytes
void append_series(std::string& out, std::span<const label> labels, double value,
                   std::int64_t time_ms);

/// Appends one MetricMetadata, uncompressed. The specification leaves the field to implementations;
/// this is what Prometheus and all that follow it make of it.
void append_metadata(std::string& out, const metric_metadata& metric);

/// Labels, serialised: the fields of a TimeSeries that carry them.
class label_block {
public:
    label_block() = default;
    /// @pre sorted by bytes, no name twice, none of them `__name__`
    explicit label_block(std::span<const label> labels);

    [[nodiscard]] std::string_view before_name() const noexcept {
        return std::string_view(bytes_).substr(0, name_at_);
    }
    [[nodiscard]] std::string_view behind_name() const noexcept {
        return std::string_view(bytes_).substr(name_at_);
    }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

private:
    std::string bytes_;
    std::size_t name_at_ = 0;  // where `__name__` belongs: upper case sorts before it
};

/// One label, serialised, that stands in series of many lines: a metric's name, a state. Remembers
/// where the request holds it.
class shared_label {
public:
    explicit shared_label(const label& from);

    /// The serialised field of a TimeSeries.
    [[nodiscard]] std::string_view field() const noexcept { return field_; }
    [[nodiscard]] std::size_t size() const noexcept { return field_.size(); }
    /// Whether they are the same label.
    bool operator==(const shared_label& other) const noexcept { return field_ == other.field_; }
    [[nodiscard]] label text() const;

    /// What is known of the metric that it names: asked once. Null where nothing is.
    void describe(const metric_metadata* metric) noexcept {
        metadata_ = metric;
        is_described_ = true;
    }
    [[nodiscard]] bool is_described() const noexcept { return is_described_; }

private:
    friend class write_request;
    friend class write_request_2;
    /// What stands for it in a request of 2.0 (remote_write_2.hpp).
    struct in_symbols {
        std::uint64_t request = 0;  // that the rest is of
        std::array<char, 10> pair;  // the numbers of name and value
        std::uint8_t pair_size = 0;
        std::uint8_t metadata_size = 0;
        std::array<char, 16> metadata;  // the field of the series that says what is known
        std::uint32_t size = 0;  // of all before and with the name in the series it stood in last …
        std::uint64_t form = 0;  // … which was of that form; 0: there is none to be copied
        std::uint64_t at = 0;    // where that begins
    };

    std::string field_;
    std::uint64_t at_ = 0;         // where field_ stands: a position of the write_request
    std::size_t series_size_ = 0;  // of the TimeSeries whose head it stands right behind, or 0
    bool is_described_ = false;
    const metric_metadata* metadata_ = nullptr;
    in_symbols in_2_;
};

/// The line whose samples are being added, and where the request holds what they share. Kept from
/// line to line, since much of a line is as in the line before. Belongs to one write_request.
class line_series {
public:
    /// Copies the labels.
    void begin(const label_block& labels, std::int64_t time_ms);

private:
    friend class write_request;
    /// Bytes, and the position where the request holds them.
    struct part {
        void assign(std::string_view text);
        std::string bytes;
        std::uint64_t at = 0;
    };
    // A TimeSeries: |before|__name__|behind, 0x12 size 0x09|value|0x10 time|
    part before_;
    part behind_;
    part time_;
    std::int64_t time_ms_ = 0;     // that time_ holds
    std::uint64_t value_ = 0;      // of the sample that behind_ stands in
    std::size_t shared_size_ = 0;  // of a TimeSeries but for its name and an extra label
    part last_behind_;             // of another line before this one

    /// Where an extra label of that name belongs; the states of a set ask one after the other.
    [[nodiscard]] std::size_t place_of_extra(std::string_view name, std::string_view labels);
    std::string extra_name_;
    std::optional<std::size_t> extra_place_;
};

/// A request under construction, in a buffer that is kept from request to request.
class write_request {
public:
    /// Forgets the series, keeps the memory.
    void clear() noexcept;

    /// Adds one series with one sample.
    /// @param metric of the label `__name__`
    /// @param extra  one more label, whose name is none of the line's; or null
    void add(line_series& line, shared_label& metric, shared_label* extra, double value);

    /// Bytes that add() would add to size().
    [[nodiscard]] static std::size_t size_of(const line_series& line, const shared_label& metric,
                                             const shared_label* extra) noexcept;

    /// Bytes that so many add() of a line would add, at most.
    /// @param label_bytes of all their metrics and extras
    [[nodiscard]] static std::size_t size_of_line(const line_series& line, std::size_t samples,
                                                  std::size_t label_bytes) noexcept {
        return samples * (series_head_max + line.shared_size_) + label_bytes;
    }

    /// Of the message, uncompressed.
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(block_.position - begin_);
    }

    /// The message as a snappy block. Holds until the next add() or clear().
    /// @pre size() < 2^32, the format's bound
    [[nodiscard]] std::string_view body();

private:
    static constexpr std::size_t length_bytes_max = 5;
    static constexpr std::size_t series_head_max = 11;  // a tag and a varint

    class pen;
    [[nodiscard]] bool add_copies(line_series& line, shared_label& metric, std::size_t series,
                                  std::uint64_t value) noexcept;
    static void add_name(pen& out, line_series& line, shared_label& metric,
                         std::size_t series) noexcept;
    static void add_split(pen& out, line_series& line, shared_label& metric, shared_label& extra,
                          std::size_t series) noexcept;

    // Before the elements is room for the length.
    snappy_format::block_buffer block_{.storage = std::string(length_bytes_max, '\0'),
                                       .used = length_bytes_max};
    std::uint64_t begin_ = block_.position;  // of this request
};

}  // namespace relay::protocol
