#include "sinks/named_lines.hpp"

#include "relay/schema/table.hpp"
#include "sinks/series_fingerprint.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace relay::sinks {

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;

/// What the slots of maps and the heap add to each line, about.
constexpr std::size_t line_overhead = 136;

/// What a sample adds to metric_uses, about.
constexpr std::size_t use_overhead = 48;

constexpr std::size_t cache_line = 64;
constexpr std::size_t fetched_ahead = 7 * cache_line;

/// Whether `text` stands at `other`, whose end is known to be as far away. Keys are short: without
/// memcmp's call the comparison costs half.
bool are_equal(std::string_view text, const char* other) noexcept {
    const char* const one = text.data();
    const auto differ = [&](std::size_t at) {
        std::uint64_t a = 0;
        std::uint64_t b = 0;
        std::memcpy(&a, one + at, sizeof a);
        std::memcpy(&b, other + at, sizeof b);
        return a != b;
    };
    const auto size = text.size();
    if (size < sizeof(std::uint64_t)) return std::equal(text.begin(), text.end(), other);
    for (std::size_t at = 0; at + sizeof(std::uint64_t) < size; at += sizeof(std::uint64_t)) {
        if (differ(at)) return false;
    }
    return !differ(size - sizeof(std::uint64_t));
}

bool is_string(const protocol::field& field) noexcept {
    return field.value.kind == protocol::field_kind::string;
}

/// Whether the field's text belongs to what a line is known by.
bool has_text(const protocol::field& field, std::uint32_t index, const named_line& named) noexcept {
    return is_string(field) || std::ranges::find(named.words, index) != named.words.end();
}

/// The sample's, where every line of its kind has the same: of a word it is what the word is worth.
std::optional<double> value_of(const named_sample& sample, const protocol::field& field,
                               const named_line& named) {
    if (sample.value || !has_text(field, sample.field, named)) return sample.value;
    return protocol::to_double(field.value) / sample.divisor;
}

/// Measurements end before what says that something is, and what it is.
series_class class_of(const std::optional<double>& value, std::string_view measurement) noexcept {
    const bool lasts = value || measurement.starts_with(schema::own_measurement_start);
    return lasts ? series_class::lasting : series_class::measurement;
}

std::uint64_t fingerprint_of(const protocol::point& point, const named_line& named) {
    const auto& fields = point.fields;
    std::uint64_t hash = fingerprint(point.measurement);
    const auto mix = [&](std::string_view text) {
        hash = XXH3_64bits_withSeed(text.data(), text.size(), hash);
    };
    for (std::uint32_t i = 0; i < fields.size(); ++i) {
        const auto& field = fields[i];
        mix(field.key);
        mix(has_text(field, i, named) ? field.value.text : std::string_view());
        hash += is_string(field) ? 1 : 0;
    }
    for (const auto& sample : named.samples) {
        mix(sample.metric);
        mix(sample.extra.name);
        mix(sample.extra.value);
        hash += sample.label_set + 256U * sample.claim;
    }
    return hash;
}

void keep_labels(const line_kind& of, label_pool& in) {
    for (const auto& one : of.samples)
        in.keep(one.metric);
    for (const auto& one : of.extras)
        in.keep(one);
}

}  // namespace

line_kind::line_kind(std::string_view measurement, std::span<const protocol::field> fields,
                     const named_line& named, const label_pool& labels)
    : pattern(fields, named.words),
      measurement_(measurement) {
    fields_.reserve(fields.size());
    for (std::uint32_t i = 0; i < fields.size(); ++i) {
        const auto& field = fields[i];
        const bool with_text = has_text(field, i, named);
        const auto text = with_text ? field.value.text : std::string_view();
        fields_.push_back({static_cast<std::uint32_t>(field.key.size()),
                           static_cast<std::uint32_t>(text.size()), is_string(field), with_text});
        texts_.append(field.key).append(text);
    }
    samples.reserve(named.samples.size());
    begins_.reserve(fields.size() + 1);
    for (const auto& one : named.samples) {
        while (begins_.size() <= one.field)
            begins_.push_back(static_cast<std::uint32_t>(samples.size()));
        if (!one.extra.name.empty()) extras.push_back(labels.find_or_make(one.extra));
        const auto extra = one.extra.name.empty() ? 0 : extras.size();
        const auto value = value_of(one, fields[one.field], named);
        samples.push_back(
            {.fingerprint = fingerprint(one),
             .field = one.field,
             .extra = static_cast<std::uint32_t>(extra),
             .label_set = one.label_set,
             .claim = one.claim,
             .lasts = class_of(value, measurement),
             .divisor = one.divisor,
             .value = value,
             .metric = labels.find_or_make({protocol::metric_name_label, one.metric})});
    }
    begins_.resize(fields.size() + 1, static_cast<std::uint32_t>(samples.size()));
    sum_up();
}

