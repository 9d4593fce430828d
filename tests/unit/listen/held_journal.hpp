// A journal whose word the test gives: at once, later, in part or never. Any thread.
#pragma once

#include "tests/support/unread_journal.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::tests {

class held_journal final : public unread_journal {
public:
    using durability = relay::journal::durability;

    /// Batches are settled so when they come; nothing: they are held until the test speaks.
    void answer_at_once(std::optional<durability> how) {
        const std::lock_guard guard(mutex_);
        at_once_ = how;
    }

    bool append(relay::journal::batch batch) override {
        auto receipt = batch.receipt;
        std::optional<durability> how;
        {
            const std::lock_guard guard(mutex_);
            how = at_once_;
            text_ += batch.text;
            lanes_.push_back(batch.lane);
            if (!how && receipt) held_.push_back(receipt);
        }
        changed_.notify_all();
        const bool taken = how != durability::refused;
        if (!how || !receipt) return taken;
        if (*how == durability::disk || *how == durability::kernel) receipt->written();
        receipt->settled(*how);
        return taken;
    }

    /// Waits until so many batches have come.
    void await_batches(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return lanes_.size() >= count; });
    }
    /// Waits until the text holds so many lines.
    void await_lines(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] {
            return static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n')) >= count;
        });
    }

    void write_held() {
        for (const auto& receipt : held()) {
            receipt->written();
        }
    }
    void settle_held(durability how) {
        for (const auto& receipt : held()) {
            receipt->settled(how);
        }
    }

    [[nodiscard]] std::string text() {
        const std::lock_guard guard(mutex_);
        return text_;
    }
    [[nodiscard]] std::vector<relay::journal::lane> lanes() {
        const std::lock_guard guard(mutex_);
        return lanes_;
    }

private:
    [[nodiscard]] std::vector<std::shared_ptr<relay::journal::receipt>> held() {
        const std::lock_guard guard(mutex_);
        return held_;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<durability> at_once_ = durability::disk;
    std::string text_;
    std::vector<relay::journal::lane> lanes_;
    std::vector<std::shared_ptr<relay::journal::receipt>> held_;
};

}  // namespace relay::tests
