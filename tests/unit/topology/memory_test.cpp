// A large cluster is known in a few megabytes: 32 nodes, 2,000 guests, each with its configuration,
// addresses and backups. Counted by what is allocated, while an answer is folded in and the
// snapshot before it is still read by someone.
#include "relay/topology/knowledge.hpp"
#include "relay/topology/snapshot_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <malloc.h>
#include <string>

namespace relay::topology {
namespace {

constexpr int nodes = 32, guests = 2'000, storages_per_node = 8;

std::string large_resources() {
    std::string body = R"({"data":[)";
    for (int n = 0; n < nodes; ++n) {
        body += fmt::format(R"({{"type":"node","node":"pve{}","status":"online"}},)", n);
        for (int s = 0; s < storages_per_node; ++s)
            body += fmt::format(R"({{"type":"storage","storage":"storage-{}","node":"pve{}",)"
                                R"("plugintype":"rbd","content":"images,rootdir","shared":1,)"
                                R"("status":"available","maxdisk":98956046499840,"disk":1}},)",
                                s, n);
    }
    for (int g = 0; g < guests; ++g)
        body += fmt::format(R"({}{{"id":"qemu/{}","type":"qemu","vmid":{},"node":"pve{}",)"
                            R"("name":"a-guest-with-a-name-{}","status":"running",)"
                            R"("template":0,"maxcpu":4,"maxmem":8589934592,"uptime":4663937,)"
                            R"("maxdisk":34359738368,"pool":"production/customer-{}",)"
                            R"("tags":"prod;web;team-a","netin":1,"netout":2,"diskread":3}})",
                            g == 0 ? "" : ",", 100 + g, 100 + g, g % nodes, g, g % 50);
    return body + "]}";
}

const std::string config =
    R"({"data":{"ostype":"l26","agent":"1","boot":"order=scsi0","onboot":1,)"
    R"("scsi0":"local-zfs:vm-100-disk-0,size=32G","scsi1":"ceph-rbd:vm-100-disk-1,size=100G",)"
    R"("ide2":"none,media=cdrom","net0":"virtio=BC:24:11:2E:C5:4A,bridge=vmbr0,tag=20",)"
    R"("net1":"virtio=BC:24:11:00:00:01,bridge=vnet1"}})";

const std::string addresses =
    R"({"data":{"result":[{"name":"eth0","hardware-address":"bc:24:11:2e:c5:4a","ip-addresses":)"
    R"([{"ip-address":"10.1.2.3"},{"ip-address":"fd8c:4687:e88d::293"}]}]}})";

/// What another run of the relay had learnt of each guest.
snapshot_ptr with_all_details(const snapshot& of) {
    auto known = std::make_shared<snapshot>(of);
    for (auto& one : known->guests) {
        one.config = *read_guest_config(guest_kind::qemu, config);
        one.addresses = *read_guest_addresses(guest_kind::qemu, addresses);
        one.backup = guest_backup{.last_success_s = 1, .last_run_s = 2, .last_result = "failed"};
    }
    return known;
}

TEST(topology_memory, of_32_nodes_and_2000_guests_stays_below_12_megabytes) {
    const auto body = large_resources();
    const wall_time now{std::chrono::seconds(1'755'785'270)};
    const auto before = ::mallinfo2();
    knowledge first("lab");
    ASSERT_TRUE(first.take({.what = ask::cluster_resources}, body, now));
    knowledge known("lab", with_all_details(*first.snapshot()));
    const auto read_by_someone = known.snapshot();
    ASSERT_TRUE(known.take({.what = ask::cluster_resources}, body, now + std::chrono::minutes(1)));

    EXPECT_EQ(known.snapshot()->guests.size(), 2'000u);
    EXPECT_NE(known.snapshot(), read_by_someone);
    const auto after = ::mallinfo2();
    const auto used = (after.uordblks + after.hblkhd) - (before.uordblks + before.hblkhd);
    RecordProperty("bytes_used", std::to_string(used));
    RecordProperty("file_bytes", std::to_string(encode_snapshot(*known.snapshot()).size()));
    // Under a sanitizer malloc is not glibc's and counts nothing.
    EXPECT_LT(used, std::size_t{12} << 20);
}

}  // namespace
}  // namespace relay::topology
