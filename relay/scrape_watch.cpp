#include "relay/scrape_watch.hpp"

#include "relay/base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace relay {
namespace {

using namespace std::chrono_literals;

// Values are at most so old when they are asked for, beside the ten seconds that Proxmox takes.
constexpr auto read_interval = 1s;

// The last minutes of 2,000 guests take about two seconds to read; a scrape may take ten.
constexpr auto first_wait = 5s;

// Scrapes are a minute apart at most, or stale markers fall between them.
constexpr auto forgotten_after = 10min;

}  // namespace

scrape_watch::scrape_watch(journal::journal& journal, const time_source& time,
                           const sinks::scrape_options& options)
    : journal_(journal),
      time_(time),
      options_(options) {}

void scrape_watch::stop() {
    {
        const std::lock_guard guard(mutex_);
        is_stopped_ = true;
        thread_.request_stop();
    }
    if (thread_.joinable()) thread_.join();
}

expected<std::string, ops::scrape_refusal> scrape_watch::page(const sinks::scrape_query& asked) {
    using kind = ops::scrape_refusal::kind;
    std::unique_lock lock(mutex_);
    if (is_stopped_) return unexpected(ops::scrape_refusal{kind::not_yet, "the relay is stopping"});
    asked_at_ = time_.now().steady;
    if (!values_) {
        values_.emplace(options_);
        is_whole_ = false;
        // One that is ending has let go of the lock for good.
        thread_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
    }
    if (!changed_.wait_for(lock, first_wait, [this] { return is_whole_; })) {
        return unexpected(ops::scrape_refusal{
            kind::not_yet, "the journal's last minutes are being read: ask again in a moment"});
    }
    if (asked.cluster && !values_->lines().all().contains(*asked.cluster)) {
        return unexpected(ops::scrape_refusal{
            kind::not_there, fmt::format("nothing came of a cluster \"{}\" for {} s",
                                         printable(*asked.cluster), options_.max_age.count())});
    }
    auto made = values_->page(asked);
    if (made) return *std::move(made);
    return unexpected(ops::scrape_refusal{kind::too_large, std::move(made.error())});
}

void scrape_watch::follow(const std::stop_token& stop) {
    const auto wall = time_.now().wall.time_since_epoch();
    const auto from = journal_.look_on((wall - options_.max_age).count());
    while (!stop.stop_requested()) {
        read_all(*from, stop);
        if (!is_still_asked()) return;
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, read_interval, [] { return false; });
    }
}

void scrape_watch::read_all(journal::onlooker& from, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto records = from.read({});
        const std::lock_guard guard(mutex_);
        for (const auto& one : records)
            values_->fold(*one);
        if (!records.empty()) continue;
        values_->look(time_.now().wall.time_since_epoch().count());
        is_whole_ = true;
        changed_.notify_all();
        return;
    }
}

bool scrape_watch::is_still_asked() {
    const std::lock_guard guard(mutex_);
    if (time_.now().steady - asked_at_ <
        std::max<std::chrono::nanoseconds>(forgotten_after, options_.max_age)) {
        return true;
    }
    values_.reset();
    return false;
}

}  // namespace relay
