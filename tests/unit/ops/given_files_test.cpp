// What systemd's variables say about the files a process was started with.
#include "relay/ops/given_files.hpp"

#include <gmock/gmock.h>

#include <string>

namespace relay::ops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const given_files_variables& variables) {
    const auto found = given_file_names(variables, 77);
    EXPECT_TRUE(found) << (found ? "" : found.error());
    return found.value_or(std::vector<std::string>{});
}

TEST(given_files, have_their_names_in_order) {
    EXPECT_THAT(names({.pid = "77", .count = "3", .names = "a:pverelay.socket:c"}),
                ElementsAre("a", "pverelay.socket", "c"));
}

TEST(given_files, may_lack_names) {
    EXPECT_THAT(names({.pid = "77", .count = "2", .names = ""}), ElementsAre("", ""));
    EXPECT_THAT(names({.pid = "77", .count = "2", .names = "a"}), ElementsAre("a", ""));
    EXPECT_THAT(names({.pid = "77", .count = "1", .names = "a:b:c"}), ElementsAre("a"));
}

TEST(given_files, of_another_process_are_not_ours) {
    EXPECT_THAT(names({.pid = "78", .count = "2", .names = "a:b"}), IsEmpty());
    EXPECT_THAT(names({.pid = "", .count = "2", .names = "a:b"}), IsEmpty());
    EXPECT_THAT(names({.pid = "77", .count = "", .names = ""}), IsEmpty());
    EXPECT_THAT(names({.pid = "77", .count = "0", .names = ""}), IsEmpty());
}

TEST(given_files, that_make_no_sense_are_refused) {
    for (const auto* const count : {"-1", "x", "2x", "99999999999999999999", "1025"}) {
        EXPECT_FALSE(given_file_names({.pid = "77", .count = count, .names = ""}, 77)) << count;
    }
}

}  // namespace
}  // namespace relay::ops
