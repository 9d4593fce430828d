#include "relay/base/durable_file.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>

namespace relay {
namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(durable_file, replaces_the_whole_content_and_leaves_nothing_beside_it) {
    const tests::temporary_directory directory;
    const auto path = directory.path() / "cursor";

    ASSERT_FALSE(replace_file(path, "a long first content"));
    ASSERT_FALSE(replace_file(path, "second"));

    EXPECT_EQ(read(path), "second");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(durable_file, is_for_its_owner_alone) {
    const tests::temporary_directory directory;
    const auto path = directory.path() / "cursor";

    ASSERT_FALSE(replace_file(path, "x"));

    struct stat info {};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(durable_file, a_failure_leaves_the_old_content) {
    const tests::temporary_directory directory;
    const auto path = directory.path() / "cursor";
    ASSERT_FALSE(replace_file(path, "old"));
    // A directory in the temporary's place makes the open fail.
    std::filesystem::create_directory(directory.path() / "cursor.new");

    EXPECT_TRUE(replace_file(path, "new"));

    EXPECT_EQ(read(path), "old");
}

}  // namespace
}  // namespace relay