void line_kind::sum_up() {
    std::vector<std::uint64_t> sorted;
    for (const auto& one : samples) {
        label_bytes += one.metric->size();
        sorted.push_back(one.fingerprint);
    }
    for (const auto& one : extras)
        label_bytes += one->size();
    std::ranges::sort(sorted);
    has_distinct_samples = std::ranges::adjacent_find(sorted) == sorted.end();
    for (std::size_t i = 0; i < fields_.size(); ++i)
        fields_with_samples += begins_[i] != begins_[i + 1] ? 1 : 0;
}

bool line_kind::is_of(std::span<const protocol::field> fields) const noexcept {
    if (fields.size() != fields_.size()) return false;
    const char* expected = texts_.data();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto& [key, value] = fields[i];
        const auto& [key_bytes, text_bytes, is_string, has_text] = fields_[i];
        if (key.size() != key_bytes || !are_equal(key, expected)) return false;
        if (is_string != (value.kind == protocol::field_kind::string)) return false;
        expected += key_bytes;
        if (!has_text) continue;
        if (value.text.size() != text_bytes || !are_equal(value.text, expected)) return false;
        expected += text_bytes;
    }
    return true;
}

bool line_kind::sample::operator==(const sample& other) const noexcept {
    const auto rest = [](const sample& of) {
        return std::tie(of.fingerprint, of.field, of.extra, of.label_set, of.claim, of.divisor,
                        of.value);
    };
    return rest(*this) == rest(other) && *metric == *other.metric;
}

/// Of what sum_up() says, nothing is left to be compared.
bool line_kind::operator==(const line_kind& other) const noexcept {
    const auto says_same = [](const pooled_label& a, const pooled_label& b) { return *a == *b; };
    return measurement_ == other.measurement_ && fields_ == other.fields_ &&
           begins_ == other.begins_ && texts_ == other.texts_ && pattern == other.pattern &&
           samples == other.samples && std::ranges::equal(extras, other.extras, says_same);
}

std::size_t line_kind::bytes() const noexcept {
    return sizeof *this + fields_.size() * (sizeof fields_.front() + sizeof begins_.front()) +
           texts_.size() + pattern.bytes() +
           samples.size() * (sizeof samples.front() + use_overhead) +
           extras.size() * sizeof extras.front();
}

known_labels::known_labels(const sorted_labels& from)
    : block(from),
      fingerprint(sinks::fingerprint(from)) {}

std::size_t known_line::bytes() const noexcept {
    std::size_t n = sizeof *this + line_overhead + series_key.size() + labels.block.size() +
                    claims.size() * sizeof(known_claim);
    for (const auto& more : more_labels)
        n += sizeof more + more.block.size();
    return n;
}

named_lines::named_lines(std::unique_ptr<naming> names, byte_size bytes_max)
    : names_(std::move(names)),
      bytes_max_(bytes_max.bytes) {}

void named_lines::begin_request(const journal::record_header& first) {
    if (first.appended_ns - hour_began_ns_ < hour_ns) return;  // a replay of older records goes on
    forget({hour_began_at_, 0});
    hour_began_ns_ = first.appended_ns;
    hour_began_at_ = first.sequence;
}

/// What was met last before that place.
void named_lines::forget(const unit_place& before) {
    const auto has_gone = [&](const known_line& line) { return !line.life.was_seen_since(before); };
    lane_ = nullptr;
    last_ = nullptr;
    table_.forget(before);
    for (auto& lane : lanes_) {
        erase_if(lane->known, [&](const auto& one) {
            auto& line = *one.second;
            line.follower = nullptr;  // that may go
            if (!has_gone(line)) return false;
            bytes_ -= line.bytes();
            return true;
        });
    }
    std::erase_if(lanes_, [](const auto& lane) { return lane->known.empty(); });
    erase_if(kinds_, [&](const auto& one) {
        const auto& kind = one.second.kind;
        if (kind.use_count() > 1) return false;
        bytes_ -= kind->bytes();
        unused_bytes_ += kind->samples.size() * use_overhead;
        return true;
    });
    // Metrics that nobody has any more are not looked for one by one.
    if (unused_bytes_ > bytes_max_ / 4 || labels_.bytes() > bytes_max_ / 2 || bytes_ == 0) {
        forget_all();
    }
}

