// Which guests Prometheus is told of, where they are said to be, and when it is told nothing.
#include "relay/ops/discovery.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace relay::ops {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using topology::guest;
using topology::guest_kind;

guest web() {
    guest one{.id = {guest_kind::qemu, 100},
              .node = "pve1",
              .name = "web01",
              .status = "running",
              .pool = "shop",
              .tags = {"prod", "web-front"},
              .cpus = 4,
              .memory_bytes = 8ull << 30};
    one.config = topology::guest_config{.starts_at_boot = true,
                                        .os_type = "l26",
                                        .boot_drive = "scsi0",
                                        .cards = {{.key = "net0", .mac = "BC:24:11:00:00:64"}}};
    one.addresses = {{.card = "docker0", .mac = "02:42:00:00:00:01", .address = "192.0.2.99"},
                     {.card = "eth0", .mac = "bc:24:11:00:00:64", .address = "192.0.2.7"},
                     {.card = "eth0", .mac = "bc:24:11:00:00:64", .address = "2001:db8::7"}};
    return one;
}

struct discovery : testing::Test {
    json groups(std::vector<guest> guests, const sd_query& query = {}) {
        return json::parse(target_groups({{"lab", known(std::move(guests))}}, options, query));
    }
    static topology::snapshot_ptr known(std::vector<guest> guests) {
        auto made = std::make_shared<topology::snapshot>();
        made->cluster = "lab";
        made->taken_s = 1'755'785'270;
        made->rights = topology::rights{};
        made->guests = std::move(guests);
        return made;
    }
    sd_options options{.networks = {"192.0.2.0/24", "2001:db8::/32"}};
};

TEST_F(discovery, a_running_guest_is_a_target_with_all_that_is_known_of_it) {
    const auto all = groups({web()});

    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0]["targets"], json::array({"192.0.2.7:9100"}));
    const auto& labels = all[0]["labels"];
    EXPECT_EQ(labels["__meta_pve_cluster"], "lab");
    EXPECT_EQ(labels["__meta_pve_vmid"], "100");
    EXPECT_EQ(labels["__meta_pve_type"], "qemu");
    EXPECT_EQ(labels["__meta_pve_name"], "web01");
    EXPECT_EQ(labels["__meta_pve_node"], "pve1");
    EXPECT_EQ(labels["__meta_pve_pool"], "shop");
    EXPECT_EQ(labels["__meta_pve_tags"], ",prod,web-front,");
    EXPECT_EQ(labels["__meta_pve_tag_web_front"], "true");
    EXPECT_EQ(labels["__meta_pve_vcpus"], "4");
    EXPECT_EQ(labels["__meta_pve_memory_bytes"], "8589934592");
    EXPECT_EQ(labels["__meta_pve_disk_type"], "scsi");
    EXPECT_EQ(labels["__meta_pve_os_type"], "l26");
    EXPECT_FALSE(labels.contains("__meta_pve_lock"));  // empty: left out
    EXPECT_FALSE(labels.contains("vm_name"));          // only by choice
}

TEST_F(discovery, plain_labels_are_given_by_choice) {
    options.labels = {sd_label::vm_id, sd_label::vm_name,   sd_label::node,
                      sd_label::vcpus, sd_label::memory_gb, sd_label::disk_type,
                      sd_label::tags,  sd_label::pool,      sd_label::cluster};
    const auto labels = groups({web()})[0]["labels"];

    EXPECT_EQ(labels["vm_id"], "100");
    EXPECT_EQ(labels["vm_name"], "web01");
    EXPECT_EQ(labels["node"], "pve1");
    EXPECT_EQ(labels["vcpus"], "4");
    EXPECT_EQ(labels["memory_gb"], "8");
    EXPECT_EQ(labels["disk_type"], "scsi");
    EXPECT_EQ(labels["tags"], "prod,web-front");
    EXPECT_EQ(labels["pool"], "shop");
    EXPECT_EQ(labels["cluster"], "lab");
}

TEST_F(discovery, the_first_network_with_an_address_decides) {
    options.networks = {"2001:db8::/32", "192.0.2.0/24"};
    EXPECT_EQ(groups({web()})[0]["targets"], json::array({"[2001:db8::7]:9100"}));
}

// A guest says itself which addresses it has.
TEST_F(discovery, a_guest_cannot_send_the_scraper_elsewhere) {
    auto outside = web();
    outside.addresses = {{.mac = "BC:24:11:00:00:64", .address = "198.51.100.1"}};
    auto made_up = web();
    made_up.addresses = {{.mac = "AA:AA:AA:AA:AA:AA", .address = "192.0.2.1"}};
    auto not_one = web();
    not_one.addresses = {{.mac = "BC:24:11:00:00:64", .address = "192.0.2.1/metrics"}};
    auto unread = web();
    unread.config.reset();

    EXPECT_TRUE(groups({outside, made_up, not_one, unread}).empty());
}

