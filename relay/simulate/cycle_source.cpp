#include "relay/simulate/cycle_source.hpp"

#include "relay/base/check.hpp"

#include <fmt/format.h>

#include <cstring>

namespace relay::simulate {
namespace {

// Values of prepared cycles belong to these seconds, one cycle apart.
constexpr std::int64_t prepared_at = 1'755'785'270;
constexpr std::int64_t cycle_seconds = 10;

constexpr std::size_t time_digits = 19;    // of nanoseconds, 2001 to 2262
constexpr std::size_t second_digits = 10;  // the first of them

std::int64_t second_of(const transaction& it) {
    const auto digits = it.text.substr(it.text.size() - time_digits - 1, second_digits);
    return std::stoll(digits);
}

}  // namespace

void stamp_lines(std::string& text, std::int64_t seconds) {
    const fmt::format_int digits(seconds);
    RELAY_CHECK(digits.size() == second_digits);
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1)) {
        std::memcpy(text.data() + end - time_digits, digits.data(), second_digits);
    }
}

cycle_source::cycle_source(const node& from, unsigned prepared) : from_(&from) {
    for (unsigned i = 0; i < prepared; ++i) {
        cycles_.push_back(transactions_of(from, prepared_at + i * cycle_seconds));
    }
}

const std::vector<transaction>& cycle_source::at(std::int64_t seconds) {
    if (cycles_.empty()) {
        fresh_ = transactions_of(*from_, seconds);
        return fresh_;
    }
    auto& cycle = cycles_[next_++ % cycles_.size()];
    // The first is the node's own and begins the cycle; later ones keep their distance to it.
    const auto shift = seconds - second_of(cycle.front());
    for (auto& it : cycle)
        stamp_lines(it.text, second_of(it) + shift);
    return cycle;
}

}  // namespace relay::simulate
