// The half of a journal that what comes before it never uses: nobody reads, nothing stops. A test's
// journal adds append().
#pragma once

#include "relay/journal/journal.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace relay::tests {

class unread_journal : public journal::journal {
public:
    std::unique_ptr<relay::journal::subscription> subscribe(const std::string&,
                                                            relay::journal::start_at,
                                                            relay::journal::lane_choice) final {
        return nullptr;
    }
    std::unique_ptr<relay::journal::onlooker> look_on(std::int64_t) final { return nullptr; }
    std::shared_ptr<const void> keep_segments() final { return nullptr; }
    void notify(std::function<void()>) final {}
    std::optional<std::uint64_t> remove_oldest(relay::journal::sequence) final { return {}; }
    expected<void, std::string> forget(const std::string&) final { return {}; }
    void stop() final {}
    [[nodiscard]] const relay::journal::journal_counters& counters() const final {
        return counters_;
    }
    [[nodiscard]] const relay::journal::journal_options& options() const final { return options_; }

private:
    relay::journal::journal_counters counters_;
    relay::journal::journal_options options_;
};

}  // namespace relay::tests
