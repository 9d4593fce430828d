// Prometheus remote write, 1.0 or 2.0 (docs/remote-write.md). Reads the text of the records: what
// the memory tail keeps is text and not points, so that live data and a replay from disk go through
// the same code, and a record costs its bytes and nothing more.
//
// A unit is a field of a line: the smallest thing that can be left out alone. A field makes one
// sample, or several where it is a state set. A request holds a series at most once: the same
// series at another time ends the request before it; at the same time the first one stays.
//
// What ends (a `relay_event`, a line whose labels changed) becomes stale markers where it stands in
// the journal: series_table.hpp. The units of an event are the lines that end with it.
//
// Owned and called by one delivery thread; its counters are read by any.
#pragma once

#include "protocol/remote_write.hpp"
#include "relay/base/byte_size.hpp"
#include "sinks/end_event.hpp"
#include "sinks/known_line_reader.hpp"
#include "sinks/lane_filter.hpp"
#include "sinks/metadata_book.hpp"
#include "sinks/metadata_news.hpp"
#include "sinks/named_lines.hpp"
#include "sinks/naming/naming.hpp"
#include "sinks/naming/proxmox.hpp"
#include "sinks/naming/series_labels.hpp"
#include "sinks/naming/series_rules.hpp"
#include "sinks/prometheus_counters.hpp"
#include "sinks/record_lines.hpp"
#include "sinks/remote_write_body.hpp"
#include "sinks/request_lines.hpp"
#include "sinks/request_series.hpp"
#include "sinks/series_budget.hpp"
#include "sinks/sink.hpp"
#include "sinks/sole_speakers.hpp"
#include "sinks/store_access.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::sinks {

/// Which version a sink speaks; negotiated: 2.0 until the receiver turns out not to.
enum class remote_write_choice : std::uint8_t { v1, v2, negotiated };

struct prometheus_options {
    std::string url;  // whole, as in Prometheus' own remote_write
    store_auth auth;  // a token goes as Bearer
    /// May hold {cluster}, {bucket}, {tenant}; a request then holds records of one value.
    std::vector<custom_header> headers;
    lane_filter only;
    std::vector<naming_kind> naming{naming_kind::measurement_field};
    proxmox_naming_options proxmox;  // foreign_lines follows from the namings
    series_rules rules;
    external_labels external;
    remote_write_choice version = remote_write_choice::v1;
    /// Of 1.0, where metadata are requests of their own; 0: none. As often as Prometheus sends it.
    std::chrono::seconds metadata_interval{60};
    /// Whether series end when what they were measured of does, and not five minutes later.
    bool stale_markers = true;
    /// Units of one request. Prometheus sends 2,000, but a request costs a receiver more than its
    /// samples do: 10,000 are 1.5 MB before compression and some 10 ms of its time.
    std::size_t samples_per_request = 10'000;
    /// Before compression. VictoriaMetrics refuses 32 MiB.
    byte_size body_bytes_max = 30_MiB;
    /// Distinct series of the last hour or two; see series_budget. A cluster of 2,000 guests has
    /// about 300,000.
    std::size_t max_series = 1'000'000;
    /// Memory for what is known of lines (named_lines.hpp). 2,000 guests have 34,000 of them with
    /// the relay's own, about 650 bytes each; without it a request takes about twice the time, and
    /// no series ends before its five minutes are over.
    byte_size known_lines_bytes = 32_MiB;
    bool operator==(const prometheus_options&) const = default;
};

/// Whether such lines can be sent anywhere: a header that the lane leaves empty names nobody.
[[nodiscard]] bool has_destination(const prometheus_options& options, const journal::lane& lane);

/// What is wrong with the options, as a sentence for the operator.
[[nodiscard]] std::optional<std::string> find_problem(const prometheus_options& options);

class prometheus final : public sink {
public:
    /// @pre find_problem() finds none
    explicit prometheus(prometheus_options options);

    [[nodiscard]] bool takes(const journal::lane& lane) const override;
    [[nodiscard]] std::size_t units_in(std::string_view line) const override;
    [[nodiscard]] bool needs_text() const override { return true; }
    [[nodiscard]] encoded encode(std::span<const journal::record_ptr> records, place from,
                                 std::size_t units_max) override;
    [[nodiscard]] verdict judge(const http_response& response) const override;
    /// A WriteRequest without series: 2xx from whoever speaks remote write and lets us in.
    [[nodiscard]] std::optional<http_request> probe() const override;
    /// Nothing is written of an empty request, so nothing need be said of it.
    [[nodiscard]] verdict judge_probe(const http_response& response) const override;
    /// Falls back to 1.0 where 2.0 was not understood and the operator lets it.
    [[nodiscard]] bool adapts_to(const http_response& response) override;
    /// The metadata of what was sent, to a receiver of 1.0.
    [[nodiscard]] std::optional<http_request> aside(steady_time now) override;

    /// Prometheus shows a series for five minutes after its last sample; what ended before that
    /// needs no end. A minute more, for what was on its way.
    [[nodiscard]] std::chrono::seconds memory() const override {
        return std::chrono::minutes(options_.stale_markers ? 6 : 0);
    }
    void recall(const journal::record& record) override;

