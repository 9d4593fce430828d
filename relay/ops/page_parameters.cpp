#include "relay/ops/page_parameters.hpp"

#include "relay/listen/http_target.hpp"

#include <algorithm>

namespace relay::ops {

std::optional<std::string> for_each_parameter(std::string_view request_target,
                                              const take_parameter& take) {
    const auto mark = request_target.find('?');
    if (mark == std::string_view::npos) return {};
    auto rest = request_target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('&'), rest.size());
        const auto one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (one.empty()) continue;
        const auto equals = std::min(one.find('='), one.size());
        auto value = listen::decode_parameter(one.substr(std::min(equals + 1, one.size())));
        if (auto wrong = take(one.substr(0, equals), std::move(value))) return wrong;
    }
    return {};
}

}  // namespace relay::ops
