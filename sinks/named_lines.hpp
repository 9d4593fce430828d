// What a naming made of the lines that came by, kept: the same objects send the same lines every
// ten seconds, and only numbers differ. So a line is looked up by the text of its series key and
// then costs its numbers; names, order of labels and their serialised bytes are found out once.
//
// Two levels, since lines are many and kinds of lines are few: a line has its labels, all lines of
// a kind share what their fields become.
//
// Kept up to a bound in bytes. Beyond it a line is named anew each time; what was not met for an
// hour makes room for who has come.
#pragma once

#include "protocol/point.hpp"
#include "protocol/remote_write.hpp"
#include "relay/base/byte_size.hpp"
#include "relay/journal/record.hpp"
#include "sinks/label_pool.hpp"
#include "sinks/line_pattern.hpp"
#include "sinks/line_subject.hpp"
#include "sinks/metric_uses.hpp"
#include "sinks/naming/naming.hpp"
#include "sinks/series_life.hpp"
#include "sinks/series_table.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

/// What the fields of a line become: shared by all lines of a measurement that have the same
/// fields, and the same text in those that are strings or words.
struct line_kind {
    struct sample {
        std::uint64_t fingerprint;  // of the name and the extra label
        std::uint32_t field;        // that it comes from
        std::uint32_t extra;        // one more than its index in extras; 0: there is none
        std::uint8_t label_set;     // these three as named_sample has them
        std::uint8_t claim;
        series_class lasts;
        double divisor;
        std::optional<double> value;  // as named_sample has it, and always there of a word
        pooled_label metric;          // never null
        /// Whether it takes nothing but its line's labels and its name: most do.
        [[nodiscard]] bool is_plain() const noexcept {
            return extra == 0 && label_set == 0 && claim == 0;
        }
        /// @param number of the field; anything where it is a string
        [[nodiscard]] double value_of(double number) const noexcept {
            return value ? *value : number / divisor;
        }
        /// Labels by what they say: those of a kind that is not kept may be its own.
        bool operator==(const sample& other) const noexcept;
    };
    std::vector<sample> samples;       // in the order of their fields
    std::vector<pooled_label> extras;  // none of them null
    line_pattern pattern;
    std::size_t label_bytes = 0;          // of all metrics and extras
    std::size_t fields_with_samples = 0;  // an empty string has none
    bool has_distinct_samples = true;     // two fields may have become one metric

    [[nodiscard]] std::size_t fields() const noexcept { return fields_.size(); }
    /// Those of the field with that index.
    [[nodiscard]] std::span<sample> samples_of(std::uint32_t field) noexcept {
        return {samples.data() + begins_[field], samples.data() + begins_[field + 1]};
    }
    [[nodiscard]] protocol::shared_label* extra_of(const sample& one) noexcept {
        return one.extra == 0 ? nullptr : extras[one.extra - 1].get();
    }

    line_kind(std::string_view measurement, std::span<const protocol::field> fields,
              const named_line& named, const label_pool& labels);

    [[nodiscard]] bool is_of(std::span<const protocol::field> fields) const noexcept;
    /// Memory that it takes, about, but for its labels.
    [[nodiscard]] std::size_t bytes() const noexcept;
    /// Of kinds whose labels are of one pool.
    bool operator==(const line_kind& other) const noexcept;

private:
    /// One field, in texts_: its key and, where it is a string or a word, its text behind it.
    struct expected_field {
        std::uint32_t key_bytes;
        std::uint32_t text_bytes;
        bool is_string;
        bool has_text;
        bool operator==(const expected_field&) const = default;
    };
    void sum_up();

    std::string measurement_;
    std::vector<expected_field> fields_;
    std::vector<std::uint32_t> begins_;  // of each field's samples, and the end
    std::string texts_;
};

/// Labels, ready to be sent.
struct known_labels {
    known_labels() = default;
    explicit known_labels(const sorted_labels& from);

    protocol::label_block block;
    std::uint64_t fingerprint = 0;
};

/// A claim of a line, hashed.
struct known_claim {
    std::uint64_t what = 0;
    std::uint64_t speaker = 0;
    std::uint8_t rank = 0;
    std::uint16_t silence_seconds = 0;
};

