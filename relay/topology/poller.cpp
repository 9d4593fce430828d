#include "relay/topology/poller.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

// A clock that is looked at now and then costs nothing; a wait that ends late would.
constexpr std::chrono::milliseconds longest_wait{10'000};

std::chrono::milliseconds wait_until(steady_time due, steady_time now) {
    if (due >= now + longest_wait) return longest_wait;
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(due - now));
}

}  // namespace

poller::poller(poll_outlets to, const time_source& time, log& log, std::uint64_t seed)
    : to_(std::move(to)),
      time_(time),
      log_(log),
      seed_(seed) {
    thread_ = std::thread([this] { run(); });
}

poller::~poller() {
    stop();
}

poller::counters_list poller::ask(std::vector<api_options> clusters) {
    std::vector<wanted> next;
    for (auto& options : clusters) {
        const auto same = [&](const auto& one) { return one.options == options; };
        const auto before = std::ranges::find_if(last_, same);
        auto counters = before != last_.end() ? before->counters : std::make_shared<api_counters>();
        next.push_back({std::move(options), std::move(counters)});
    }
    last_ = next;
    counters_list all;
    for (const auto& one : last_)
        all.push_back(one.counters);
    next_.with([&](auto& waiting) { waiting = std::move(next); });
    client_.wakeup();
    return all;
}

void poller::stop() {
    if (!thread_.joinable()) return;
    stop_asked_.store(true, std::memory_order_release);
    client_.wakeup();
    thread_.join();
}

void poller::run() {
    while (!stop_asked_.load(std::memory_order_acquire))
        turn();
    for (const auto& one : clusters_)
        one->stop(client_);
}

void poller::take_up(moment now) {
    auto next = next_.with([](auto& waiting) { return std::exchange(waiting, std::nullopt); });
    if (!next) return;
    std::vector<std::unique_ptr<cluster_poll>> asked;
    for (auto& one : *next) {
        const auto same = [&](const auto& poll) {
            return poll != nullptr && poll->counters() == one.counters;
        };
        const auto at = std::ranges::find_if(clusters_, same);
        asked.push_back(at == clusters_.end() ? nullptr : std::move(*at));
    }
    // Those that go keep what they know first: one that is only different begins with it.
    for (const auto& gone : clusters_) {
        if (gone != nullptr) gone->stop(client_);
    }
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (asked[i] != nullptr) continue;
        auto& one = (*next)[i];
        asked[i] = std::make_unique<cluster_poll>(std::move(one.options), std::move(one.counters),
                                                  to_, log_, ++seed_, now);
    }
    clusters_ = std::move(asked);
    std::vector<std::string> names;
    for (const auto& one : clusters_)
        names.push_back(one->options().cluster);
    to_.board.keep_only(names);
}

void poller::turn() {
    auto now = time_.now();
    take_up(now);
    auto due = now.steady + longest_wait;
    for (const auto& one : clusters_) {
        one->ask(client_, now);
        one->look(now);
        due = std::min(due, one->due(now));
    }
    const auto done = client_.poll(wait_until(due, now.steady));
    now = time_.now();
    for (const auto& answer : done) {
        for (const auto& one : clusters_) {
            if (one->take(answer, now)) break;
        }
    }
}

}  // namespace relay::topology
