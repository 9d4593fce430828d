// Scenarios and requests of the simulated API: whatever is written in either, an answer comes, with
// a status that is one, and without the token nothing is told.

#include "relay/base/check.hpp"
#include "relay/simulate/api.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace relay::simulate;

namespace {

// The first line is a target; the rest is a scenario, and the course that is used where it is none.
void ask(std::string_view target, scenario course, std::int64_t second) {
    static const auto base =
        make_world({.nodes = 2, .guests_per_node = 6, .guests_per_container = 3}).clusters.front();
    const simulated_cluster cluster{base, std::move(course), 1'755'785'270};
    const auto token = "PVEAPIToken=" + cluster.course.token;
    const auto answer =
        answer_api(cluster, {.target = target, .authorization = token}, cluster.begin + second, 0);
    if (answer.hangs_up) return;
    RELAY_CHECK(answer.status >= 200 && answer.status <= 599);
    RELAY_CHECK(answer.delay.count() >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = std::min(text.find('\n'), text.size());
    const auto target = text.substr(0, end);
    const auto course = parse_scenario(text.substr(std::min(end + 1, text.size())));

    const api_answer refused =
        answer_api({make_world({.nodes = 1, .guests_per_node = 1}).clusters.front()},
                   {.target = target, .authorization = text}, 1'755'785'270, 0);
    RELAY_CHECK(refused.status == 401 || refused.status == 501);
    if (!course) {
        RELAY_CHECK(course.error().starts_with("line "));
        ask(target, {}, 0);
        return 0;
    }
    for (const std::int64_t second : {0, 10, 1'000}) {
        ask(target, *course, second);
        static_cast<void>(
            pushing_node_at({make_world({.nodes = 2, .guests_per_node = 3}).clusters.front(),
                             *course, 1'755'785'270},
                            1, 1'755'785'270 + second));
    }
    return 0;
}
