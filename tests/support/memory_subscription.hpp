// A place in a journal that is only memory: a test appends from any thread, one worker reads.
#pragma once

#include "relay/base/locked.hpp"
#include "relay/journal/journal.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace relay::tests {

/// Outlives the subscriptions made of it, as a journal does.
class memory_journal {
public:
    void append(journal::record_ptr record) {
        records_.with([&](auto& all) { all.push_back(std::move(record)); });
    }

    /// @returns false where it took longer than any test may.
    bool wait_for_commit(journal::sequence sequence) {
        return wait_until([=](const auto& position) { return position.delivered >= sequence; });
    }
    template <class Condition>
    bool wait_until(Condition holds) {
        std::unique_lock lock(mutex_);
        return moved_.wait_for(lock, std::chrono::seconds(30), [&] { return holds(position_); });
    }

    [[nodiscard]] journal::cursor committed() {
        const std::lock_guard guard(mutex_);
        return position_;
    }
    void set_committed(journal::cursor position) {
        const std::lock_guard guard(mutex_);
        position_ = std::move(position);
    }

    /// Called by a read that found nothing, after it has looked: what arrives then must be noticed.
    /// To be set before the reader starts.
    std::function<void()> on_empty_read;

    /// What readers asked for last.
    [[nodiscard]] journal::contents contents_asked() const {
        return asked_.with([](const auto& what) { return what; });
    }

    [[nodiscard]] std::unique_ptr<journal::subscription> subscribe() {
        return std::make_unique<subscription>(*this);
    }

private:
    class subscription final : public journal::subscription {
    public:
        explicit subscription(memory_journal& of) : journal_(of), position_(of.committed()) {}

        std::vector<journal::record_ptr> read(journal::sequence after, journal::contents what,
                                              const journal::read_limits& limits) override {
            journal_.asked_.with([&](auto& asked) { asked = what; });
            auto records = journal_.records_.with([&](const auto& all) {
                std::vector<journal::record_ptr> found;
                for (const auto& one : all) {
                    const bool wanted = one->header.sequence > after;
                    if (wanted && found.size() < limits.records) found.push_back(one);
                }
                return found;
            });
            if (records.empty() && journal_.on_empty_read) journal_.on_empty_read();
            return records;
        }
        void commit(const journal::cursor& position) override {
            position_ = position;
            journal_.set_committed(position);
            journal_.moved_.notify_all();
        }
        [[nodiscard]] const journal::cursor& position() const override { return position_; }
        void let_go() override {}
        [[nodiscard]] backlog behind() const override {
            return journal_.records_.with([&](const auto& all) {
                backlog left;
                for (const auto& one : all) {
                    if (one->header.sequence > position_.delivered) left.bytes += one->text.size();
                    left.newest = one->header.sequence;
                }
                return left;
            });
        }
        [[nodiscard]] journal::sequence newest() const override {
            return journal_.records_.with(
                [](const auto& all) { return all.empty() ? 0 : all.back()->header.sequence; });
        }
        [[nodiscard]] std::uint64_t lost_records() const override { return 0; }
        [[nodiscard]] std::vector<journal::loss> take_losses() override { return {}; }

    private:
        memory_journal& journal_;
        journal::cursor position_;
    };

    locked<std::vector<journal::record_ptr>> records_;
    locked<journal::contents> asked_{journal::contents::member};
    std::mutex mutex_;
    std::condition_variable moved_;
    journal::cursor position_;
};

}  // namespace relay::tests
