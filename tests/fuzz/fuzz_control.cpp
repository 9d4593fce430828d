// Any bytes as a line to the control socket: refused with a reason, or a request whose line reads
// back to it. Whatever it is, it gets exactly one result, on one line.
#include "relay/base/check.hpp"
#include "relay/ops/control.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace relay::ops;

namespace {

control_actions doing() {
    control_actions actions;
    actions.replay = [](const replay_request& asked) -> relay::expected<void, std::string> {
        RELAY_CHECK(asked.first >= 1 && asked.first <= asked.last && !asked.sink.empty());
        return {};
    };
    actions.purge = [](const purge_request&, const purge_progress&) { return removed_files{}; };
    actions.forget = [](const forget_request&) -> relay::expected<void, std::string> { return {}; };
    actions.clear_dead = [] { return removed_files{}; };
    actions.push = [](const push_request& asked) -> relay::expected<pushed_lines, std::string> {
        RELAY_CHECK(!asked.text.empty());
        return pushed_lines{};
    };
    return actions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    const auto request = parse_control_request(line);
    RELAY_CHECK(request || !request.error().empty());
    if (request) RELAY_CHECK(parse_control_request(to_line(*request)) == *request);
    int results = 0;
    answer_control(line, doing(), [&results](std::string_view answer) {
        RELAY_CHECK(answer.find('\n') == answer.size() - 1);
        ++results;
    });
    RELAY_CHECK(results == 1);
    return 0;
}
