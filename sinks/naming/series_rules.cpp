#include "sinks/naming/series_rules.hpp"

#include "relay/base/check.hpp"
#include "relay/base/log.hpp"
#include "sinks/naming/proxmox_line.hpp"
#include "sinks/naming/sanitise.hpp"
#include "sinks/naming/series_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace relay::sinks {

namespace {

class ruled_naming final : public naming {
public:
    ruled_naming(std::unique_ptr<naming> names, const series_rules& rules,
                 std::vector<std::string> kept)
        : names_(std::move(names)),
          has_list_(rules.labels.has_value()),
          kept_(std::move(kept)) {
        if (has_list_) kept_.insert(kept_.end(), rules.labels->begin(), rules.labels->end());
        for (const auto& text : rules.drop) {
            auto rule = series_selector::parse(text);
            RELAY_CHECK(rule);
            drop_.push_back(std::move(*rule));
        }
    }

    const named_line& name(const protocol::point& point, const journal::lane& lane) override {
        line_ = names_->name(point, lane);
        std::erase_if(line_.samples, [&](const auto& one) { return is_dropped(one); });
        if (!has_list_ || !proxmox_line(point).is_known()) return line_;
        remove_labels(line_.labels);
        for (auto& more : line_.more_labels)
            remove_labels(more);
        return line_;
    }

private:
    [[nodiscard]] bool is_dropped(const named_sample& one) const {
        const auto& labels =
            one.label_set == 0 ? line_.labels : line_.more_labels[one.label_set - 1U];
        return std::ranges::any_of(
            drop_, [&](const auto& rule) { return rule.selects(one.metric, labels, one.extra); });
    }

    void remove_labels(sorted_labels& labels) const {
        std::erase_if(labels, [&](const protocol::label& one) {
            return !is_identity(one.name) && std::ranges::find(kept_, one.name) == kept_.end();
        });
    }

    std::unique_ptr<naming> names_;
    std::vector<series_selector> drop_;
    const bool has_list_;
    std::vector<std::string> kept_;
    named_line line_;
};

}  // namespace

std::optional<std::string> find_problem(const series_rules& rules) {
    for (const auto& text : rules.drop) {
        if (text.empty()) return "an empty rule in `drop` would leave out all series";
        if (const auto rule = series_selector::parse(text); !rule) {
            return fmt::format("the rule {} of `drop`: {}", printable(text, 80), rule.error());
        }
    }
    for (const auto& name : rules.labels.value_or(std::vector<std::string>{})) {
        if (!is_label_name(name)) {
            return fmt::format("\"{}\" in `labels` cannot be the name of a label",
                               printable(name, 40));
        }
    }
    return {};
}

bool is_identity(std::string_view label) noexcept {
    constexpr std::string_view names[] = {
        "cluster", "datastore", "device", "guest",   "host",     "id",   "instance",
        "job",     "mode",      "node",   "object",  "nodename", "pool", "service",
        "source",  "state",     "status", "storage", "target",   "type", "vmid"};
    return std::ranges::find(names, label) != std::end(names);
}

std::unique_ptr<naming> with_rules(std::unique_ptr<naming> names, const series_rules& rules,
                                   const std::vector<std::string>& kept) {
    if (rules.empty()) return names;
    return std::make_unique<ruled_naming>(std::move(names), rules, kept);
}

}  // namespace relay::sinks