TEST_F(discovery, what_does_not_run_is_no_target_and_what_cannot_be_asked_stays_one) {
    auto stopped = web();
    stopped.status = "stopped";
    auto unknown = web();
    unknown.status = "unknown";

    EXPECT_TRUE(groups({stopped}).empty());
    EXPECT_EQ(groups({unknown}).size(), 1u);
}

TEST_F(discovery, a_query_chooses_guests_and_the_port) {
    auto other = web();
    other.id = {guest_kind::lxc, 200};
    other.tags = {"prod"};
    const auto targets = [&](std::string_view target) {
        return groups({web(), other}, parse_sd_query(target).value());
    };

    EXPECT_EQ(targets("/sd?tag=prod").size(), 2u);
    EXPECT_EQ(targets("/sd?tag=prod&tag=web-front").size(), 1u);
    EXPECT_EQ(targets("/sd?type=lxc").size(), 1u);
    EXPECT_EQ(targets("/sd?pool=shop&node=pve1&cluster=lab").size(), 2u);
    EXPECT_EQ(targets("/sd?node=pve2").size(), 0u);
    EXPECT_EQ(targets("/sd?cluster=other").size(), 0u);
    EXPECT_EQ(targets("/sd?port=9182")[0]["targets"], json::array({"192.0.2.7:9182"}));
}

TEST_F(discovery, a_parameter_that_means_nothing_is_an_error_and_not_every_guest) {
    EXPECT_THAT(parse_sd_query("/sd?tags=prod").error(), HasSubstr("\"tags\""));
    EXPECT_THAT(parse_sd_query("/sd?port=0").error(), HasSubstr("port"));
    EXPECT_THAT(parse_sd_query("/sd?port=91x").error(), HasSubstr("port"));
    EXPECT_THAT(parse_sd_query("/sd?type=vm").error(), HasSubstr("qemu"));
    EXPECT_TRUE(parse_sd_query("/sd?").has_value());
    EXPECT_EQ(sd_page({{"lab", known({})}}, options, "/sd?tags=prod").status, 400);
}

// Prometheus drops the targets that a list does without.
TEST_F(discovery, what_is_not_known_yet_is_no_empty_list) {
    const auto nothing = std::make_shared<topology::snapshot>();

    EXPECT_EQ(sd_page({{"lab", nullptr}}, options, "/sd").status, 503);
    EXPECT_EQ(sd_page({{"lab", nothing}}, options, "/sd").status, 503);
    EXPECT_EQ(sd_page({{"lab", known({})}, {"shop", nullptr}}, options, "/sd").status, 503);
    EXPECT_EQ(sd_page({{"lab", known({})}, {"shop", nullptr}}, options, "/sd?cluster=lab").status,
              200);
    EXPECT_EQ(sd_page({{"lab", known({})}}, options, "/sd").body, "[]");
}

TEST_F(discovery, what_may_not_be_seen_is_no_empty_list) {
    auto blind = std::make_shared<topology::snapshot>();
    blind->taken_s = 1;
    EXPECT_EQ(sd_page({{"lab", blind}}, options, "/sd").status, 503);
    blind->rights = topology::rights{.none_at_all = true};
    EXPECT_EQ(sd_page({{"lab", blind}}, options, "/sd").status, 503);
    blind->rights = topology::rights{.missing = {"VM.Audit"}};
    EXPECT_EQ(sd_page({{"lab", blind}}, options, "/sd").status, 503);
    blind->rights = topology::rights{.missing = {"Pool.Audit"}};
    EXPECT_EQ(sd_page({{"lab", blind}}, options, "/sd").status, 200);
}

TEST_F(discovery, what_nobody_has_told_yet_is_no_empty_list) {
    auto silent = web();
    silent.addresses.clear();
    EXPECT_EQ(sd_page({{"lab", known({silent})}}, options, "/sd").status, 503);
    EXPECT_EQ(sd_page({{"lab", known({silent, web()})}}, options, "/sd").status, 200);
    silent.status = "stopped";
    EXPECT_EQ(sd_page({{"lab", known({silent})}}, options, "/sd").body, "[]");
}

TEST_F(discovery, where_it_is_not_set_up_it_says_so) {
    EXPECT_EQ(sd_page({}, options, "/sd").status, 404);
    EXPECT_EQ(sd_page({{"lab", known({})}}, options, "/sd?cluster=shop").status, 404);
    options.networks.clear();
    const auto answer = sd_page({{"lab", known({web()})}}, options, "/sd");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr("networks"));
}

}  // namespace
}  // namespace relay::ops
