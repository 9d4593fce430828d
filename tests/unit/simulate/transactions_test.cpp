// What a simulated node pushes, held against what PVE 9's own plugin wrote on loopback.
#include "relay/simulate/transactions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace relay::simulate {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr std::int64_t now = 1'755'785'270;

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

/// Measurement, tag keys and field keys of a line without escapes in its names:
/// "nics object,host,instance receive,transmit,type".
std::string shape_of(std::string_view line) {
    std::string shape;
    bool is_value = false, is_quoted = false, is_measurement = true;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\\') {
            ++i;
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (is_quoted) {
            continue;
        } else if (c == '=') {
            is_value = true;
        } else if (c == ',' || c == ' ') {
            const bool is_last = c == ' ' && shape.find(' ') != shape.rfind(' ');
            if (is_last) break;
            shape += is_measurement ? ' ' : c;
            is_measurement = is_value = false;
        } else if (!is_value) {
            shape += c;
        }
    }
    return shape;
}

std::set<std::string> shapes_of(std::string_view text) {
    std::set<std::string> shapes;
    for (const auto line : lines_of(text))
        shapes.insert(shape_of(line));
    return shapes;
}

node a_node() {
    return {.name = "pve1",
            .cpus = 32,
            .memory_bytes = 1ull << 38,
            .booted_at = now - 1'893'241,
            .nics = {"eno1", "tap100i0"},
            .guests = {},
            .storages = {},
            .own = 5};
}

guest a_guest(guest_kind kind) {
    guest it;
    it.kind = kind;
    it.vmid = 100;
    it.name = "web01";
    it.disks = {"ide2", "scsi0"};
    it.memory_bytes = 1ull << 33;
    it.disk_bytes = 1ull << 35;
    it.started_at = now - 5000;
    it.own = 9;
    return it;
}

TEST(transactions, node_says_what_pve_9_says) {
    transaction out;

    append_node(out, a_node(), now);

    EXPECT_EQ(
        shapes_of(out.text),
        (std::set<std::string>{
            "blockstat object,host bavail,bfree,blocks,favail,ffree,files,fper,fused,per,su_bavail,"
            "su_blocks,su_favail,su_files,used,user_bavail,user_blocks,user_favail,user_files,"
            "user_fused,user_used",
            "cpustat object,host avg1,avg15,avg5,cpu,cpus,ctime,guest,guest_nice,idle,iowait,irq,"
            "nice,softirq,steal,sum,system,total,used,user,wait",
            "memory object,host arcmax,arcmin,arcsize,memavailable,memfree,memshared,memtotal,"
            "memused,swapfree,swaptotal,swapused",
            "nics object,host,instance receive,transmit,type", "system object,host uptime"}));
    EXPECT_THAT(lines_of(out.text).back(),
                "system,object=nodes,host=pve1 uptime=1893241 1755785270000000000");
    EXPECT_EQ(out.lines, 6u);
    EXPECT_EQ(out.strings, 2u);
    EXPECT_EQ(out.numbers, 20u + 20u + 11u + 4u + 1u);
}

constexpr std::string_view empty_drive_shape =
    "blockstat object,vmid,nodename,host,instance failed_flush_operations,failed_rd_operations,"
    "failed_unmap_operations,failed_wr_operations,failed_zone_append_operations,flush_operations,"
    "flush_total_time_ns,invalid_flush_operations,invalid_rd_operations,invalid_unmap_operations,"
    "invalid_wr_operations,invalid_zone_append_operations,rd_bytes,rd_merged,rd_operations,"
    "rd_total_time_ns,unmap_bytes,unmap_merged,unmap_operations,unmap_total_time_ns,wr_bytes,"
    "wr_highest_offset,wr_merged,wr_operations,wr_total_time_ns,zone_append_bytes,"
    "zone_append_merged,zone_append_operations,zone_append_total_time_ns";

TEST(transactions, the_fields_of_blockstat_are_known_by_name_in_their_order) {
    transaction out;
    append_qemu(out, a_node(), a_guest(guest_kind::qemu), now);

    std::string shape = "blockstat object,vmid,nodename,host,instance ";
    for (const auto name : blockstat_field_names())
        shape += std::string(name) + ",";
    shape.pop_back();

    std::vector<std::string> shapes;
    for (const auto line : lines_of(out.text))
        shapes.push_back(shape_of(line));
    EXPECT_THAT(shapes, testing::Contains(shape));
}

