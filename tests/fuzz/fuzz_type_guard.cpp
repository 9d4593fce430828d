// Any answer of a store, and then any lines: what the guard writes of a line is that line, with the
// same tags, time and number of fields, and each field as it came, as the store has it, or under a
// name that says its type.

#include "relay/base/check.hpp"
#include "sinks/record_lines.hpp"
#include "sinks/type_guard.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace relay;

void check_same(const protocol::point& before, const protocol::point& after) {
    RELAY_CHECK(before.measurement == after.measurement && before.time_ns == after.time_ns);
    RELAY_CHECK(std::ranges::equal(before.tags, after.tags));
    RELAY_CHECK(before.fields.size() == after.fields.size());
    for (std::size_t i = 0; i < before.fields.size(); ++i) {
        const auto& [key, value] = before.fields[i];
        const auto& [new_key, new_value] = after.fields[i];
        if (key == new_key) continue;
        RELAY_CHECK(new_key.starts_with(key) && new_key.size() > key.size() + 1);
        RELAY_CHECK(new_value.kind == value.kind);
    }
}

}  // namespace

/// An answer up to a zero byte, lines behind it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = std::min(input.find('\0'), size);
    http_response answer;
    answer.status = 400;
    answer.body = input.substr(0, end);
    const auto lines = input.substr(std::min(end + 1, size));

    const auto conflicts = sinks::type_conflicts(answer);
    constexpr std::size_t fields_max = 4;
    for (const auto mode : {sinks::type_guard_mode::coerce, sinks::type_guard_mode::divert}) {
        sinks::type_guard guard(mode, fields_max);
        std::size_t rounds = 0;
        while (guard.learn("db", "db", conflicts))
            RELAY_CHECK(++rounds <= 2 * fields_max);
        const auto view = guard.of("db");
        sinks::record_lines before;
        sinks::record_lines after;
        before.open(lines);
        while (before.next()) {
            std::string out;
            if (before.point() == nullptr || !view.append(*before.point(), out)) continue;
            after.open(out);
            RELAY_CHECK(after.next() && after.point() != nullptr);
            check_same(*before.point(), *after.point());
            RELAY_CHECK(!after.next());
        }
    }
    return 0;
}
