#include "protocol/remote_write.hpp"

#include "relay/base/check.hpp"

#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

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

/// What stands in every metric name label before the length of the name.
constexpr std::string_view name_label_start{"\x0a\x08__name__\x12", 11};
static_assert(metric_name_label.size() == 8);

static_assert(std::endian::native == std::endian::little, "doubles are copied as they lie");

/// Copies go in whole chunks past the end of what is copied: source and target have so much room.
constexpr std::size_t chunk = 32;

[[nodiscard]] std::size_t varint_size(std::uint64_t n) noexcept {
    return static_cast<std::size_t>(protozero::length_of_varint(n));
}

[[nodiscard]] char* put_varint(char* to, std::uint64_t n) noexcept {
    return to + protozero::add_varint_to_buffer(to, n);
}

[[nodiscard]] char* put(char* to, std::string_view bytes) noexcept {
    return to + bytes.copy(to, bytes.size());
}

/// memcpy without its call and its branches on the size.
/// @pre `size` rounded up to a chunk can be read and written
[[nodiscard]] char* put_chunks(char* to, const char* from, std::size_t size) noexcept {
    for (std::size_t done = 0; done < size; done += chunk)
        std::memcpy(to + done, from + done, chunk);
    return to + size;
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

/// The label `__name__`: most of it is constant.
[[nodiscard]] char* put_name_label(char* to, std::string_view metric,
                                   std::size_t message) noexcept {
    *to++ = tag_label;
    to = put(put_varint(to, message), name_label_start);
    return put(put_varint(to, metric.size()), metric);
}

[[nodiscard]] std::size_t name_label_size(std::string_view metric) noexcept {
    return name_label_start.size() + varint_size(metric.size()) + metric.size();
}

/// The Sample, its value still zero.
[[nodiscard]] char* put_sample(char* to, std::int64_t time_ms) noexcept {
    const auto time = static_cast<std::uint64_t>(time_ms);
    *to++ = tag_samples;
    *to++ = static_cast<char>(10 + varint_size(time));
    *to++ = tag_sample_value;
    std::memset(to, 0, sizeof(double));
    to += sizeof(double);
    *to++ = tag_sample_time;
    return put_varint(to, time);
}

/// Tag and length, tag and eight bytes, tag and at most ten.
constexpr std::size_t sample_size_max = 2 + 9 + 1 + protozero::max_varint_length;
/// Bytes from the beginning of a Sample's field to its value.
constexpr std::size_t value_at = 3;

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

void label_block::assign(std::span<const label> labels, std::int64_t time_ms) {
    std::size_t size = sample_size_max + chunk;
    for (const auto& l : labels)
        size += field_size(label_size(l));
    if (bytes_.size() < size) bytes_.resize(size);

    places_.clear();
    char* to = bytes_.data();
    name_at_ = 0;
    for (const auto& l : labels) {
        RELAY_ASSERT(l.name != metric_name_label);
        const auto begin = to - bytes_.data();
        to = put_label(to, l);
        const auto name = to - bytes_.data() - static_cast<std::ptrdiff_t>(l.value.size()) -
                          static_cast<std::ptrdiff_t>(varint_size(l.value.size())) - 1 -
                          static_cast<std::ptrdiff_t>(l.name.size());
        places_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name),
                           static_cast<std::uint32_t>(l.name.size())});
        if (l.name < metric_name_label) name_at_ = static_cast<std::size_t>(to - bytes_.data());
    }
    labels_size_ = static_cast<std::size_t>(to - bytes_.data());
    size_ = static_cast<std::size_t>(put_sample(to, time_ms) - bytes_.data());
}

std::size_t label_block::position_of(std::string_view name) const noexcept {
    for (const auto& p : places_) {
        if (std::string_view(bytes_).substr(p.name, p.name_size) > name) return p.begin;
    }
    return labels_size_;
}

char* write_request::reserve(std::size_t more) {
    if (storage_.size() < size_ + more + chunk) {
        storage_.resize(std::max(size_ + more + chunk, storage_.size() * 2));
    }
    return storage_.data() + size_;
}

void write_request::add(const label_block& labels, std::string_view metric, double value) {
    const auto name_label = name_label_size(metric);
    const auto series = labels.size_ + field_size(name_label);
    const auto total = field_size(series);
    const auto* block = labels.bytes_.data();

    char* to = reserve(total);
    *to++ = tag_series;
    to = put_varint(to, series);
    to = put_chunks(to, block, labels.name_at_);
    to = put_name_label(to, metric, name_label);
    char* const sample = to + (labels.labels_size_ - labels.name_at_);
    to = put_chunks(to, block + labels.name_at_, labels.size_ - labels.name_at_);
    std::memcpy(sample + value_at, &value, sizeof value);
    size_ += total;
    RELAY_ASSERT(to == storage_.data() + size_);
}

void write_request::add(const label_block& labels, std::string_view metric, const label& extra,
                        double value) {
    const auto name_label = name_label_size(metric);
    const auto series = labels.size_ + field_size(name_label) + field_size(label_size(extra));
    const auto total = field_size(series);
    const auto extra_at = labels.position_of(extra.name);
    const auto between = [&](std::size_t from, std::size_t end) {
        return std::string_view(labels.bytes_).substr(from, end - from);
    };

    char* to = reserve(total);
    *to++ = tag_series;
    to = put_varint(to, series);
    if (extra.name < metric_name_label) {
        to = put_label(put(to, between(0, extra_at)), extra);
        to = put(to, between(extra_at, labels.name_at_));
        to = put_name_label(to, metric, name_label);
        to = put(to, between(labels.name_at_, labels.labels_size_));
    } else {
        to = put(to, between(0, labels.name_at_));
        to = put_name_label(to, metric, name_label);
        to = put_label(put(to, between(labels.name_at_, extra_at)), extra);
        to = put(to, between(extra_at, labels.labels_size_));
    }
    char* const sample = to;
    to = put(to, between(labels.labels_size_, labels.size_));
    std::memcpy(sample + value_at, &value, sizeof value);
    size_ += total;
    RELAY_ASSERT(to == storage_.data() + size_);
}

}  // namespace relay::protocol
