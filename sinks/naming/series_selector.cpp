#include "sinks/naming/series_selector.hpp"

#include "relay/base/log.hpp"
#include "sinks/naming/sanitise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <re2/re2.h>
#include <utility>

namespace relay::sinks {

namespace {

/// For the compiled expression and what it remembers of texts: a rule needs a fraction of it.
constexpr std::int64_t memory_bytes_max = 1 << 20;

re2::StringPiece piece(std::string_view text) {
    return {text.data(), text.size()};
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

bool skip(std::string_view& text, std::string_view what) {
    if (!text.starts_with(what)) return false;
    text.remove_prefix(what.size());
    return true;
}

/// A text in quotes, with the escapes that PromQL shares with TOML.
std::optional<std::string> read_quoted(std::string_view& text) {
    if (!skip(text, "\"")) return {};
    std::string out;
    for (; !text.empty(); text.remove_prefix(1)) {
        if (text.front() == '"') {
            text.remove_prefix(1);
            return out;
        }
        if (text.front() == '\\') {
            text.remove_prefix(1);
            if (text.empty()) return {};
            const char escaped = text.front();
            if (escaped != '"' && escaped != '\\' && escaped != 'n') return {};
            out += escaped == 'n' ? '\n' : escaped;
        } else {
            out += text.front();
        }
    }
    return {};
}

}  // namespace

class series_selector::pattern {
public:
    static expected<std::unique_ptr<pattern>, std::string> of_regex(const std::string& text) {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(memory_bytes_max);
        auto made = std::make_unique<pattern>(text, options);
        if (!made->regex_.ok()) {
            return unexpected(fmt::format("\"{}\" is no regular expression: {}",
                                          printable(text, 80), made->regex_.error()));
        }
        return made;
    }

    pattern(const std::string& text, const RE2::Options& options) : regex_(text, options) {}

    [[nodiscard]] bool matches(std::string_view text) const {
        return RE2::FullMatch(piece(text), regex_);
    }

private:
    RE2 regex_;
};

struct series_selector::matcher {
    std::string label;
    std::string text;                // where there is no regular expression
    std::unique_ptr<pattern> regex;  // null: the text
    bool is_negated = false;

    [[nodiscard]] bool holds(std::string_view value) const {
        return (regex != nullptr ? regex->matches(value) : value == text) != is_negated;
    }
};

series_selector::series_selector() = default;
series_selector::series_selector(series_selector&&) noexcept = default;
series_selector& series_selector::operator=(series_selector&&) noexcept = default;
series_selector::~series_selector() = default;

expected<series_selector, std::string> series_selector::parse(std::string_view text) {
    series_selector made;
    auto name = text;
    if (text.ends_with('}')) {
        // A brace may belong to the name's expression: x{2}. The matchers are what reads as such.
        std::string problem = "a } without its {";
        for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
            auto matchers = read_matchers(text.substr(at + 1, text.size() - at - 2));
            if (matchers) {
                made.matchers_ = std::move(*matchers);
                name = text.substr(0, at);
                break;
            }
            problem = matchers.error();
        }
        const bool may_be_repetition = text.find('"') == std::string_view::npos;
        if (name.size() == text.size() && !may_be_repetition) return unexpected(problem);
    }
    auto metric = pattern::of_regex(name.empty() ? ".*" : std::string(name));
    if (!metric) return unexpected(metric.error());
    made.metric_ = std::move(*metric);
    return made;
}

expected<std::vector<series_selector::matcher>, std::string> series_selector::read_matchers(
    std::string_view text) {
    std::vector<matcher> all;
    for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
        auto one = read_matcher(text);
        if (!one) return unexpected(one.error());
        all.push_back(std::move(*one));
        skip_blanks(text);
        if (!text.empty() && !skip(text, ","))
            return unexpected(std::string("a comma stands between matchers"));
    }
    if (all.empty()) return unexpected(std::string("there is no matcher between { and }"));
    return all;
}

expected<series_selector::matcher, std::string> series_selector::read_matcher(
    std::string_view& text) {
    matcher one;
    one.label = std::string(text.substr(0, text.find_first_of("=!~ \"")));
    text.remove_prefix(one.label.size());
    if (!is_label_name(one.label)) {
        return unexpected(fmt::format("\"{}\" is no name of a label", printable(one.label, 40)));
    }
    skip_blanks(text);
    const bool is_regex = text.substr(0, 2) == "=~" || text.substr(0, 2) == "!~";
    one.is_negated = text.starts_with('!');
    if (!is_regex && !text.starts_with("=") && !text.starts_with("!=")) {
        return unexpected(fmt::format("one of = != =~ !~ follows the label {}", one.label));
    }
    text.remove_prefix(is_regex || one.is_negated ? 2 : 1);
    skip_blanks(text);
    auto value = read_quoted(text);
    if (!value) return unexpected(fmt::format("the value of {} is a text in quotes", one.label));
    one.text = std::move(*value);
    if (!is_regex) return one;
    auto regex = pattern::of_regex(one.text);
    if (!regex) return unexpected(regex.error());
    one.regex = std::move(*regex);
    return one;
}

bool series_selector::selects(std::string_view metric, std::span<const protocol::label> labels,
                              const protocol::label& extra) const {
    if (!metric_->matches(metric)) return false;
    return std::ranges::all_of(matchers_, [&](const matcher& one) {
        if (!extra.name.empty() && extra.name == one.label) return one.holds(extra.value);
        const auto found = std::ranges::find(labels, one.label, &protocol::label::name);
        return one.holds(found == labels.end() ? std::string_view() : found->value);
    });
}

}  // namespace relay::sinks
