// Where the scrape page meets the journal. While somebody scrapes, a thread of its own reads along
// and keeps the last lines; the first to ask waits until it has read the last minutes. When nobody
// asks any more it ends, and what it knew is forgotten: who does not scrape pays nothing.
//
// Built and stopped by the main thread; asked by any.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/journal/journal.hpp"
#include "relay/ops/scrape_page.hpp"
#include "sinks/scrape.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace relay {

class scrape_watch {
public:
    /// Both outlive the watch, or stop() comes before their end.
    scrape_watch(journal::journal& journal, const time_source& time,
                 const sinks::scrape_options& options);
    ~scrape_watch() { stop(); }
    scrape_watch(const scrape_watch&) = delete;
    scrape_watch& operator=(const scrape_watch&) = delete;

    [[nodiscard]] expected<std::string, ops::scrape_refusal> page(const sinks::scrape_query& asked);

    /// There is no page any more. Idempotent.
    void stop();

private:
    void follow(const std::stop_token& stop);
    void read_all(journal::onlooker& from, const std::stop_token& stop);
    [[nodiscard]] bool is_still_asked();

    journal::journal& journal_;
    const time_source& time_;
    const sinks::scrape_options options_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::optional<sinks::scrape> values_;  // while somebody asks
    bool is_whole_ = false;                // values_ are of all that was there
    bool is_stopped_ = false;
    steady_time asked_at_{};
    std::jthread thread_;  // last: it uses the rest
};

}  // namespace relay
