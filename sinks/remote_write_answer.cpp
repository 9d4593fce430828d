#include "sinks/remote_write_answer.hpp"

#include "sinks/answer.hpp"

#include <array>
#include <charconv>
#include <system_error>

namespace relay::sinks {

namespace {

struct wording {
    std::string_view part;
    std::string_view reason;
};

// Prometheus 2.42 (storage/interface.go, tsdb), newer ones and Mimir (pkg/util/globalerror).
constexpr std::array<wording, 12> wordings{{
    {"duplicate sample", "duplicate"},
    {"duplicate-timestamp", "duplicate"},
    {"out of order", "out_of_order"},
    {"out-of-order", "out_of_order"},
    {"too old", "too_old"},
    {"too-old", "too_old"},
    {"out of bounds", "out_of_bounds"},
    {"too far in the future", "out_of_bounds"},
    {"too-far-in-future", "out_of_bounds"},
    {"max-series", "too_many_series"},
    {"limit of", "too_many_series"},
    {"series limit", "too_many_series"},
}};

std::string_view refusal_reason(std::string_view words) noexcept {
    for (const auto& [part, reason] : wordings) {
        if (mentions(words, part)) return reason;
    }
    return "invalid";
}

/// Prometheus 2.42 answers 500 for samples that will never do: "label name "a" is not unique:
/// invalid sample", "too old sample".
std::string_view fault_reason(std::string_view words) noexcept {
    if (mentions(words, "invalid sample")) return "invalid";
    const auto reason = refusal_reason(words);
    return reason == "invalid" ? "server_error" : reason;
}

}  // namespace

std::pair<verdict_kind, std::string_view> remote_write_meaning(int status,
                                                               std::string_view words) noexcept {
    switch (status) {
        case 400:
        case 409:  // Thanos: the samples conflict with what is stored
        case 422:
            return {verdict_kind::refused, refusal_reason(words)};
        case 415:
            return {verdict_kind::unsupported, "unsupported"};
        default:
            break;
    }
    auto meaning = status_meaning(status);
    if (meaning.first == verdict_kind::fault) meaning.second = fault_reason(words);
    return meaning;
}

written_counts written_by(const http_response& response) noexcept {
    written_counts out;
    for (const auto& [name, value] : response.headers) {
        const bool is_count = name == "x-prometheus-remote-write-samples-written" ||
                              name == "x-prometheus-remote-write-histograms-written" ||
                              name == "x-prometheus-remote-write-exemplars-written";
        out.are_said = out.are_said || is_count;
    }
    const auto text = response.header("x-prometheus-remote-write-samples-written");
    std::size_t samples = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), samples);
    const bool is_number = error == std::errc() && at == text.data() + text.size();
    if (is_number) out.samples = samples;
    return out;
}

std::pair<verdict_kind, std::string_view> remote_write_2_meaning(int status, std::string_view words,
                                                                 const written_counts& written,
                                                                 bool may_fall_back) noexcept {
    const auto meaning = remote_write_meaning(status, words);
    const bool is_success = meaning.first == verdict_kind::delivered;
    const bool is_refusal = meaning.first == verdict_kind::refused;
    if (!written.are_said && (is_success || (is_refusal && may_fall_back))) {
        return {verdict_kind::unsupported, "unsupported"};
    }
    // What it names is stored, and the rest never will be.
    if (is_refusal && written.samples.value_or(0) > 0) {
        return {verdict_kind::rest_stored, meaning.second};
    }
    return meaning;
}

}  // namespace relay::sinks
