// The small languages within the configuration: spans of time, typing mistakes, secrets' places,
// TOML's own depth.
#include "relay/config/document.hpp"
#include "relay/config/duration.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/secret_source.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace relay::config {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(duration, is_a_number_and_a_unit_or_several) {
    EXPECT_EQ(parse_duration("600ms"), 600ms);
    EXPECT_EQ(parse_duration("7d"), 7 * 24h);
    EXPECT_EQ(parse_duration("1h30m"), 90min);
    EXPECT_EQ(parse_duration("1m 30s"), 90s);
    EXPECT_EQ(parse_duration("0"), 0ms);
}

TEST(duration, anything_else_is_refused) {
    for (const auto* text : {"", "7", "s", "7x", "-1s", "1.5h", " 1s", "99999999999999999999s",
                             "40000d", "1s;", "9223372036854775807d"}) {
        EXPECT_FALSE(parse_duration(text)) << text;
    }
}

TEST(duration, prints_what_reads_back) {
    for (const auto span : {0ms, 1ms, 600ms, 90'000ms, 604'800'000ms, 86'461'001ms})
        EXPECT_EQ(parse_duration(to_string(span)), span) << to_string(span);
    EXPECT_EQ(to_string(90'000ms), "1m 30s");
}

TEST(nearest, counts_swaps_as_one_mistake) {
    EXPECT_EQ(edit_distance("akc", "ack"), 1u);
    EXPECT_EQ(edit_distance("adress", "address"), 1u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(nearest, does_not_guess_wildly) {
    constexpr std::string_view known[] = {"url", "org", "bucket"};
    EXPECT_EQ(nearest("buket", known), "bucket");
    EXPECT_EQ(nearest("ulr", known), "url");
    EXPECT_EQ(nearest("xyz", known), "");
    EXPECT_EQ(nearest("", known), "");
}

TEST(document, nesting_beyond_all_reason_is_refused_before_it_is_followed) {
    const auto brackets = parse_document("a = " + std::string(100'000, '['));
    ASSERT_FALSE(brackets);
    EXPECT_EQ(brackets.error().text, "nested too deep");

    std::string dots = "a";
    for (int i = 0; i < 50'000; ++i)
        dots += ".a";
    EXPECT_FALSE(parse_document(dots + " = 1"));
    EXPECT_FALSE(parse_document(std::string(document_bytes_max + 1, '#')));
}

TEST(document, that_is_not_utf8_is_refused_with_its_line) {
    const auto root = parse_document("a = 1\nb = '\xdb'\n");
    ASSERT_FALSE(root);
    EXPECT_EQ(root.error().where, (position{2, 1}));
    EXPECT_EQ(parse_document("a = 'é'\n")->find("a")->string, "é");
}

TEST(document, knows_where_keys_and_values_stand) {
    const auto root = parse_document("a = 1\n[b]\n  c = { d = \"x\" }\n");
    ASSERT_TRUE(root);
    EXPECT_EQ(root->entries.at(0).where, (position{1, 1}));
    const auto& c = root->find("b")->entries.at(0);
    EXPECT_EQ(c.where, (position{3, 3}));
    EXPECT_EQ(c.value.find("d")->where, (position{3, 13}));
}

class secret_file : public testing::Test {
protected:
    secret_file() { std::filesystem::create_directories(directory_); }
    ~secret_file() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text, int mode = 0600) {
        const auto path = directory_ / name;
        std::ofstream(path, std::ios::binary) << text;
        std::filesystem::permissions(path, std::filesystem::perms(mode));
        return path;
    }
    std::filesystem::path directory_ =
        std::filesystem::path(testing::TempDir()) / ("pverelay-secret-" + std::to_string(getpid()));
};

TEST_F(secret_file, loses_one_newline_at_its_end) {
    const auto one = load_secret({secret_source::kind::file, write("a", "s3cret\n")});
    ASSERT_TRUE(one) << one.error();
    EXPECT_EQ(one->value.reveal(), "s3cret");
    EXPECT_EQ(one->warning, "");
}

TEST_F(secret_file, that_cannot_be_a_secret_is_refused) {
    using enum secret_source::kind;
    EXPECT_THAT(load_secret({file, write("empty", "\n")}).error(), HasSubstr("is empty"));
    EXPECT_THAT(load_secret({file, write("two", "a\nb\n")}).error(), HasSubstr("more than one"));
    EXPECT_THAT(load_secret({file, write("big", std::string(20'000, 'x'))}).error(),
                HasSubstr("too large"));
    EXPECT_THAT(load_secret({file, directory_ / "none"}).error(), HasSubstr("No such file"));
    EXPECT_THAT(load_secret({file, directory_}).error(), HasSubstr("no regular file"));
}

TEST_F(secret_file, that_everyone_can_read_is_a_warning) {
    const auto open = load_secret({secret_source::kind::file, write("open", "x", 0644)});
    ASSERT_TRUE(open);
    EXPECT_THAT(open->warning, HasSubstr("chmod 0640"));
}

TEST_F(secret_file, may_be_a_credential_of_systemd) {
    write("push", "from-systemd\n");
    ::setenv("CREDENTIALS_DIRECTORY", directory_.c_str(), 1);
    const auto found = load_secret({secret_source::kind::credential, "push"});
    const auto outside = load_secret({secret_source::kind::credential, "../push"});
    ::unsetenv("CREDENTIALS_DIRECTORY");
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found->value.reveal(), "from-systemd");
    EXPECT_FALSE(outside);

    EXPECT_THAT(load_secret({secret_source::kind::credential, "push"}).error(),
                HasSubstr("LoadCredential=push"));
}

TEST(secret_variable, comes_from_the_environment) {
    ::setenv("PVERELAY_TEST_SECRET", "from-env", 1);
    const auto found = load_secret({secret_source::kind::env, "PVERELAY_TEST_SECRET"});
    ::unsetenv("PVERELAY_TEST_SECRET");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->value.reveal(), "from-env");
    EXPECT_FALSE(load_secret({secret_source::kind::env, "PVERELAY_TEST_SECRET"}));
}

}  // namespace
}  // namespace relay::config
