// From a configuration to names on the board, lines in the journal and a file for the next start:
// the poller's thread against a real socket.
#include "relay/topology_watch.hpp"

#include "tests/support/manual_box.hpp"
#include "tests/support/recording_journal.hpp"
#include "tests/support/recording_log.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/app/api_server.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

namespace relay {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class topology_watch_test : public testing::Test {
protected:
    /// The thread tells nobody that it is done, so it is looked after.
    template <class Condition>
    static bool comes_true(const Condition& condition) {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::yield();
        }
        return true;
    }
    topology_parts parts() {
        return {.board = board_,
                .lines = lines_,
                .time = time_,
                .log = log_,
                .directory = directory_.path() / "topology",
                .seed = 4711};
    }
    [[nodiscard]] std::size_t guests() const {
        const auto known = board_.find("lab");
        return known == nullptr ? 0 : known->guests.size();
    }

    const system_time time_;
    tests::temporary_directory directory_;
    tests::recording_journal journal_;
    tests::manual_box letters_;
    tests::recording_log log_;  // read once no thread writes to it any more
    topology::snapshot_board board_;
    own_lines lines_{{.journal = journal_,
                      .letters = letters_,
                      .board = board_,
                      .watch = nullptr,
                      .time = time_,
                      .log = log_},
                     config::settings{}};
};

TEST_F(topology_watch_test, names_come_from_the_api_and_outlive_it) {
    {
        const api_server api;
        topology_watch watch(parts());
        watch.follow(api.settings());
        ASSERT_EQ(watch.clusters().size(), 1u);
        ASSERT_TRUE(comes_true([&] { return guests() == 4; }));
        watch.stop();
    }
    board_.keep_only({});
    ASSERT_EQ(guests(), 0u);

    topology_watch next(parts());
    config::settings settings;
    settings.clusters.emplace_back().name = "lab";
    auto& api = settings.apis.emplace_back();
    api.cluster = "lab";
    api.nodes = {"http://127.0.0.1:9"};
    next.follow(settings);

    EXPECT_TRUE(comes_true([&] { return guests() == 4; }));
}

TEST_F(topology_watch_test, a_cluster_that_is_asked_no_more_is_forgotten) {
    const api_server api;
    topology_watch watch(parts());
    watch.follow(api.settings());
    ASSERT_TRUE(comes_true([&] { return guests() == 4; }));

    watch.follow({});

    EXPECT_TRUE(watch.clusters().empty());
    EXPECT_TRUE(comes_true([&] { return board_.find("lab") == nullptr; }));
}

TEST_F(topology_watch_test, says_what_there_is_on_the_way_of_all_lines) {
    const api_server api;
    topology_watch watch(parts());
    watch.follow(api.settings());
    const auto& bytes = watch.clusters().front().counters->inventory_bytes;

    ASSERT_TRUE(comes_true([&] { return bytes.value() > 0; }));
    watch.stop();

    EXPECT_THAT(journal_.text(), HasSubstr("relay_guest_info,cluster=lab,"));
    EXPECT_THAT(letters_.letters(), testing::IsEmpty());
}

TEST_F(topology_watch_test, a_directory_that_cannot_be_written_is_one_warning) {
    auto with = parts();
    with.directory = "/proc/none";
    const api_server api;
    topology_watch watch(std::move(with));
    watch.follow(api.settings());
    ASSERT_TRUE(comes_true([&] { return guests() == 4; }));
    watch.stop();

    const auto about = std::ranges::count_if(log_.messages, [](const auto& one) {
        return one.second.find("/proc/none cannot be written") != std::string::npos;
    });
    EXPECT_EQ(about, 1);
}

}  // namespace
}  // namespace relay
