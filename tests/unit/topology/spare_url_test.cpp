// Where the nodes are that only the API names.
#include "relay/topology/spare_url.hpp"

#include <gtest/gtest.h>

namespace relay::topology {
namespace {

TEST(spare_url, is_a_configured_one_with_another_address) {
    EXPECT_EQ(spare_url("https://pve1:8006", "192.0.2.12"), "https://192.0.2.12:8006");
    EXPECT_EQ(spare_url("https://192.0.2.11:9006/", "fd00::2"), "https://[fd00::2]:9006");
    EXPECT_EQ(spare_url("https://[fd00::1]:9006", "192.0.2.12"), "https://192.0.2.12:9006");
}

TEST(spare_url, has_the_port_of_proxmox_where_none_is_said) {
    EXPECT_EQ(spare_url("https://pve.example.com", "192.0.2.12"), "https://192.0.2.12:8006");
    EXPECT_EQ(spare_url("https://[fd00::1]", "192.0.2.12"), "https://192.0.2.12:8006");
}

TEST(spare_url, is_none_without_tls_behind_a_proxy_and_without_an_address) {
    EXPECT_FALSE(spare_url("http://pve1:8006", "192.0.2.12"));
    EXPECT_FALSE(spare_url("https://proxy.example.com/pve", "192.0.2.12"));
    for (const auto* none : {"", "pve2", "192.0.2.12:1@evil", "192.0.2.300"})
        EXPECT_FALSE(spare_url("https://pve1:8006", none)) << none;
}

}  // namespace
}  // namespace relay::topology
