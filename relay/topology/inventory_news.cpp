#include "relay/topology/inventory_news.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace relay::topology {
namespace {

/// Calls `use(line)` for each line, its end included.
template <class F>
void for_each_line(std::string_view text, F&& use) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        use(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::uint64_t hash_of(std::string_view line) {
    return std::hash<std::string_view>{}(line.substr(0, line.rfind(' ')));
}

}  // namespace

bool inventory_news::is_due(bool is_changed, steady_time now) const noexcept {
    return now >= due(is_changed);
}

steady_time inventory_news::due(bool is_changed) const noexcept {
    if (!was_sent_) return is_changed ? steady_time::min() : steady_time::max();
    const auto whole = whole_ + repeated_every;
    return is_changed ? std::min(whole, looked_ + looked_at_every) : whole;
}

std::string inventory_news::take(std::string_view all, steady_time now) {
    const bool is_whole = !std::exchange(was_sent_, true) || now >= due(false);
    looked_ = now;
    if (is_whole) whole_ = now;
    std::vector<std::uint64_t> present;
    std::string out;
    for_each_line(all, [&](std::string_view line) {
        const auto hash = hash_of(line);
        present.push_back(hash);
        if (is_whole || !std::ranges::binary_search(sent_, hash)) out += line;
    });
    std::ranges::sort(present);
    sent_ = std::move(present);
    return out;
}

}  // namespace relay::topology