TEST(transactions, running_vm_says_what_pve_9_says) {
    auto it = a_guest(guest_kind::qemu);
    it.tags = "prod;web";
    transaction out;

    append_qemu(out, a_node(), it, now);

    std::string drive_shape(empty_drive_shape);
    drive_shape.insert(drive_shape.find("invalid_flush"), "idle_time_ns,");
    EXPECT_EQ(
        shapes_of(out.text),
        (std::set<std::string>{
            "ballooninfo object,vmid,nodename,host actual,free_mem,last_update,major_page_faults,"
            "max_mem,mem_swapped_in,mem_swapped_out,minor_page_faults,total_mem",
            std::string(empty_drive_shape), drive_shape,
            "nics object,vmid,nodename,host,instance netin,netout",
            "proxmox-support object,vmid,nodename,host pbs-library-version",
            "system object,vmid,nodename,host balloon,cpu,cpus,disk,diskread,diskwrite,freemem,"
            "maxdisk,maxmem,mem,memhost,name,netin,netout,pid,pressurecpufull,pressurecpusome,"
            "pressureiofull,pressureiosome,pressurememoryfull,pressurememorysome,qmpstatus,"
            "running-machine,running-qemu,status,tags,uptime"}));
    EXPECT_EQ(out.lines, 6u);
}

TEST(transactions, unnamed_stopped_vm_is_one_line) {
    auto it = a_guest(guest_kind::qemu);
    it.state = guest_state::stopped;
    it.name = "VM 115";
    it.vmid = 115;
    it.cpus = 4;
    transaction out;

    append_qemu(out, a_node(), it, now);

    EXPECT_EQ(out.text,
              "system,object=qemu,vmid=115,nodename=pve1,host=VM\\ 115 cpu=0,cpus=4,disk=0,"
              "maxdisk=34359738368,maxmem=8589934592,mem=0,memhost=0,name=\"VM 115\",netin=0,"
              "netout=0,qmpstatus=\"stopped\",status=\"stopped\",uptime=0 1755785270000000000\n");
}

TEST(transactions, container_says_what_pve_9_says) {
    transaction running, stopped;
    auto it = a_guest(guest_kind::lxc);
    append_lxc(running, a_node(), it, now);
    it.state = guest_state::template_image;
    append_lxc(stopped, a_node(), it, now);

    EXPECT_THAT(
        shapes_of(running.text),
        ElementsAre("system object,vmid,nodename,host cpu,cpus,disk,diskread,diskwrite,maxdisk,"
                    "maxmem,maxswap,mem,name,netin,netout,pid,pressurecpufull,pressurecpusome,"
                    "pressureiofull,pressureiosome,pressurememoryfull,pressurememorysome,status,"
                    "swap,type,uptime"));
    EXPECT_THAT(shapes_of(stopped.text),
                ElementsAre("system object,vmid,nodename,host cpu,cpus,disk,diskread,diskwrite,"
                            "maxdisk,maxmem,maxswap,mem,name,netin,netout,status,swap,template,"
                            "type,uptime"));
}

TEST(transactions, storage_has_its_type_as_tag_and_as_field) {
    transaction out;
    const storage it{.name = "local",
                     .type = "dir",
                     .content = {"iso", "backup"},
                     .shared = false,
                     .total_bytes = 1ull << 40,
                     .own = 3};

    append_storage(out, a_node(), it, now);

    EXPECT_TRUE(out.text.starts_with(
        "system,object=storages,nodename=pve1,host=local,type=dir active=1,avail="));
    EXPECT_THAT(shapes_of(out.text), ElementsAre("system object,nodename,host,type active,avail,"
                                                 "content,enabled,shared,total,type,used"));
}

