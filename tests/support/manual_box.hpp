// A box of dead letters that keeps them in memory and is durable when the test says so.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/journal/dead_letters.hpp"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace relay::tests {

class manual_box final : public journal::dead_letter_box {
public:
    journal::letter_ticket put(journal::dead_letter one) override {
        return letters_.with([&](auto& all) {
            all.push_back(std::move(one));
            return all.size();
        });
    }
    [[nodiscard]] journal::letter_ticket durable_up_to() const noexcept override {
        return durable.load();
    }
    [[nodiscard]] std::vector<journal::dead_letter> letters() const {
        return letters_.with([](const auto& all) { return all; });
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> found;
        for (const auto& one : letters())
            found.push_back(one.line);
        return found;
    }

    std::atomic<journal::letter_ticket> durable{0};

private:
    locked<std::vector<journal::dead_letter>> letters_;
};

}  // namespace relay::tests
