#include "relay/topology/cluster_name.hpp"

#include "relay/base/log.hpp"
#include "relay/http/http_client.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/api_request.hpp"
#include "relay/topology/api_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

namespace relay::topology {
namespace {

constexpr std::string_view first_line = "# pverelay names 1\n";
// Proxmox allows 15 for a cluster, and a host name's 63 for a node.
constexpr std::size_t name_bytes_max = 63;

/// Whether it can be the value of a tag in every store.
bool is_usable(std::string_view name) {
    const auto is_plain = [](char c) { return c > ' ' && c < 0x7f; };
    return !name.empty() && name.size() <= name_bytes_max && !name.ends_with('\\') &&
           std::ranges::all_of(name, is_plain);
}

struct question {
    errand what;
    http_request sent;  // the client refers to it
    http::ticket id = 0;
};

/// What an answer says, with the address before it where that is no name.
expected<std::string, std::string> name_of(const question& asked, const http_response& came) {
    const bool is_answer = came.status >= 200 && came.status <= 299;
    const outcome words{.status = came.status,
                        .reason = came.status == 0 ? came.error : came.reason};
    auto name = is_answer ? cluster_name_in(came.body)
                          : unexpected(words_of(words) + remedy_of(words.reason));
    if (!name) return unexpected(fmt::format("{}: {}", asked.what.url, name.error()));
    return name;
}

}  // namespace

expected<std::string, std::string> cluster_name_in(std::string_view body) {
    auto said = read_cluster_status(body);
    if (!said) return unexpected(std::move(said.error()));
    const bool stands_alone = said->name.empty() && said->nodes.size() == 1;
    auto name = stands_alone ? said->nodes.front().name : said->name;
    if (!is_usable(name)) {
        return unexpected(fmt::format("it gives no name that could be used ({})",
                                      printable(name, name_bytes_max)));
    }
    return name;
}

expected<std::string, std::string> ask_cluster_name(const api_options& by, const time_source& time,
                                                    std::chrono::milliseconds wait) {
    http::http_client client;
    std::deque<question> asked;
    for (const auto& url : by.nodes) {
        auto& one = asked.emplace_back();
        one.what = {.call = {.what = ask::cluster_status}, .url = url, .timeout = wait};
        one.sent = request_of(one.what, by);
        one.id = client.start(one.sent, target_of(one.what, by, {}));
    }
    std::string reasons;
    std::size_t answered = 0;
    const auto end = time.now().steady + wait;
    while (answered < asked.size() && time.now().steady < end) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - time.now().steady);
        for (const auto& done : client.poll(std::max(left, std::chrono::milliseconds(0)))) {
            const auto of = std::ranges::find(asked, done.id, &question::id);
            ++answered;
            auto name = name_of(*of, done.response);
            if (name) return name;
            reasons += (reasons.empty() ? "" : "; ") + name.error();
        }
    }
    return unexpected(reasons.empty() ? std::string("no answer in time") : reasons);
}

names_by_url read_names(std::string_view file) {
    names_by_url names;
    while (!file.empty()) {
        const auto end = std::min(file.find('\n'), file.size());
        const auto line = file.substr(0, end);
        file.remove_prefix(std::min(end + 1, file.size()));
        const auto blank = line.find(' ');
        if (line.starts_with('#') || blank == line.npos || blank == 0) continue;
        const auto name = line.substr(blank + 1);
        if (is_usable(name)) names.emplace(line.substr(0, blank), name);
    }
    return names;
}

std::string write_names(const names_by_url& names) {
    std::string file(first_line);
    for (const auto& [url, name] : names)
        file += fmt::format("{} {}\n", url, name);
    return file;
}

}  // namespace relay::topology
