// What the journal's tests share: a directory, a clock, receipts that can be waited for.
#pragma once

#include "relay/journal/durable_journal.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::journal::tests {

/// Waits for as long as a test may hang; its runner ends it.
class told_receipt final : public receipt {
public:
    void written() noexcept override {
        const std::lock_guard guard(mutex_);
        ++written_;
        order_.push_back('w');
        changed_.notify_all();
    }
    void settled(durability result) noexcept override {
        const std::lock_guard guard(mutex_);
        result_ = result;
        order_.push_back('s');
        changed_.notify_all();
    }
    void wait_written() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return written_ > 0; });
    }
    durability wait_settled() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return result_.has_value(); });
        return *result_;
    }
    std::optional<durability> result() {
        const std::lock_guard guard(mutex_);
        return result_;
    }
    /// "ws": written, then settled, each once.
    std::string order() {
        const std::lock_guard guard(mutex_);
        return order_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int written_ = 0;
    std::optional<durability> result_;
    std::string order_;
};

/// A log whose words can be looked for.
class remembered_log final : public log {
public:
    void write(severity level, std::string_view message) noexcept override {
        const std::lock_guard guard(mutex_);
        lines_.push_back(std::to_string(static_cast<int>(level)) + " " + std::string(message));
    }
    bool has(std::string_view part) {
        const std::lock_guard guard(mutex_);
        for (const auto& line : lines_) {
            if (line.find(part) != std::string::npos) return true;
        }
        return false;
    }

private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// Moved by hand.
class manual_time final : public time_source {
public:
    [[nodiscard]] moment now() const noexcept override {
        const auto passed = std::chrono::nanoseconds(steady_.load());
        return {.steady = steady_time(passed),
                .wall = wall_time(std::chrono::nanoseconds(wall_.load()))};
    }
    void advance(std::chrono::nanoseconds by) {
        steady_ += by.count();
        wall_ += by.count();
    }
    void jump_wall(std::chrono::nanoseconds by) { wall_ += by.count(); }

private:
    std::atomic<std::int64_t> steady_{1'000'000'000'000'000};
    std::atomic<std::int64_t> wall_{1'700'000'000'000'000'000};
};

inline batch make_batch(std::string text, std::shared_ptr<receipt> told = nullptr) {
    batch made;
    made.lane = {.cluster = "lab", .bucket = "proxmox", .tenant = ""};
    made.text = std::move(text);
    made.points = 1;
    made.oldest_ns = 1'700'000'000'000'000'000;
    made.newest_ns = 1'700'000'000'000'000'000;
    made.receipt = std::move(told);
    return made;
}

/// "cpu,n=7 v=1 1700000000000000000\n", padded so that it does not shrink much.
inline std::string line(int n, std::size_t padding = 0) {
    std::string text = "cpu,n=" + std::to_string(n) + ",pad=";
    std::uint32_t state = static_cast<std::uint32_t>(n) * 2654435761u + 1;
    for (std::size_t i = 0; i < padding; ++i) {
        state = state * 1664525 + 1013904223;
        text.push_back(static_cast<char>('a' + (state >> 24) % 26));
    }
    return text + "x v=1 1700000000000000000\n";
}

class journal_test : public ::testing::Test {
protected:
    journal_options options() {
        journal_options made;
        made.directory = directory_.path() / "journal";
        made.max_bytes = 1_GiB;
        return made;
    }
    std::unique_ptr<journal> open(journal_options with, std::shared_ptr<disk> on = nullptr) {
        if (!on) on = std::make_shared<system_disk>();
        auto opened = durable_journal::open(std::move(with), time_, log_, std::move(on));
        EXPECT_TRUE(opened) << opened.error();
        return opened ? *std::move(opened) : nullptr;
    }
    std::unique_ptr<journal> open() { return open(options()); }

    /// Appends and waits for the last word.
    static durability put(journal& to, std::string text) {
        const auto told = std::make_shared<told_receipt>();
        to.append(make_batch(std::move(text), told));
        return told->wait_settled();
    }
    /// Everything behind `after`, as texts.
    static std::vector<std::string> texts(subscription& from, sequence after = 0) {
        std::vector<std::string> found;
        for (;;) {
            const auto records = from.read(after, contents::text, {.records = 3, .bytes = 1 << 20});
            if (records.empty()) return found;
            for (const auto& one : records) {
                EXPECT_GT(one->header.sequence, after);
                after = one->header.sequence;
                found.push_back(one->text);
            }
        }
    }
    std::vector<std::filesystem::path> segments() const {
        std::vector<std::filesystem::path> files;
        for (const auto& entry :
             std::filesystem::directory_iterator(directory_.path() / "journal")) {
            if (entry.path().extension() == ".gz" && entry.file_size() > 0)
                files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        return files;
    }

    relay::tests::temporary_directory directory_;
    manual_time time_;
    remembered_log log_;
};

}  // namespace relay::journal::tests