/// A line and what it becomes.
struct known_line : std::enable_shared_from_this<known_line> {
    std::string series_key;
    known_labels labels;
    std::vector<known_labels> more_labels;
    std::vector<known_claim> claims;
    std::uint64_t fingerprint = 0;  // of labels and measurement
    std::size_t duplicate_labels = 0;
    std::shared_ptr<line_kind> kind;      // never null
    const metric_owner* owner = nullptr;  // of its metrics; null: not known
    std::uint64_t admitted = 0;           // the series_budget's round that admitted its samples
    known_line* follower = nullptr;       // the line that came next, the last time: tried first
    bool is_kept = false;                 // else it is forgotten with the next one
    journal::lane const* lane = nullptr;  // as long as it is kept
    line_subject subject;
    series_life life;

    /// Whether every sample has the line's labels, and nobody else may speak of it.
    [[nodiscard]] bool is_plain() const noexcept { return more_labels.empty() && claims.empty(); }
    [[nodiscard]] const known_labels& labels_of(const line_kind::sample& one) const noexcept {
        return one.label_set == 0 ? labels : more_labels[one.label_set - 1U];
    }
    /// Of the whole series.
    [[nodiscard]] std::uint64_t fingerprint_of(const line_kind::sample& one) const noexcept {
        return labels_of(one).fingerprint + one.fingerprint;
    }
    /// Memory that it takes, about; its kind is not its own.
    [[nodiscard]] std::size_t bytes() const noexcept;
};

/// Not thread-safe.
class named_lines {
public:
    named_lines(std::unique_ptr<naming> names, byte_size bytes_max);

    /// Before each request, with its first record: what is forgotten is forgotten between requests.
    void begin_request(const journal::record_header& first);
    /// Before the lines of a record; all of them belong to its lane.
    void begin_record(const journal::lane& lane);

    /// Grows whenever the owner of known lines turns out not to be alone.
    [[nodiscard]] std::size_t conflicts() const noexcept { return uses_.conflicts(); }

    /// What the next line will be, if all come in the order they came in the last time; or null.
    [[nodiscard]] known_line* expected() const noexcept {
        return last_ != nullptr ? last_->follower : nullptr;
    }
    /// The next line is as it was expected(): the same key, the same fields, the same strings.
    void came_as_expected() noexcept { follow(*last_->follower); }

    /// @param series_key the text of the point's measurement and tags
    /// @returns what the naming makes of it. Holds until the next call.
    [[nodiscard]] known_line& find(const protocol::point& point, std::string_view series_key);

    /// The line that find() gave, as it was before: its strings have changed since it came last.
    /// Null where they have not.
    [[nodiscard]] known_line* renewed() const noexcept { return renewed_.get(); }

    /// What lines are known, by what may end.
    [[nodiscard]] series_table& table() noexcept { return table_; }
    [[nodiscard]] const series_table& table() const noexcept { return table_; }

private:
    // By the hash of the series key. Of two keys with one hash the second is named anew each time.
    using lines = boost::unordered_flat_map<std::uint64_t, std::shared_ptr<known_line>>;
    struct kept_kind {
        std::shared_ptr<line_kind> kind;
        const metric_owner* owner = nullptr;
    };
    using kinds = boost::unordered_flat_map<std::uint64_t, kept_kind>;
    struct lane_lines {
        journal::lane lane;
        lines known;
    };

    [[nodiscard]] bool has_room(std::size_t more) const noexcept {
        return bytes_ + labels_.bytes() + more <= bytes_max_;
    }
    void forget(const unit_place& before);
    void forget_all();

    known_line& named(const protocol::point& point, std::string_view series_key);
    known_line& renew(known_line& line, const protocol::point& point);
    known_line& follow(known_line& line) noexcept;

    std::unique_ptr<naming> names_;
    const std::size_t bytes_max_;
    std::size_t bytes_ = 0;  // of lines and kinds
    std::int64_t hour_began_ns_ = 0;
    journal::sequence hour_began_at_ = 0;  // the first record of that hour
    std::size_t unused_bytes_ = 0;         // of uses_ that no kind has any more
    std::vector<std::unique_ptr<lane_lines>> lanes_;
    lane_lines* lane_ = nullptr;
    kinds kinds_;
    label_pool labels_;           // of those kinds
    metric_uses uses_;            // of those kinds
    known_line named_;            // the last line that was not known …
    bool is_kind_kept_ = false;   // … and whether it may become known
    known_line* last_ = nullptr;  // the last one that was
    std::shared_ptr<known_line> renewed_;
    series_table table_;
};

}  // namespace relay::sinks
