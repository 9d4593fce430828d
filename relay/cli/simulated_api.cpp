#include "relay/cli/simulated_api.hpp"

#include "protocol/gzip_member.hpp"
#include "relay/cli/alarm_clock.hpp"
#include "relay/cli/api_access_log.hpp"
#include "relay/listen/http_listener.hpp"
#include "relay/simulate/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

namespace relay::cli {
namespace {

using std::chrono::milliseconds;

/// One node, as its listener's thread knows it.
struct served_node {
    const simulate::simulated_cluster& within;
    std::size_t index = 0;
    const api_access_log& log;
    alarm_clock& alarms;
    std::atomic<int> under_way{0};

    [[nodiscard]] const std::string& name() const { return within.base.nodes[index].name; }
};

std::int64_t now_seconds() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

bool takes_gzip(const listen::request& head) {
    return head.header("accept-encoding").find("gzip") != std::string_view::npos;
}

/// As pveproxy: what is short goes as it is.
void compress(listen::reply& answer, protocol::gzip_compressor& with) {
    constexpr std::size_t worth_bytes = 1024;
    if (answer.body.size() <= worth_bytes) return;
    std::string compressed;
    with.compress(answer.body, {}, compressed);
    answer.body = std::move(compressed);
    answer.headers.emplace_back("Content-Encoding", "gzip");
}

listen::reply to_reply(simulate::api_answer answer) {
    listen::reply made{.status = answer.status,
                       .headers = {{"Server", "pve-api-daemon/3.0"},
                                   {"Cache-Control", "max-age=0"},
                                   {"Pragma", "no-cache"}},
                       .body = std::move(answer.body),
                       .reason = std::move(answer.reason),
                       .ends_connection = answer.status >= 400};
    if (!made.body.empty())
        made.headers.emplace_back("Content-Type", "application/json;charset=UTF-8");
    return made;
}

/// The answer, when its time has come. Whatever body the request has is read and forgotten.
class slow_answer final : public listen::upload {
public:
    slow_answer(served_node& node, listen::reply answer, milliseconds delay)
        : node_(node),
          answer_(std::move(answer)),
          delay_(delay) {}
    ~slow_answer() override { --node_.under_way; }
    slow_answer(const slow_answer&) = delete;
    slow_answer& operator=(const slow_answer&) = delete;

    std::optional<listen::reply> feed(std::string_view) override { return {}; }
    std::optional<listen::reply> finish(std::function<void()> wake) override {
        if (delay_ == milliseconds(0)) return std::move(answer_);
        node_.alarms.after(delay_, std::move(wake));
        return {};
    }
    listen::reply answer() override { return std::move(answer_); }

private:
    served_node& node_;
    listen::reply answer_;
    milliseconds delay_;
};

class api_handler final : public listen::http_handler {
public:
    explicit api_handler(served_node& node) : node_(node) {}
    listen::verdict begin(const listen::request& head) override;

private:
    served_node& node_;
    protocol::gzip_compressor compressor_;
};

listen::verdict api_handler::begin(const listen::request& head) {
    const bool is_chunked = !head.header("transfer-encoding").empty();
    auto answer =
        simulate::answer_api(node_.within,
                             {.method = head.method,
                              .target = head.target,
                              .authorization = head.header("authorization"),
                              .has_body = head.content_length.value_or(0) > 0 || is_chunked},
                             now_seconds(), node_.index);
    const auto delay = answer.delay;
    const bool hangs_up = answer.hangs_up;
    node_.log.add({.cluster = node_.within.base.name,
                   .node = node_.name(),
                   .method = head.method,
                   .path = head.target,
                   .status = hangs_up ? 0 : answer.status,
                   .concurrent = ++node_.under_way,
                   .delay = delay,
                   .bytes = answer.body.size()});
    if (hangs_up) {
        --node_.under_way;
        return {};
    }
    auto reply = to_reply(std::move(answer));
    if (takes_gzip(head)) compress(reply, compressor_);
    return {.answer = {}, .body = std::make_unique<slow_answer>(node_, std::move(reply), delay)};
}

/// "127.0.0.1:8006" for the node at `offset` behind that of the address.
expected<std::string, std::string> address_behind(const std::string& address, std::size_t offset) {
    const auto first = listen::endpoint::parse(address);
    if (!first) return unexpected(first.error());
    if (first->port == 0) return address;
    const auto port = first->port + offset;
    if (port > 65'535) return unexpected(fmt::format("no port is left for node {}", offset + 1));
    return fmt::format("{}:{}", address.substr(0, address.rfind(':')), port);
}

struct served_listener {
    listen::listen_options options;
    listen::listen_counters counters;
    std::unique_ptr<served_node> node;
    std::unique_ptr<listen::http_listener> listener;
};

}  // namespace

struct simulated_api::state {
    std::vector<simulate::simulated_cluster> clusters;
    api_access_log log;
    null_log words;
    alarm_clock alarms;
    std::string host;
    // Their sessions hold what stands above.
    std::vector<std::unique_ptr<served_listener>> listeners;

    expected<void, std::string> listen_for(const simulate::simulated_cluster& within,
                                           std::size_t index, const std::string& address);
};

expected<void, std::string> simulated_api::state::listen_for(
    const simulate::simulated_cluster& within, std::size_t index, const std::string& address) {
    const auto where = address_behind(address, listeners.size());
    if (!where) return unexpected(where.error());
    auto made = std::make_unique<served_listener>();
    made->options.address = *where;
    made->options.open = true;
    made->options.limits.answer_wait = std::chrono::minutes(10);  // the alarm comes before
    made->node.reset(new served_node{within, index, log, alarms, {}});
    auto opened = listen::http_listener::open({
        .options = made->options,
        .counters = made->counters,
        .log = words,
        .version = {},
        .make_handler = [node = made->node.get()] { return std::make_unique<api_handler>(*node); },
        .given = {},
    });
    if (!opened) return unexpected(std::move(opened.error()));
    made->listener = std::move(*opened);
    listeners.push_back(std::move(made));
    return {};
}

simulated_api::simulated_api(std::unique_ptr<state> opened) : state_(std::move(opened)) {}
simulated_api::~simulated_api() = default;

expected<std::unique_ptr<simulated_api>, std::string> simulated_api::open(
    std::vector<simulate::simulated_cluster> clusters, const std::string& address,
    const std::filesystem::path& access_log) {
    auto state = std::make_unique<simulated_api::state>();
    state->clusters = std::move(clusters);
    state->host = address.substr(0, address.rfind(':'));
    if (!access_log.empty()) {
        auto log = api_access_log::open(access_log);
        if (!log) return unexpected(std::move(log.error()));
        state->log = std::move(*log);
    }
    for (const auto& cluster : state->clusters) {
        for (std::size_t i = 0; i < cluster.base.nodes.size(); ++i) {
            auto listening = state->listen_for(cluster, i, address);
            if (!listening) return unexpected(std::move(listening.error()));
        }
    }
    return std::unique_ptr<simulated_api>(new simulated_api(std::move(state)));
}

std::vector<simulated_api::place> simulated_api::places() const {
    std::vector<place> all;
    for (const auto& it : state_->listeners) {
        all.push_back({it->node->within.base.name, it->node->name(),
                       fmt::format("http://{}:{}", state_->host, it->listener->port())});
    }
    return all;
}

}  // namespace relay::cli
