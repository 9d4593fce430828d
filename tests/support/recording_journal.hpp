// A journal that keeps what it is given: for tests of what comes before it.
#pragma once

#include "relay/journal/journal.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::tests {

class recording_journal final : public journal::journal {
public:
    /// What a batch's receipt is told at once. `refused` also drops the batch.
    relay::journal::durability answer = relay::journal::durability::disk;
    std::vector<relay::journal::batch> batches;

    void append(relay::journal::batch batch) override {
        if (batch.receipt) {
            if (answer == relay::journal::durability::disk) batch.receipt->written();
            batch.receipt->settled(answer);
        }
        if (answer != relay::journal::durability::refused) batches.push_back(std::move(batch));
    }

    /// The text of all batches, in order.
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const auto& batch : batches) {
            all += batch.text;
        }
        return all;
    }
    [[nodiscard]] std::uint64_t points() const {
        std::uint64_t sum = 0;
        for (const auto& batch : batches) {
            sum += batch.points;
        }
        return sum;
    }

    // Nobody reads from it.
    std::unique_ptr<relay::journal::subscription> subscribe(const std::string&,
                                                            relay::journal::start_at) override {
        return nullptr;
    }
    void notify(std::function<void()>) override {}
    void stop() override {}
    [[nodiscard]] const relay::journal::journal_counters& counters() const override {
        return counters_;
    }
    [[nodiscard]] const relay::journal::journal_options& options() const override {
        return options_;
    }

private:
    relay::journal::journal_counters counters_;
    relay::journal::journal_options options_;
};

}  // namespace relay::tests