void named_lines::forget_all() {
    table_ = {};
    lanes_.clear();
    kinds_.clear();
    labels_.clear();
    uses_.clear();
    bytes_ = 0;
    unused_bytes_ = 0;
}

void named_lines::begin_record(const journal::lane& lane) {
    if (lane_ != nullptr && lane_->lane == lane) return;
    last_ = nullptr;
    const auto found =
        std::ranges::find_if(lanes_, [&](const auto& one) { return one->lane == lane; });
    if (found != lanes_.end()) {
        lane_ = found->get();
        return;
    }
    lane_ = lanes_.emplace_back(std::make_unique<lane_lines>()).get();
    lane_->lane = lane;
}

known_line& named_lines::find(const protocol::point& point, std::string_view series_key) {
    renewed_.reset();
    if (last_ != nullptr && last_->follower != nullptr &&
        last_->follower->series_key == series_key) {
        return renew(*last_->follower, point);
    }
    const auto hash = fingerprint(series_key);
    const auto found = lane_->known.find(hash);
    if (found != lane_->known.end()) {
        auto& line = *found->second;
        return line.series_key == series_key ? renew(line, point) : named(point, series_key);
    }
    auto& line = named(point, series_key);
    const auto more = line.bytes();
    if (!is_kind_kept_ || !has_room(more)) return line;
    bytes_ += more;
    auto& kept = *lane_->known.emplace(hash, std::make_shared<known_line>(line)).first->second;
    kept.is_kept = true;
    kept.lane = &lane_->lane;
    kept.subject = subject_of(point, lane_->lane);
    table_.add(kept);
    return follow(kept);
}

/// A line that is known, named anew where its fields are others than they were.
known_line& named_lines::renew(known_line& line, const protocol::point& point) {
    follow(line);
    if (line.kind->is_of(point.fields)) return line;
    auto& anew = named(point, line.series_key);
    if (!is_kind_kept_) return anew;
    if (line.life.was_seen()) {
        renewed_ = std::make_shared<known_line>(line);
        table_.is_renewed(line, renewed_);
    }
    anew.follower = line.follower;
    anew.is_kept = true;
    anew.lane = line.lane;
    anew.subject = line.subject;
    anew.life = line.life;
    line = anew;
    anew.is_kept = false;
    return line;
}

/// Remembers that the line came after the last one, and fetches what may come after it.
known_line& named_lines::follow(known_line& line) noexcept {
    if (last_ != nullptr) last_->follower = &line;
    last_ = &line;
    if (line.follower != nullptr) {
        // The line, its key and its labels were allocated one after the other.
        const auto* const next = reinterpret_cast<const char*>(line.follower);
        for (std::size_t at = 0; at < fetched_ahead; at += cache_line)
            __builtin_prefetch(next + at);
    }
    return line;
}

/// Names the line. It may be kept only if its kind is.
known_line& named_lines::named(const protocol::point& point, std::string_view series_key) {
    const auto& made = names_->name(point, lane_->lane);
    named_.series_key.assign(series_key);
    named_.admitted = 0;
    named_.follower = nullptr;
    named_.is_kept = false;
    named_.life = {};
    named_.labels = known_labels(made.labels);
    named_.more_labels.clear();
    for (const auto& more : made.more_labels)
        named_.more_labels.emplace_back(more);
    named_.claims.clear();
    for (const auto& one : made.claims) {
        named_.claims.push_back({fingerprint(one.what) + fingerprint(lane_->lane.cluster),
                                 fingerprint(one.speaker), one.rank, one.silence_seconds});
    }
    named_.fingerprint = named_.labels.fingerprint + fingerprint(point.measurement);
    named_.duplicate_labels = made.duplicate_labels;
    named_.kind = std::make_shared<line_kind>(point.measurement, point.fields, made, labels_);
    named_.owner = nullptr;

    const auto [kept, is_new] = kinds_.try_emplace(fingerprint_of(point, made));
    if (!is_new) {
        // Equal hashes are no proof, and senders choose what is hashed.
        is_kind_kept_ = *kept->second.kind == *named_.kind;
        if (!is_kind_kept_) return named_;
        named_.kind = kept->second.kind;
        named_.owner = kept->second.owner;
        return named_;
    }
    is_kind_kept_ = has_room(named_.kind->bytes());
    if (!is_kind_kept_) {
        kinds_.erase(kept);
        return named_;
    }
    bytes_ += named_.kind->bytes();
    keep_labels(*named_.kind, labels_);
    named_.owner = &uses_.note(fingerprint(point.measurement), made.samples);
    kept->second = {named_.kind, named_.owner};
    return named_;
}

}  // namespace relay::sinks
