// What was known before a restart is known after it; a file that is not whole is told and ignored.
#include "relay/topology/snapshot_file.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/topology/full_snapshot.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace relay::topology {
namespace {

using testing::HasSubstr;

void write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

TEST(snapshot_file, gives_back_all_that_was_known) {
    auto known = full_snapshot();
    const auto again = decode_snapshot(encode_snapshot(known));

    ASSERT_TRUE(again) << again.error();
    known.pools[0].comment = "a comment";  // a control character is a blank: in what is read, too
    EXPECT_EQ(*again, known);
    EXPECT_EQ(encode_snapshot(*again), encode_snapshot(known));
}

TEST(snapshot_file, gives_back_a_cluster_of_which_nothing_is_known) {
    const auto again = decode_snapshot(encode_snapshot({}));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(*again, snapshot{});
}

TEST(snapshot_file, is_found_again_under_its_cluster) {
    const tests::temporary_directory directory;
    auto known = full_snapshot();
    known.cluster = "../lab ü";

    ASSERT_FALSE(save_snapshot(directory.path(), known));

    const auto found = load_snapshot(directory.path(), "../lab ü");
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ((*found)->guests, known.guests);
    EXPECT_EQ(*load_snapshot(directory.path(), "lab"), nullptr);
    // Whatever the cluster is called, its file is in the directory.
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(snapshot_file, of_another_cluster_is_not_used) {
    const tests::temporary_directory directory;
    write(directory.path() / snapshot_file_name("prod"), encode_snapshot(full_snapshot()));

    const auto found = load_snapshot(directory.path(), "prod");

    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("another cluster"));
}

TEST(snapshot_file, of_another_version_is_not_used) {
    const auto found = decode_snapshot("pverelay-topology 2 17 0000000000000000\n{}");
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("version"));
}

TEST(snapshot_file, with_any_byte_changed_or_missing_is_not_used) {
    const auto whole = encode_snapshot(full_snapshot());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto changed = whole;
        changed[at] ^= 1;
        EXPECT_FALSE(decode_snapshot(changed)) << at;
        EXPECT_FALSE(decode_snapshot(whole.substr(0, at))) << at;
    }
    EXPECT_FALSE(decode_snapshot(whole + " "));
}

TEST(snapshot_file, that_cannot_be_written_leaves_the_old_one) {
    EXPECT_TRUE(save_snapshot("/nowhere/at/all", full_snapshot()));
}

}  // namespace
}  // namespace relay::topology
