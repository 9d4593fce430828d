#include "relay/simulate/api_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace relay::simulate {
namespace {

/// Calls `each` with what stands between separators.
template <class Each>
void split(std::string_view text, char separator, Each each) {
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        each(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const auto* digits = text.data() + i + 1;
        const bool may_be_escape = text[i] == '%' && i + 2 < text.size();
        if (may_be_escape && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            decoded += static_cast<char>(value);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

std::string api_target::text() const {
    return fmt::format("{}", fmt::join(path, "/"));
}

std::optional<api_target> parse_api_target(std::string_view target) {
    constexpr std::string_view root = "/api2/json/";
    if (!target.starts_with(root)) return {};
    target.remove_prefix(root.size());
    const auto query = std::min(target.find('?'), target.size());
    api_target made;
    split(target.substr(0, query), '/', [&](std::string_view word) {
        if (!word.empty()) made.path.push_back(percent_decoded(word));
    });
    split(target.substr(std::min(query + 1, target.size())), '&', [&](std::string_view pair) {
        const auto equals = std::min(pair.find('='), pair.size());
        const auto value = pair.substr(std::min(equals + 1, pair.size()));
        made.parameters.emplace(percent_decoded(pair.substr(0, equals)), percent_decoded(value));
    });
    return made;
}

}  // namespace relay::simulate
