#include "relay/schema/known_fields.hpp"

#include <gtest/gtest.h>

namespace relay::schema {
namespace {

TEST(known_fields, objects_are_the_values_of_the_object_tag) {
    EXPECT_EQ(object_of("nodes"), object::node);
    EXPECT_EQ(object_of("qemu"), object::qemu);
    EXPECT_EQ(object_of("lxc"), object::lxc);
    EXPECT_EQ(object_of("storages"), object::storage);
    EXPECT_EQ(object_of("host"), object::backup_host);
    EXPECT_EQ(object_of("relay"), object::foreign);
    EXPECT_EQ(object_of(""), object::foreign);
}

TEST(known_fields, names_of_guests_are_text) {
    for (const auto guest : {object::qemu, object::lxc}) {
        const auto names = string_fields(guest, "system");

        for (const auto* name : {"name", "tags", "lock", "status", "qmpstatus", "type",
                                 "running-machine", "running-qemu"}) {
            EXPECT_TRUE(contains(names, name)) << name;
        }
        for (const auto* name : {"uptime", "cpu", "vmid", "serial", "template", "nam", "names"}) {
            EXPECT_FALSE(contains(names, name)) << name;
        }
    }
}

TEST(known_fields, the_same_name_means_different_things_on_different_objects) {
    EXPECT_TRUE(contains(string_fields(object::storage, "system"), "content"));
    EXPECT_FALSE(contains(string_fields(object::qemu, "system"), "content"));
    EXPECT_TRUE(contains(string_fields(object::backup_host, "nics"), "device"));
    EXPECT_FALSE(contains(string_fields(object::node, "nics"), "device"));
    EXPECT_TRUE(contains(string_fields(object::qemu, "proxmox-support"), "pbs-library-version"));
}

// The lookup is asked once per line: most lines must leave with the empty answer.
TEST(known_fields, measurements_of_numbers_have_no_text) {
    EXPECT_TRUE(string_fields(object::qemu, "blockstat").empty());
    EXPECT_TRUE(string_fields(object::node, "cpustat").empty());
    EXPECT_TRUE(string_fields(object::node, "system").empty());
    EXPECT_TRUE(string_fields(object::qemu, "nics").empty());
}

TEST(known_fields, other_senders_have_no_known_text) {
    EXPECT_TRUE(string_fields(object::foreign, "system").empty());
    EXPECT_TRUE(string_fields(object::foreign, "nics").empty());
}

TEST(known_fields, tags_of_proxmox_are_known) {
    for (const auto* key :
         {"object", "vmid", "nodename", "host", "type", "instance", "datastore"}) {
        EXPECT_TRUE(is_tag(key)) << key;
    }
    for (const auto* key : {"b", "cluster", "Host", "hosts"}) {
        EXPECT_FALSE(is_tag(key)) << key;
    }
}

static_assert(contains(string_fields(object_of("qemu"), "system"), "tags"));

}  // namespace
}  // namespace relay::schema
