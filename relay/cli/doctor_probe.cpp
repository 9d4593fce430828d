#include "relay/cli/doctor_probe.hpp"

#include "relay/http/http_client.hpp"

#include <algorithm>
#include <utility>

namespace relay::cli {

std::vector<http_response> ask_all(const std::vector<question>& questions,
                                   std::chrono::milliseconds longest) {
    using clock = std::chrono::steady_clock;
    http_response late;
    late.error = "no answer in time";
    std::vector<http_response> answers(questions.size(), late);
    http::http_client client;
    std::vector<http::ticket> tickets;
    for (const auto& one : questions) {
        auto target = one.target;
        target.timeout = std::min(target.timeout, longest);
        target.connect_timeout = std::min(target.connect_timeout, longest);
        tickets.push_back(client.start(one.request, target));
    }
    const auto end = clock::now() + longest;
    for (std::size_t open = questions.size(); open > 0 && clock::now() < end;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
        for (auto& done : client.poll(std::max(left, std::chrono::milliseconds(1)))) {
            const auto at = std::ranges::find(tickets, done.id) - tickets.begin();
            answers[static_cast<std::size_t>(at)] = std::move(done.response);
            --open;
        }
    }
    return answers;
}

}  // namespace relay::cli
