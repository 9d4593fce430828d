// kill -9 at random moments under load: what was settled on disk is there afterwards, once, and the
// cursor stands where it was committed.
#include "relay/journal/journal.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace relay::journal {
namespace {

class journal_crash : public ::testing::Test {
protected:
    /// Lets the appender run until it has said `lines` things, kills it, hears it out.
    void run_and_kill(int lines) {
        int ends[2] = {};
        ASSERT_EQ(::pipe(ends), 0);
        const auto child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::close(ends[0]);
            ::close(ends[1]);
            const auto first = std::to_string(next_);
            ::execl(RELAY_JOURNAL_APPENDER, RELAY_JOURNAL_APPENDER, directory_.path().c_str(),
                    first.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        const std::unique_ptr<FILE, int (*)(FILE*)> said(::fdopen(ends[0], "r"), ::fclose);
        char what = 0;
        unsigned long long number = 0;
        const auto cursor_before = committed_;
        for (int heard = 0; std::fscanf(said.get(), " %c %llu", &what, &number) == 2; ++heard) {
            if (heard == lines) ::kill(child, SIGKILL);
            if (heard == 0) {
                EXPECT_GE(number, cursor_before);
            }
            if (what == 's') {
                settled_.insert(number);
                next_ = std::max(next_, number + 1000);
            } else {
                committed_ = number;
            }
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        EXPECT_EQ(WTERMSIG(status), SIGKILL);
    }

    /// The numbers of every batch in the journal, none twice.
    std::set<unsigned long long> found() {
        journal_options options;
        options.directory = directory_.path();
        options.max_bytes = 1_GiB;
        auto opened = journal::open(options, time_, log_);
        EXPECT_TRUE(opened) << opened.error();
        const auto sink = (*opened)->subscribe("reader", start_at::oldest);
        std::set<unsigned long long> numbers;
        sequence after = 0;
        for (;;) {
            const auto records = sink->read(after, contents::text, {});
            if (records.empty()) break;
            for (const auto& one : records) {
                EXPECT_GT(one->header.sequence, after);
                after = one->header.sequence;
                EXPECT_TRUE(numbers.insert(std::stoull(one->text.substr(8))).second) << one->text;
            }
        }
        EXPECT_EQ(sink->lost_records(), 0u);
        EXPECT_GE((*opened)->subscribe("sink", start_at::oldest)->position().delivered, committed_);
        return numbers;
    }

    relay::tests::temporary_directory directory_;
    const system_time time_;
    null_log log_;
    unsigned long long next_ = 0;
    sequence committed_ = 0;
    std::set<unsigned long long> settled_;
};

TEST_F(journal_crash, a_killed_journal_keeps_every_settled_batch) {
    std::mt19937 random(20260802);
    static_cast<void>(found());
    for (int round = 0; round < 40; ++round) {
        run_and_kill(static_cast<int>(random() % 400));
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(settled_.size(), 100u);
    const auto kept = found();
    for (const auto number : settled_)
        EXPECT_TRUE(kept.contains(number)) << number;
}

}  // namespace
}  // namespace relay::journal
