#include "protocol/remote_write_2.hpp"

#include "protocol/common_ends.hpp"
#include "protocol/serialised_label.hpp"
#include "relay/base/check.hpp"

#include <protozero/varint.hpp>

#include <array>
#include <bit>
#include <iterator>
#include <utility>

namespace relay::protocol {

namespace {

// A tag byte is field number << 3 | wire type; wire type 0 is a varint, 1 eight bytes, 2 a length.
constexpr char tag_series = 0x2a;
constexpr char tag_labels = 0x0a;
constexpr char tag_samples = 0x12;
constexpr char tag_metadata = 0x2a;
constexpr char tag_sample_value = 0x09;
constexpr char tag_sample_time = 0x10;
constexpr char tag_metadata_type = 0x08;
constexpr char tag_metadata_help = 0x18;
constexpr char tag_metadata_unit = 0x20;

/// Of a number of 32 bits.
constexpr std::size_t number_max = 5;

/// Of what a series has beside the numbers of its line's labels: its head, its metadata, the head
/// of its labels, two pairs of them and its sample.
constexpr std::size_t series_bytes_max = 6 + 18 + 6 + 4 * number_max + 2 + 9 + 11;

/// Tag and length of a sample, and the tag of its value: a time is ten bytes at most.
constexpr std::size_t sample_head_max = 3;

/// Tag and length of a symbol.
constexpr std::size_t symbol_head_max = 6;

/// Labels that 1.0 writes in so many bytes are symbols of at most as many, for each text has a tag
/// and a length there too …
constexpr std::size_t symbol_bytes_of(std::size_t labels) noexcept {
    return labels;
}
/// … and two numbers for each label, which is no shorter than its three tags, three lengths, and a
/// byte in each text.
constexpr std::size_t numbers_of(std::size_t labels) noexcept {
    return labels / 8 * 2 * number_max + 2 * number_max;
}

/// Elements of one series, at most; none is longer than its bytes and an overhead.
constexpr std::size_t elements_max = 8;

/// A copy element takes three bytes.
constexpr std::size_t worth_copying = 4;

[[nodiscard]] std::size_t varint_size(std::uint64_t n) noexcept {
    return static_cast<std::size_t>(protozero::length_of_varint(n));
}

[[nodiscard]] char* put_varint(char* to, std::uint64_t n) noexcept {
    return to + protozero::add_varint_to_buffer(to, n);
}

void append_varint(std::string& to, std::uint64_t n) {
    protozero::write_varint(std::back_inserter(to), n);
}

/// Size of a length-delimited field with a tag of one byte.
[[nodiscard]] std::size_t field_size(std::size_t message) noexcept {
    return 1 + varint_size(message) + message;
}

/// A part of bytes that the request may hold at `at`.
void share_part(snappy_format::pen& out, std::string_view bytes, std::uint64_t at, std::size_t from,
                std::size_t size) noexcept {
    if (size < worth_copying) {
        out.literal(bytes.substr(from, size));
    } else {
        out.share_slice(bytes, at, from, size);
    }
}

}  // namespace

// --- a line -------------------------------------------------------------------------------------

void line_symbols::settle_time() {
    if (time_ms_ == written_time_ms_ && !time_.empty()) return;
    time_.assign(1, tag_sample_time);
    append_varint(time_, static_cast<std::uint64_t>(time_ms_));
    written_time_ms_ = time_ms_;
    time_at_ = 0;
}

/// Where an extra label of that name belongs; the states of a set ask one after the other.
std::size_t line_symbols::place_of_extra(std::string_view name) {
    if (extra_place_ && extra_name_ == name) return *extra_place_;
    std::size_t place = 0;
    for (const auto& one : pairs_) {
        if (read_label(std::string_view(labels_text_).substr(one.at, one.size)).name > name) break;
        place += varint_size(one.name) + varint_size(one.value);
    }
    extra_name_ = name;
    extra_place_ = place;
    return place;
}

/// The numbers of the labels, and what of the sample is the same for all of the line.
void line_symbols::write_numbers() {
    before_.clear();
    behind_.resize(pairs_.size() * 2 * number_max + sample_head_max);
    char* to = behind_.data();
    const auto name_at = labels_->before_name().size();
    for (const auto& one : pairs_) {
        to = put_varint(put_varint(to, one.name), one.value);
        if (one.at >= name_at) continue;
        before_.append(behind_.data(), to);
        to = behind_.data();
    }
    numbers_size_ = before_.size() + static_cast<std::size_t>(to - behind_.data());
    *to++ = tag_samples;
    *to++ = static_cast<char>(1 + sizeof value_ + time_.size());
    *to++ = tag_sample_value;
    behind_.resize(static_cast<std::size_t>(to - behind_.data()));
    behind_at_ = 0;
    extra_place_.reset();
}

void write_request_2::settle(line_symbols& line) {
    if (std::exchange(line.is_settled_, true)) return;
    const auto time_size = line.time_.size();
    line.settle_time();
    const bool is_same = line.request_ == request_ && line.time_.size() == time_size &&
                         line.labels_text_ == line.labels_->bytes();
    if (is_same) return;
    translate(line);
    line.write_numbers();
}

/// Labels to symbols. Most are as in the line before, at the beginning or at the end, and not even
/// read.
void write_request_2::translate(line_symbols& line) {
    std::swap(last_text_, line.labels_text_);
    std::swap(last_pairs_, line.pairs_);
    if (line.request_ != request_) last_pairs_.clear();
    line.request_ = request_;
    line.labels_text_ = line.labels_->bytes();
    const std::string_view text = line.labels_text_;

    auto last = last_pairs_.begin();
    const auto prefix = common_prefix(text, last_text_);
    while (last != last_pairs_.end() && last->at + last->size <= prefix)
        ++last;
    line.pairs_.assign(last_pairs_.begin(), last);
    const auto suffix = common_suffix(text, last_text_);
    for (std::size_t at = last == last_pairs_.begin() ? 0 : last[-1].at + last[-1].size;
         at < text.size();) {
        const auto left = text.size() - at;
        while (last != last_pairs_.end() && last_text_.size() - last->at > left)
            ++last;
        const bool is_end =
            left <= suffix && last != last_pairs_.end() && last_text_.size() - last->at == left;
        if (is_end) return append_rest(line, last, at);
        const auto whole = label_at(text.data() + at, text.data() + text.size());
        const auto [name, value] = read_label(whole);
        line.pairs_.push_back({.at = static_cast<std::uint32_t>(at),
                               .size = static_cast<std::uint32_t>(whole.size()),
                               .name = symbols_.number_of(name),
                               .value = symbols_.number_of(value)});
        at += whole.size();
    }
}

/// The labels from `first` on, which stand at `at` now.
void write_request_2::append_rest(line_symbols& line,
                                  std::vector<line_symbols::pair>::const_iterator first,
                                  std::size_t at) {
    const auto before = first->at;
    for (; first != last_pairs_.end(); ++first) {
        auto& one = line.pairs_.emplace_back(*first);
        one.at = static_cast<std::uint32_t>(one.at - before + at);
    }
}

// --- a metric -----------------------------------------------------------------------------------

void write_request_2::settle(shared_label& label) {
    auto& in = label.in_2_;
    if (in.request == request_) return;
    in.request = request_;
    const auto [name, value] = label.text();
    char* to = put_varint(in.pair.data(), symbols_.number_of(name));
    to = put_varint(to, symbols_.number_of(value));
    in.pair_size = static_cast<std::uint8_t>(to - in.pair.data());

    in.metadata_size = 0;
    if (label.metadata_ == nullptr) return;
    const auto& [metric, type, help, unit] = *label.metadata_;
    RELAY_ASSERT(help.size() + unit.size() <= metadata_text_max);
    to = in.metadata.data() + 2;
    *to++ = tag_metadata_type;
    *to++ = static_cast<char>(type);
    *to++ = tag_metadata_help;
    to = put_varint(to, symbols_.number_of(help));
    if (!unit.empty()) {
        *to++ = tag_metadata_unit;
        to = put_varint(to, symbols_.number_of(unit));
    }
    in.metadata_size = static_cast<std::uint8_t>(to - in.metadata.data());
    in.metadata[0] = tag_metadata;
    in.metadata[1] = static_cast<char>(in.metadata_size - 2);
}

/// All before the labels that sort behind the name.
/// @param before numbers of those that sort before it
void write_request_2::write_metric(shared_label& metric, form of, std::string_view before) {
    pen out(block_);
    auto& in = metric.in_2_;
    in.at = out.position();
    std::array<char, series_bytes_max> bytes;
    char* to = bytes.data();
    *to++ = tag_series;
    to = put_varint(
        to, in.metadata_size + field_size(of.labels) + field_size(1 + sizeof(double) + of.time));
    to += std::string_view(in.metadata.data(), in.metadata_size).copy(to, in.metadata_size);
    *to++ = tag_labels;
    to = put_varint(to, of.labels);
    if (!before.empty()) {
        out.literal({bytes.data(), static_cast<std::size_t>(to - bytes.data())});
        out.literal(before);
        to = bytes.data();
    }
    to += std::string_view(in.pair.data(), in.pair_size).copy(to, in.pair_size);
    out.literal({bytes.data(), static_cast<std::size_t>(to - bytes.data())});
    // Only what nothing stands between can be copied whole.
    in.form = before.empty() ? of.number() : 0;
    in.size = static_cast<std::uint32_t>(out.position() - in.at);
}

// --- the request --------------------------------------------------------------------------------

void write_request_2::clear() {
    ++request_;
    symbols_.clear();
    block_.position += snappy_format::reach + 1;
    begin_ = block_.position;
    block_.used = 0;
}

std::size_t write_request_2::size_of(const line_symbols& line, const shared_label& metric,
                                     const shared_label* extra) const noexcept {
    auto size = series_bytes_max;
    const auto add_symbols_of = [&](const shared_label& label) {
        if (label.in_2_.request == request_) return;
        size += label.size() + 2 * symbol_head_max;
        if (label.metadata_ == nullptr) return;
        size += metadata_text_max + 2 * symbol_head_max;
    };
    add_symbols_of(metric);
    if (extra != nullptr) add_symbols_of(*extra);
    if (line.is_settled_ && line.request_ == request_) return size + line.numbers_size_;
    return size + symbol_bytes_of(line.labels_->size()) + numbers_of(line.labels_->size());
}

std::size_t write_request_2::size_of_line(const line_symbols& line, std::size_t samples,
                                          std::size_t label_bytes) noexcept {
    const auto labels = line.labels_->size();
    const auto texts = 4 * symbol_head_max + metadata_text_max;
    return symbol_bytes_of(labels) + symbol_bytes_of(label_bytes) +
           samples * (series_bytes_max + numbers_of(labels) + texts);
}

void write_request_2::add(line_symbols& line, shared_label& metric, shared_label* extra,
                          double value) {
    settle(line);
    settle(metric);
    if (extra != nullptr) settle(*extra);
    form of{line.numbers_size_ + metric.in_2_.pair_size, line.time_.size()};
    if (extra != nullptr) of.labels += extra->in_2_.pair_size;
    block_.make_room(series_bytes_max + of.labels + elements_max * snappy_format::literal_overhead);
    const auto bits = std::bit_cast<std::uint64_t>(value);
    if (extra != nullptr) return add_with_extra(line, metric, *extra, of, bits);

    const bool is_known = holds(metric, of, line.before_);
    if (!is_known) write_metric(metric, of, line.before_);
    // From here on all is written in one go: it is what most samples cost.
    pen out(block_);
    if (is_known) out.repeat(metric.in_2_.at, metric.in_2_.size);
    const std::string_view behind = line.behind_;
    const auto from = std::exchange(line.behind_at_, out.position());
    if (!out.reaches(from)) {
        out.literal(behind);
    } else if (line.value_ == bits && line.time_at_ == from + behind.size() + sizeof bits) {
        out.copy(from, behind.size() + sizeof bits + line.time_.size());
        line.time_at_ = out.position() - line.time_.size();
        return;
    } else {
        out.copy(from, behind.size());
    }
    out.literal(bits);
    line.value_ = bits;
    out.share(line.time_, line.time_at_);
}

/// Whether it would write what the request holds already, in reach.
bool write_request_2::holds(const shared_label& metric, form of,
                            std::string_view before) const noexcept {
    const auto& in = metric.in_2_;
    return in.form == of.number() && before.empty() &&
           block_.position - in.at <= snappy_format::reach;
}

/// A series with one more label than its line.
void write_request_2::add_with_extra(line_symbols& line, shared_label& metric, shared_label& extra,
                                     form of, std::uint64_t value) {
    const std::string_view pair(extra.in_2_.pair.data(), extra.in_2_.pair_size);
    const std::string_view behind = line.behind_;
    const auto name = extra.text().name;
    auto place = line.place_of_extra(name);
    std::string_view before = line.before_;
    std::string_view between = pair;
    if (name < metric_name_label) {
        before = with_extra_.assign(line.before_).insert(place, pair);
        place = 0;
        between = {};
    } else {
        place -= before.size();
    }
    const bool is_known = holds(metric, of, before);
    if (!is_known) write_metric(metric, of, before);
    pen out(block_);
    if (is_known) out.repeat(metric.in_2_.at, metric.in_2_.size);
    share_part(out, behind, line.behind_at_, 0, place);
    out.literal(between);
    share_part(out, behind, line.behind_at_, place, behind.size() - place);
    out.literal(value);
    out.share(line.time_, line.time_at_);
}

std::string_view write_request_2::body() {
    RELAY_CHECK(size() <= UINT32_MAX);
    // Elements are the same wherever they stand: those of libsnappy, then our own.
    const auto symbols = symbols_.fields();
    const auto compressed = compressor_.compress(symbols).substr(varint_size(symbols.size()));
    body_.clear();
    append_varint(body_, size());
    body_ += compressed;
    body_.append(block_.storage, 0, block_.used);
    return body_;
}

}  // namespace relay::protocol