    [[nodiscard]] const prometheus_counters& counters() const noexcept { return counters_; }
    /// For whoever shows them when the sink has gone.
    [[nodiscard]] std::shared_ptr<const prometheus_counters> shared_counters() const noexcept {
        return shared_counters_;
    }

private:
    /// One naming at work on the line at hand.
    struct voice {
        named_lines names;
        std::vector<body_line> series = std::vector<body_line>(1);
        known_line* line = nullptr;
        std::uint8_t unheard = 0;  // a bit for each claim of the line
        /// With the labels of that sample.
        [[nodiscard]] body_line& series_of(const line_kind::sample& one) noexcept {
            return series[one.label_set];
        }
        [[nodiscard]] bool is_heard(const line_kind::sample& one) const noexcept {
            return one.claim == 0 || (unheard >> (one.claim - 1U) & 1U) == 0;
        }
        void begin_series(remote_write_version version, const known_line& of, std::int64_t time_ms);
    };
    /// A sample that a request is to hold.
    struct chosen {
        voice* of;
        line_kind::sample* sample;
        protocol::shared_label* extra;
    };
    /// A series that a request is to end.
    struct marker {
        voice* of;
        known_line* line;
        line_kind::sample* sample;
        std::int64_t time_ms;
    };
    /// The line at hand, known or parsed.
    struct line_read {
        std::size_t units = 1;
        bool is_sound = false;  // a point with a time
        bool is_known = false;  // as the only voice expected it: named already
        std::int64_t time_ns = 0;
        std::span<const double> values = {};  // by field; of strings: anything
        bool is_event = false;                // no samples, but maybe an end
        std::optional<end_event> end = {};
    };
    /// The request under construction.
    struct draft {
        place from;
        std::size_t units_max = 0;
        const journal::lane* lane = nullptr;  // that the request is addressed to
        encoded out = {};
    };
    /// Where the line after a full request begins, so that its record is not walked again.
    struct bookmark {
        journal::sequence record = 0;
        std::size_t text_size = 0;
        std::size_t offset = 0;
        std::size_t unit = 0;
    };
    /// One line, and where its units are counted from.
    struct line_place {
        std::size_t record;
        std::size_t first_unit;
        unit_place in_journal;
    };
    enum class admission : std::uint8_t { yes, over_max_series, after_end };
    enum class room : std::uint8_t { left, none };
    enum class taken : std::uint8_t { yes, nothing, not_here };

    void judge_2(const http_response& response, verdict& out) const;
    [[nodiscard]] http_request request_for(const journal::lane& lane) const;
    [[nodiscard]] bool same_destination(const journal::lane& a, const journal::lane& b) const;
    // On room::none the draft's end is where the next request begins.
    [[nodiscard]] room add_record(const journal::record& record, std::size_t index, draft& d);
    [[nodiscard]] bool next_line();
    [[nodiscard]] bool next_known_line();
    void take_values(const protocol::point& point);
    [[nodiscard]] room add_line(line_place at, const journal::lane& lane, draft& d);
    [[nodiscard]] admission begin_line(const unit_place& at);
    void note_spoken(voice& v, const unit_place& at);
    void leave_out(admission why, std::size_t units, draft& d);
    [[nodiscard]] bool address(const journal::lane& lane, draft& d) const;
    void show_sizes();
    void note_end(const journal::lane& lane, const unit_place& at);
    [[nodiscard]] room add_event(line_place at, const journal::lane& lane, draft& d);
    [[nodiscard]] taken choose_riders(const unit_place& at, draft& d);
    [[nodiscard]] taken choose_markers(voice& v, const ended_series& of, std::int64_t time_ms,
                                       draft& d);
    void write_markers(draft& d);
    [[nodiscard]] taken add_markers(voice& v, const ended_series& of, std::int64_t time_ms,
                                    draft& d);
    [[nodiscard]] bool is_new_line(line_place at, const draft& d);
    void add_whole_line(draft& d);
    [[nodiscard]] taken add_unit(double value, std::uint32_t field, draft& d);
    [[nodiscard]] taken add_only(double value, line_kind::sample& sample, draft& d);
    [[nodiscard]] taken oversize(const draft& d);
    [[nodiscard]] bool choose(std::uint32_t field);
    [[nodiscard]] std::uint8_t unheard(const known_line& line, const unit_place& at);

    const prometheus_options options_;
    const bool is_one_destination_;
    const std::shared_ptr<prometheus_counters> shared_counters_ =
        std::make_shared<prometheus_counters>();
    prometheus_counters& counters_ = *shared_counters_;
    std::vector<voice> voices_;
    remote_write_version version_;  // that is spoken now
    std::vector<http_header> fixed_headers_;
    journal::lane last_lane_;  // of the last request: a probe asks on its behalf

    record_lines lines_;
    known_line_reader known_;
    line_read line_;
    std::vector<double> values_;  // of a line that was parsed
    bookmark bookmark_;
    metadata_book metadata_;
    metadata_news news_;
    remote_write_body request_{metadata_};
    request_series series_;
    request_lines held_{series_};
    std::size_t conflicts_ = 0;   // of metrics, that held_ knows of
    std::vector<chosen> chosen_;  // of the field at hand
    std::vector<marker> markers_;
    std::size_t left_out_ = 0;  // of its samples: in the request already
    std::size_t unheard_ = 0;   // … and said by another line
    series_budget budget_;
    sole_speakers speakers_;
};

}  // namespace relay::sinks
