#include "relay/presence_watch.hpp"

#include "relay/base/durable_file.hpp"

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <utility>

namespace relay {
namespace {

using namespace std::chrono_literals;

// An end is told within a second; a look at 2,000 guests takes less than a thousandth of it.
constexpr auto look_interval = 1s;

// Of what changes all the time. Killed in between, the relay learns a minute's news again.
constexpr auto save_interval = 60s;

}  // namespace

presence_watch::presence_watch(presence_parts parts, const ingest::presence_options& options,
                               const std::vector<std::string>& clusters)
    : to_(std::move(parts)),
      tracker_(options) {
    load(clusters);
}

void presence_watch::start(own_lines& lines) {
    thread_ = std::jthread([this, &lines](const std::stop_token& stop) { run(stop, lines); });
}

void presence_watch::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void presence_watch::run(const std::stop_token& stop, own_lines& lines) {
    std::mutex mutex;
    std::condition_variable_any never;  // only the stop wakes it
    auto save_at = to_.time.now().steady + save_interval;
    while (!stop.stop_requested()) {
        const auto now = to_.time.now();
        for (const auto& one : tracker_.look(now, to_.board)) {
            lines.push(one.cluster, one.text);
            for (const auto& words : one.words)
                to_.log.notice("{}", printable(words, 400));
        }
        if (now.steady >= save_at) {
            save_at = now.steady + save_interval;
            if (tracker_.version() != saved_version_) save();
        }
        std::unique_lock lock(mutex);
        never.wait_for(lock, stop, look_interval, [] { return false; });
    }
    save();
}

void presence_watch::load(const std::vector<std::string>& clusters) {
    std::ifstream in(to_.file, std::ios::binary);
    if (!in) return;
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto restored = tracker_.restore(text, clusters, to_.time.now());
    if (restored) return;
    to_.log.warning("{} is not believed, presence begins anew: {}", to_.file.string(),
                    restored.error());
}

void presence_watch::save() {
    saved_version_ = tracker_.version();
    const auto error = replace_file(to_.file, tracker_.remember());
    if (!error) {
        said_unsaved_ = false;
    } else if (!std::exchange(said_unsaved_, true)) {
        to_.log.warning("cannot write {}: {}; a restart will not know what is absent",
                        to_.file.string(), error.message());
    }
}

}  // namespace relay
