// Which lines `only` lets through, told from their beginning.

#include "sinks/line_filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace relay::sinks {
namespace {

bool passes(std::vector<std::string> objects, std::vector<std::string> measurements,
            const char* line) {
    const line_filter filter{std::move(objects), std::move(measurements)};
    return line_sieve(filter).passes(line);
}

TEST(line_filter, an_empty_one_passes_everything) {
    EXPECT_TRUE(line_filter{}.passes_all());
    EXPECT_FALSE((line_filter{{"qemu"}, {}}.passes_all()));
    EXPECT_TRUE(passes({}, {}, "m,object=qemu f=1 1\n"));
}

TEST(line_filter, goes_by_the_tag_object) {
    const char* line = "system,cluster=lab,host=web,nodename=pve1,object=qemu,vmid=100 cpu=1 1\n";
    EXPECT_TRUE(passes({"lxc", "qemu"}, {}, line));
    EXPECT_FALSE(passes({"lxc"}, {}, line));
    EXPECT_FALSE(passes({"qem"}, {}, line));
    EXPECT_FALSE(passes({"qemu1"}, {}, line));
    EXPECT_TRUE(passes({"qemu"}, {}, "m,object=qemu f=1 1\n")) << "the only tag";
    EXPECT_TRUE(passes({"qemu"}, {}, "m,object=qemu f=1")) << "without a newline";
}

TEST(line_filter, an_object_of_nothing_is_a_line_without_the_tag) {
    EXPECT_FALSE(passes({"qemu"}, {}, "m,host=a f=1 1\n"));
    EXPECT_TRUE(passes({"qemu", ""}, {}, "m,host=a f=1 1\n"));
    EXPECT_TRUE(passes({""}, {}, "m f=1 1\n"));
    EXPECT_FALSE(passes({""}, {}, "m,object=qemu f=1 1\n"));
}

TEST(line_filter, is_not_fooled_by_text_that_looks_like_a_tag) {
    EXPECT_FALSE(passes({"qemu"}, {}, "m,a=x\\,object\\=qemu f=1 1\n")) << "within a tag";
    EXPECT_FALSE(passes({"qemu"}, {}, "m\\,object=qemu f=1 1\n")) << "within the measurement";
    EXPECT_FALSE(passes({"qemu"}, {}, "m,myobject=qemu f=1 1\n")) << "another tag";
    EXPECT_FALSE(passes({"qemu"}, {}, "m f=\"x,object=qemu \" 1\n")) << "within a field";
    EXPECT_TRUE(passes({"qemu"}, {}, "m,a=b\\ c,object=qemu f=1 1\n")) << "behind a space";
    EXPECT_TRUE(passes({"a b"}, {}, "m,object=a\\ b f=1 1\n")) << "escaped itself";
}

TEST(line_filter, goes_by_the_measurement) {
    EXPECT_TRUE(passes({}, {"system", "nics"}, "nics,host=a f=1 1\n"));
    EXPECT_FALSE(passes({}, {"system"}, "system2 f=1 1\n"));
    EXPECT_FALSE(passes({}, {"system"}, "sys f=1 1\n"));
    EXPECT_TRUE(passes({}, {"system"}, "system f=1 1\n"));
    EXPECT_TRUE(passes({}, {"a b,c"}, "a\\ b\\,c f=1 1\n"));
}

TEST(line_filter, wants_both_where_both_are_asked_for) {
    EXPECT_TRUE(passes({"qemu"}, {"system"}, "system,object=qemu f=1 1\n"));
    EXPECT_FALSE(passes({"qemu"}, {"system"}, "nics,object=qemu f=1 1\n"));
    EXPECT_FALSE(passes({"qemu"}, {"system"}, "system,object=lxc f=1 1\n"));
}

TEST(line_filter, reads_no_further_than_a_line_goes) {
    for (const char* odd : {"", "\n", "m", "m,", "m,object", "m,object=", "m\\", "m,a=\\"}) {
        EXPECT_FALSE(passes({"qemu"}, {}, odd)) << odd;
    }
}

}  // namespace
}  // namespace relay::sinks
