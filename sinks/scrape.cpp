#include "sinks/scrape.hpp"

#include "sinks/exposition.hpp"
#include "sinks/naming/make_naming.hpp"
#include "sinks/request_series.hpp"
#include "sinks/series_fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

namespace relay::sinks {
namespace {

// Of storages and the like that several lines speak of.
constexpr std::size_t spoken_of_max = 100'000;

struct chosen_line {
    const std::string* cluster;
    const last_lines::line* line;
};

std::vector<chosen_line> choose(const last_lines& from, const std::optional<std::string>& cluster) {
    std::vector<chosen_line> chosen;
    for (const auto& [name, lines] : from.all()) {
        if (cluster && *cluster != name) continue;
        for (const auto& [key, line] : lines)
            chosen.push_back({&name, &line});
    }
    return chosen;
}

/// One naming's part of a page under construction.
class part {
public:
    /// @param hearings how often the speakers were listened to: nothing is heard twice
    part(naming_kind kind, std::span<const naming_kind> all, sole_speakers& speakers,
         std::uint64_t& hearings)
        : naming_(make_naming(kind, all, {}, {}, {})),
          speakers_(speakers),
          hearings_(hearings),
          samples_(families_of(kind)) {
        static_cast<void>(held_.begin(0));
    }

    /// But for what several lines speak of.
    void add(const chosen_line& one) {
        walk(one, [&](const protocol::point& point, const named_line& named) {
            if (!named.claims.empty()) spoken_.push_back(one);
            add(point, named, false);
        });
    }

    /// What several lines speak of, once all are there. Heard oldest first: who has taken over from
    /// whom shows in the order of what they said.
    void add_spoken() {
        std::ranges::stable_sort(spoken_, {}, [](const auto& one) { return one.line->time_ns; });
        for (const auto& one : spoken_)
            walk(one, [&](const auto&, const named_line& named) { hear(named.claims, one); });
        for (const auto& one : spoken_) {
            walk(one, [&](const protocol::point& point, const named_line& named) {
                hear(named.claims, one);
                add(point, named, true);
            });
        }
    }

    [[nodiscard]] const exposition& samples() const noexcept { return samples_; }

private:
    template <class Visit>
    void walk(const chosen_line& one, const Visit& visit) {
        const journal::lane lane{.cluster = *one.cluster, .bucket = {}, .tenant = {}};
        lines_.open(one.line->text);
        while (lines_.next()) {
            if (lines_.point() == nullptr) continue;
            visit(*lines_.point(), naming_->name(*lines_.point(), lane));
        }
    }

    /// Those of its samples that are claimed, or the others.
    void add(const protocol::point& point, const named_line& named, bool claimed) {
        for (const auto& one : named.samples) {
            if (claimed != (one.claim != 0) || (claimed && !heard_[one.claim - 1U])) continue;
            const auto& labels =
                one.label_set == 0 ? named.labels : named.more_labels[one.label_set - 1U];
            const auto seen = held_.add(fingerprint(labels) + fingerprint(one));
            if (seen != request_series::seen::never) continue;
            const auto& field = point.fields[one.field].value;
            samples_.add(one.metric, labels, one.extra,
                         one.value ? *one.value : protocol::to_double(field) / one.divisor);
        }
    }

    void hear(const std::vector<claim>& claims, const chosen_line& of) {
        heard_.clear();
        for (const auto& [what, speaker, rank, silence_seconds] : claims) {
            heard_.push_back(speakers_.hears(
                fingerprint(what) + fingerprint(*of.cluster),
                {fingerprint(speaker), rank, silence_seconds * std::int64_t{1'000'000'000}},
                {++hearings_, 0}, of.line->time_ns));
        }
    }

    std::unique_ptr<naming> naming_;
    sole_speakers& speakers_;
    std::uint64_t& hearings_;
    exposition samples_;
    request_series held_;
    record_lines lines_;
    std::vector<bool> heard_;          // of the line at hand, by claim
    std::vector<chosen_line> spoken_;  // lines with claims
};

}  // namespace

scrape::scrape(const scrape_options& options) : options_(options), lines_(options.bytes_max) {}

void scrape::look(std::int64_t now_ns) {
    lines_.forget_before(now_ns - std::chrono::nanoseconds(options_.max_age).count());
}

expected<std::string, std::string> scrape::page(const scrape_query& asked) {
    if (lines_.overflowed()) {
        return unexpected(fmt::format("the last lines take more than {}: raise [scrape] bytes_max",
                                      to_string(options_.bytes_max)));
    }
    const auto chosen = choose(lines_, asked.cluster);
    std::string text;
    for (const auto kind : asked.naming) {
        auto& speakers = speakers_.try_emplace(kind, spoken_of_max).first->second;
        part made(kind, asked.naming, speakers, hearings_);
        for (const auto& one : chosen) {
            made.add(one);
            if (text.size() + made.samples().size() <= options_.bytes_max.bytes) continue;
            return unexpected(
                fmt::format("the page has more than {}: ask for each ?cluster= by itself, for one "
                            "naming at a time, or raise [scrape] bytes_max",
                            to_string(options_.bytes_max)));
        }
        made.add_spoken();
        made.samples().append_to(text);
    }
    return text;
}

}  // namespace relay::sinks
