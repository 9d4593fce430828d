// A journal that keeps what it is given: for tests of what comes before it.
#pragma once

#include "tests/support/unread_journal.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace relay::tests {

class recording_journal final : public unread_journal {
public:
    /// What a batch's receipt is told at once. `refused` also drops the batch.
    relay::journal::durability answer = relay::journal::durability::disk;
    std::vector<relay::journal::batch> batches;

    bool append(relay::journal::batch batch) override {
        if (batch.receipt) {
            if (answer == relay::journal::durability::disk) batch.receipt->written();
            batch.receipt->settled(answer);
        }
        if (answer == relay::journal::durability::refused) return false;
        batches.push_back(std::move(batch));
        return true;
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
};

}  // namespace relay::tests
