#include "protocol/remote_write.hpp"

#include "protocol/common_ends.hpp"
#include "protocol/serialised_label.hpp"
#include "protocol/snappy_elements.hpp"
#include "relay/base/check.hpp"

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace relay::protocol {

namespace {

// The message, from the specification's section "Protocol":
//   WriteRequest { repeated TimeSeries timeseries = 1; }
//   TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
//   Label        { string name = 1; string value = 2; }
//   Sample       { double value = 1; int64 timestamp = 2; }
// A tag byte is field number << 3 | wire type; wire type 0 is a varint, 1 eight bytes, 2 a length.
constexpr char tag_series = 0x0a;
constexpr char tag_label = 0x0a;
constexpr char tag_samples = 0x12;
constexpr char tag_label_name = 0x0a;
constexpr char tag_label_value = 0x12;
constexpr char tag_sample_value = 0x09;
constexpr char tag_sample_time = 0x10;

static_assert(std::endian::native == std::endian::little, "doubles are copied as they lie");

[[nodiscard]] std::size_t varint_size(std::uint64_t n) noexcept {
    return static_cast<std::size_t>(protozero::length_of_varint(n));
}

[[nodiscard]] char* put_varint(char* to, std::uint64_t n) noexcept {
    return to + protozero::add_varint_to_buffer(to, n);
}

[[nodiscard]] char* put(char* to, std::string_view bytes) noexcept {
    return to + bytes.copy(to, bytes.size());
}

/// Size of a Label message, without its tag and length.
[[nodiscard]] std::size_t label_size(const label& l) noexcept {
    return 2 + varint_size(l.name.size()) + l.name.size() + varint_size(l.value.size()) +
           l.value.size();
}

/// Size of a length-delimited field with a tag of one byte.
[[nodiscard]] std::size_t field_size(std::size_t message) noexcept {
    return 1 + varint_size(message) + message;
}

[[nodiscard]] char* put_label(char* to, const label& l) noexcept {
    *to++ = tag_label;
    to = put_varint(to, label_size(l));
    *to++ = tag_label_name;
    to = put(put_varint(to, l.name.size()), l.name);
    *to++ = tag_label_value;
    return put(put_varint(to, l.value.size()), l.value);
}

/// Tag and length of a TimeSeries, in a word.
class series_head {
public:
    explicit series_head(std::size_t series) noexcept {
        size_ = 1;
        bytes_ = tag_series;
        for (; series >= 0x80; series >>= 7)
            bytes_ |= ((series & 0x7f) | 0x80) << 8 * size_++;
        bytes_ |= series << 8 * size_++;
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// Less than the word: a request is shorter than 4 GiB.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    std::uint64_t bytes_ = 0;
    std::size_t size_ = 0;
};

/// Where in serialised labels one of that name belongs: before the first that sorts after it.
[[nodiscard]] std::size_t place_of(std::string_view name, std::string_view labels) noexcept {
    const char* at = labels.data();
    const char* const end = at + labels.size();
    while (at != end && *at == tag_label) {
        const auto whole = label_at(at, end);
        if (read_label(whole).name > name) break;
        at += whole.size();
    }
    return static_cast<std::size_t>(at - labels.data());
}

/// Elements of one sample, at most; none is longer than its bytes and an overhead.
constexpr std::size_t elements_max = 10;

/// A copy element of fewer bytes saves little.
constexpr std::size_t worth_copying = 8;

}  // namespace

void append_series(std::string& out, std::span<const label> labels, double value,
                   std::int64_t time_ms) {
    protozero::pbf_writer request(out);
    protozero::pbf_writer series(request, 1);
    for (const auto& l : labels) {
        protozero::pbf_writer writer(series, 1);
        writer.add_string(1, l.name.data(), l.name.size());
        writer.add_string(2, l.value.data(), l.value.size());
    }
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value);
    sample.add_int64(2, time_ms);
}

// MetricMetadata { MetricType type = 1; string metric_family_name = 2; string help = 4;
//                  string unit = 5; }, field 3 of the WriteRequest
//                  (prometheus/prompb/remote.proto).
void append_metadata(std::string& out, const metric_metadata& metric) {
    protozero::pbf_writer request(out);
    protozero::pbf_writer one(request, 3);
    const auto add = [&](std::uint32_t field, std::string_view text) {
        if (!text.empty()) one.add_string(field, text.data(), text.size());
    };
    one.add_enum(1, static_cast<std::int32_t>(metric.type));
    add(2, metric.metric);
    add(4, metric.help);
    add(5, metric.unit);
}

label_block::label_block(std::span<const label> labels) {
    std::size_t size = 0;
    for (const auto& l : labels)
        size += field_size(label_size(l));
    bytes_.resize(size);
    char* to = bytes_.data();
    for (const auto& l : labels) {
        RELAY_ASSERT(l.name != metric_name_label);
        to = put_label(to, l);
        if (l.name < metric_name_label) name_at_ = static_cast<std::size_t>(to - bytes_.data());
    }
}

shared_label::shared_label(const label& from) : field_(field_size(label_size(from)), '\0') {
    static_cast<void>(put_label(field_.data(), from));
}

label shared_label::text() const {
    return read_label(field_);
}

void line_series::part::assign(std::string_view text) {
    if (bytes == text) return;
    bytes.assign(text);
    at = 0;
}

std::size_t line_series::place_of_extra(std::string_view name, std::string_view labels) {
    if (!extra_place_ || extra_name_ != name) {
        extra_name_ = name;
        extra_place_ = place_of(name, labels);
    }
    return *extra_place_;
}

void line_series::begin(const label_block& labels, std::int64_t time_ms) {
    if (time_ms != time_ms_ || time_.bytes.empty()) {
        std::array<char, 1 + protozero::max_varint_length> time;
        time.front() = tag_sample_time;
        const auto* const end = put_varint(time.data() + 1, static_cast<std::uint64_t>(time_ms));
        time_.assign({time.data(), static_cast<std::size_t>(end - time.data())});
        time_ms_ = time_ms;
    }
    const auto time_size = time_.bytes.size();
    const std::array head{tag_samples, static_cast<char>(1 + sizeof(double) + time_size),
                          tag_sample_value};
    before_.assign(labels.before_name());
    extra_place_.reset();

    const auto behind = labels.behind_name();
    const std::string_view old = behind_.bytes;
    const std::string_view sample(head.data(), head.size());
    shared_size_ = labels.size() + sample.size() + sizeof value_ + time_size;
    if (old.size() == behind.size() + sample.size() && old.starts_with(behind) &&
        old.ends_with(sample)) {
        return;
    }
    std::swap(last_behind_, behind_);
    behind_.bytes.assign(behind).append(sample);
    behind_.at = 0;
}

class write_request::pen : public snappy_format::pen {
public:
    explicit pen(write_request& request) noexcept : snappy_format::pen(request.block_) {}

    void head(const series_head& of) noexcept { literal(of.bytes(), of.size()); }

    /// Bytes much like others, which the request may hold at `at`.
    void resemble(std::string_view bytes, std::string_view others, std::uint64_t at) noexcept {
        if (!reaches(at)) return literal(bytes);
        const auto prefix = common_prefix(bytes, others);
        const auto suffix = common_suffix(bytes.substr(prefix), others.substr(prefix));
        const auto first = prefix < worth_copying ? 0 : prefix;
        const auto last = suffix < worth_copying ? 0 : suffix;
        copy(at, first);
        literal(bytes.substr(first, bytes.size() - first - last));
        share_slice(bytes, at + others.size() - bytes.size(), bytes.size() - last, last);
    }
};

void write_request::clear() noexcept {
    block_.position += snappy_format::reach + 1;
    begin_ = block_.position;
    block_.used = length_bytes_max;
}

std::size_t write_request::size_of(const line_series& line, const shared_label& metric,
                                   const shared_label* extra) noexcept {
    return field_size(line.shared_size_ + metric.size() + (extra != nullptr ? extra->size() : 0));
}

void write_request::add(line_series& line, shared_label& metric, shared_label* extra,
                        double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto series = line.shared_size_ + metric.size() + (extra != nullptr ? extra->size() : 0);
    block_.make_room(field_size(series) + elements_max * snappy_format::literal_overhead);
    if (extra == nullptr && add_copies(line, metric, series, bits)) return;
    pen out(*this);
    if (extra != nullptr) {
        add_split(out, line, metric, *extra, series);
    } else {
        add_name(out, line, metric, series);
        auto& behind = line.behind_;
        if (out.reaches(behind.at)) {
            out.share(behind.bytes, behind.at);
        } else {
            behind.at = out.position();
            out.resemble(behind.bytes, line.last_behind_.bytes, line.last_behind_.at);
        }
    }
    line.value_ = bits;
    out.literal(bits);
    out.share(line.time_.bytes, line.time_.at);
}

/// The fast path: all but the value, and a head of another length, stands in the request and is in
/// reach. @returns false where it does not; nothing is added then
bool write_request::add_copies(line_series& line, shared_label& metric, std::size_t series,
                               std::uint64_t value) noexcept {
    const auto size = field_size(series);
    const auto head = size - series;
    // What is copied later is further away by then, by less than `size`.
    const auto is_near = [&](std::uint64_t at) {
        return block_.position - at + size <= snappy_format::reach;
    };
    auto& [behind, behind_at] = line.behind_;
    auto& [time, time_at] = line.time_;
    if (!is_near(behind_at) || !is_near(time_at) || !is_near(metric.at_ - head) ||
        !line.before_.bytes.empty()) {
        return false;
    }
    auto* to = block_.storage.data() + block_.used;
    auto at = block_.position;
    const auto copy = [&](std::uint64_t from, std::size_t bytes) {
        to = snappy_format::put_copy(to, at - from, bytes);
        at += bytes;
    };
    if (metric.series_size_ == series) {
        copy(metric.at_ - head, head + metric.size());
    } else {
        metric.series_size_ = series;
        to = snappy_format::put_literal(to, series_head(series).bytes(), head);
        at += head;
        copy(metric.at_, metric.size());
    }
    metric.at_ = block_.position + head;
    const auto from = std::exchange(behind_at, at);
    if (line.value_ == value && time_at == from + behind.size() + sizeof value) {
        copy(from, behind.size() + sizeof value + time.size());
        time_at = at - time.size();
    } else {
        copy(from, behind.size());
        to = snappy_format::put_literal(to, value);
        at += sizeof value;
        copy(std::exchange(time_at, at), time.size());
        line.value_ = value;
    }
    block_.position = at;
    block_.used = static_cast<std::size_t>(to - block_.storage.data());
    return true;
}

/// Everything before the labels that sort behind the name.
void write_request::add_name(pen& out, line_series& line, shared_label& metric,
                             std::size_t series) noexcept {
    const series_head head(series);
    const auto size = head.size();
    const bool nothing_between = line.before_.bytes.empty();
    if (nothing_between && metric.series_size_ == series && out.reaches(metric.at_ - size)) {
        const auto begin = out.position();
        out.copy(metric.at_ - size, size + metric.field_.size());
        metric.at_ = begin + size;
        return;
    }
    out.head(head);
    out.share(line.before_.bytes, line.before_.at);
    out.share(metric.field_, metric.at_);
    // Only a name that stands right behind the head can be copied together with it.
    metric.series_size_ = nothing_between ? series : 0;
}

/// A series with one more label, up to its value.
void write_request::add_split(pen& out, line_series& line, shared_label& metric,
                              shared_label& extra, std::size_t series) noexcept {
    const auto name = extra.text().name;
    const auto split = [&](const line_series::part& around) {
        const std::string_view bytes = around.bytes;
        const auto place = line.place_of_extra(name, bytes);
        out.share_slice(bytes, around.at, 0, place);
        out.share(extra.field_, extra.at_);
        out.share_slice(bytes, around.at, place, bytes.size() - place);
    };
    out.head(series_head(series));
    if (name < metric_name_label) {
        split(line.before_);
        out.share(metric.field_, metric.at_);
        out.share(line.behind_.bytes, line.behind_.at);
    } else {
        out.share(line.before_.bytes, line.before_.at);
        out.share(metric.field_, metric.at_);
        split(line.behind_);
    }
    metric.series_size_ = 0;
}

std::string_view write_request::body() {
    RELAY_CHECK(size() <= UINT32_MAX);
    const auto n = size();
    char* const begin = block_.storage.data() + length_bytes_max - varint_size(n);
    static_cast<void>(put_varint(begin, n));
    return {begin, block_.storage.data() + block_.used};
}

}  // namespace relay::protocol