TEST(transactions, disk_traffic_of_a_vm_is_the_sum_of_its_drives) {
    const auto value = [](std::string_view line, std::string_view name) {
        const auto begin = line.find(std::string(name) + "=") + name.size() + 1;
        return std::stoull(std::string(line.substr(begin)));
    };
    auto it = a_guest(guest_kind::qemu);
    it.disks = {"ide2", "scsi0", "scsi1"};
    transaction out;

    append_qemu(out, a_node(), it, now);

    const auto lines = lines_of(out.text);
    ASSERT_THAT(lines, SizeIs(7));
    EXPECT_GT(value(lines[2], ",rd_bytes"), 0u);
    EXPECT_EQ(value(lines[2], ",rd_bytes") + value(lines[3], ",rd_bytes"),
              value(lines[6], "diskread"));
    EXPECT_EQ(value(lines[2], ",wr_bytes") + value(lines[3], ",wr_bytes"),
              value(lines[6], "diskwrite"));
}

TEST(transactions, come_in_pvestatds_order_and_only_where_there_is_something) {
    const auto made = make_world({.nodes = 1, .guests_per_node = 12, .storages = 0});

    const auto all = transactions_of(made.clusters[0].nodes[0], now);

    ASSERT_THAT(all, SizeIs(3));
    EXPECT_EQ(all[0].kind, transaction_kind::node);
    EXPECT_EQ(all[1].kind, transaction_kind::qemu);
    EXPECT_EQ(all[2].kind, transaction_kind::lxc);
}

TEST(transactions, are_the_same_for_the_same_seed_and_second) {
    const world_options options{.seed = 42, .nodes = 2};
    const auto first = make_world(options);
    const auto second = make_world(options);
    auto other_options = options;
    other_options.seed = 43;
    const auto other = make_world(other_options);

    const auto text = [](const world& of) {
        std::string all;
        for (const auto& it : transactions_of(of.clusters[0].nodes[1], now))
            all += it.text;
        return all;
    };
    EXPECT_EQ(text(first), text(second));
    EXPECT_NE(text(first), text(other));
}

TEST(transactions, no_series_carries_one_second_twice) {
    const auto made = make_world({.nodes = 3});
    std::set<std::string> seen;

    for (const auto& node : made.clusters[0].nodes) {
        for (std::int64_t cycle = 0; cycle < 5; ++cycle) {
            for (const auto& it : transactions_of(node, now + cycle)) {
                for (const auto line : lines_of(it.text)) {
                    // Up to the fields, and the time.
                    auto space = line.find(' ');
                    while (line[space - 1] == '\\')
                        space = line.find(' ', space + 1);
                    const auto series = std::string(line.substr(0, space));
                    EXPECT_TRUE(
                        seen.insert(series + std::string(line.substr(line.rfind(' ')))).second)
                        << line;
                }
            }
        }
    }
}

// The tables of what arrives in the field were measured with PVE's own plugin: 3.5 kB for each
// running VM in a cycle, the longest line below 900 bytes.
TEST(transactions, have_the_size_that_they_have_in_the_field) {
    const auto made = make_world({.nodes = 1, .guests_per_node = 60});

    const auto all = transactions_of(made.clusters[0].nodes[0], now);

    const auto& vms = all[1];
    EXPECT_GT(vms.text.size(), 50u * 3000);
    EXPECT_LT(vms.text.size(), 50u * 4000);
    for (const auto line : lines_of(vms.text))
        EXPECT_LT(line.size(), 900u);
}

TEST(datagrams, hold_whole_lines_below_the_bound_and_lose_nothing) {
    const auto made = make_world({.nodes = 1, .guests_per_node = 60});

    for (const auto& it : transactions_of(made.clusters[0].nodes[0], now)) {
        std::string joined;
        for (const auto datagram : datagrams_of(it.text)) {
            EXPECT_LT(datagram.size(), 1450u);
            EXPECT_EQ(datagram.back(), '\n');
            joined += datagram;
        }
        EXPECT_EQ(joined, it.text);
    }
}

TEST(datagrams, line_longer_than_the_bound_goes_alone) {
    EXPECT_THAT(datagrams_of("a\nbbbbbbbb\nc\nd\n", 6), ElementsAre("a\n", "bbbbbbbb\n", "c\nd\n"));
    EXPECT_THAT(datagrams_of("aa\nbb\n", 6), ElementsAre("aa\n", "bb\n"));
    EXPECT_THAT(datagrams_of("aa\nbb\n", 7), ElementsAre("aa\nbb\n"));
    EXPECT_THAT(datagrams_of("", 7), SizeIs(0));
}

}  // namespace
}  // namespace relay::simulate
