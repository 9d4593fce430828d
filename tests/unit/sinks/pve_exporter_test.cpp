// What Proxmox's and the relay's own lines become under the naming `pve-exporter`: the golden
// output of prometheus-pve-exporter 3.10 says how.
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter_names.hpp"
#include "tests/unit/sinks/sent_samples.hpp"

#include <gmock/gmock.h>

#include <set>

namespace relay::sinks {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;
using testing::UnorderedElementsAre;

const std::string noon = " 1755785270000000000\n";
const std::string later = " 1755785280000000000\n";
const std::string vm = "system,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web ";

/// Without job and instance, which are always the same here.
samples named(const std::string& text) {
    samples out;
    for (const auto& [series, value] :
         sent_samples(text, sent_options({naming_kind::pve_exporter}))) {
        auto name = series;
        for (const std::string_view constant :
             {"instance=\"lab\",job=\"pve\",", ",instance=\"lab\",job=\"pve\"",
              "instance=\"lab\",job=\"pve\""}) {
            if (const auto at = name.find(constant); at != std::string::npos)
                name.erase(at, constant.size());
        }
        out[name] = value;
    }
    return out;
}

TEST(pve_exporter, a_node_has_its_numbers) {
    const auto sent = named("cpustat,object=nodes,host=pve1 cpu=0.05,cpus=8,user=5" + noon +
                            "memory,object=nodes,host=pve1 memtotal=17,memused=4" + noon +
                            "blockstat,object=nodes,host=pve1 blocks=107,used=5" + noon +
                            "system,object=nodes,host=pve1 uptime=864000" + noon);

    EXPECT_THAT(sent,
                UnorderedElementsAre(Pair("pve_cpu_usage_ratio{id=\"node/pve1\"}", 0.05),
                                     Pair("pve_cpu_usage_limit{id=\"node/pve1\"}", 8),
                                     Pair("pve_memory_size_bytes{id=\"node/pve1\"}", 17),
                                     Pair("pve_memory_usage_bytes{id=\"node/pve1\"}", 4),
                                     Pair("pve_disk_size_bytes{id=\"node/pve1\"}", 107),
                                     Pair("pve_disk_usage_bytes{id=\"node/pve1\"}", 5),
                                     Pair("pve_uptime_seconds{id=\"node/pve1\"}", 864000),
                                     Pair("pve_up{id=\"node/pve1\"}", 1),
                                     Pair("pve_node_info{id=\"node/pve1\",name=\"pve1\"}", 1)));
}

TEST(pve_exporter, a_guest_has_its_numbers_and_the_deprecated_names_beside_them) {
    const auto sent = named(vm +
                            "cpu=0.5,cpus=2,disk=0,maxdisk=34,mem=1,maxmem=2,netin=3,netout=4,"
                            "diskread=5,diskwrite=6,uptime=7" +
                            noon);

    EXPECT_THAT(sent,
                UnorderedElementsAre(Pair("pve_cpu_usage_ratio{id=\"qemu/100\"}", 0.5),
                                     Pair("pve_cpu_usage_limit{id=\"qemu/100\"}", 2),
                                     Pair("pve_disk_usage_bytes{id=\"qemu/100\"}", 0),
                                     Pair("pve_disk_size_bytes{id=\"qemu/100\"}", 34),
                                     Pair("pve_memory_usage_bytes{id=\"qemu/100\"}", 1),
                                     Pair("pve_memory_size_bytes{id=\"qemu/100\"}", 2),
                                     Pair("pve_network_receive_bytes{id=\"qemu/100\"}", 3),
                                     Pair("pve_network_receive_bytes_total{id=\"qemu/100\"}", 3),
                                     Pair("pve_network_transmit_bytes{id=\"qemu/100\"}", 4),
                                     Pair("pve_network_transmit_bytes_total{id=\"qemu/100\"}", 4),
                                     Pair("pve_disk_read_bytes{id=\"qemu/100\"}", 5),
                                     Pair("pve_disk_read_bytes_total{id=\"qemu/100\"}", 5),
                                     Pair("pve_disk_write_bytes{id=\"qemu/100\"}", 6),
                                     Pair("pve_disk_written_bytes_total{id=\"qemu/100\"}", 6),
                                     Pair("pve_uptime_seconds{id=\"qemu/100\"}", 7)));
}

TEST(pve_exporter, a_guest_has_its_info_state_and_lock_from_the_push_alone) {
    const auto sent = named(vm + "status=\"running\",lock=\"backup\",tags=\"web;prod\"" + noon);

    EXPECT_THAT(sent, Contains(Pair("pve_up{id=\"qemu/100\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_guest_info{id=\"qemu/100\",name=\"web\",node=\"pve1\","
                                    "tags=\"web;prod\",template=\"0\",type=\"qemu\"}",
                                    1)));
    EXPECT_THAT(sent, Contains(Pair("pve_lock_state{id=\"qemu/100\",state=\"backup\"}", 1)));
    EXPECT_THAT(sent,
                Contains(Pair("pve_lock_state{id=\"qemu/100\",state=\"snapshot-delete\"}", 0)));
}

TEST(pve_exporter, a_container_that_is_stopped_is_down_and_has_every_lock_state) {
    const auto sent = named(
        "system,object=lxc,vmid=101,nodename=pve2,host=ct101 status=\"stopped\",template=1" + noon);

    EXPECT_THAT(sent, Contains(Pair("pve_up{id=\"lxc/101\"}", 0)));
    EXPECT_THAT(sent, Contains(Pair("pve_guest_info{id=\"lxc/101\",name=\"ct101\",node=\"pve2\","
                                    "template=\"1\",type=\"lxc\"}",
                                    1)));
    EXPECT_EQ(sent.size(), 2 + 9u);
}

TEST(pve_exporter, a_storage_is_one_of_its_node) {
    EXPECT_THAT(
        named("system,object=storages,nodename=pve1,host=local,type=dir "
              "active=1,avail=3,content=\"backup,iso\",shared=0,total=10,used=5" +
              noon),
        UnorderedElementsAre(
            Pair("pve_up{id=\"storage/pve1/local\"}", 1),
            Pair("pve_disk_size_bytes{id=\"storage/pve1/local\"}", 10),
            Pair("pve_disk_usage_bytes{id=\"storage/pve1/local\"}", 5),
            Pair("pve_storage_shared{id=\"storage/pve1/local\"}", 0),
            Pair("pve_storage_info{content=\"backup,iso\",id=\"storage/pve1/local\",node=\"pve1\","
                 "plugintype=\"dir\",storage=\"local\"}",
                 1)));
}

TEST(pve_exporter, what_the_relay_noticed_comes_before_what_was_pushed) {
    const std::string up = "relay_up,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web up=0";
    const std::string pushed = vm + "status=\"running\"";
    prometheus sink(sent_options({naming_kind::pve_exporter}));
    const auto up_in = [](const samples& all) {
        const auto found = all.find("pve_up{id=\"qemu/100\",instance=\"lab\",job=\"pve\"}");
        return found == all.end() ? -1 : found->second;
    };

    EXPECT_EQ(up_in(sent_by(sink, pushed + noon)), 1);
    EXPECT_EQ(up_in(sent_by(sink, up + later, 2)), 0);
    EXPECT_EQ(up_in(sent_by(sink, pushed + " 1755785290000000000\n", 3)), -1);
    // Without the relay's lines for a quarter of an hour the push is believed again.
    EXPECT_EQ(up_in(sent_by(sink, pushed + " 1755787000000000000\n", 4)), 1);
}

TEST(pve_exporter, what_the_api_says_of_a_guest) {
    const auto sent = named(
        "relay_guest_info,object=qemu,vmid=100,nodename=pve1,host=web "
        "template=0,tags=\"web;prod\",ha_state=\"started\",starts_at_boot=1,in_backup_job=0" +
        noon);

    EXPECT_THAT(sent, Contains(Pair("pve_guest_info{id=\"qemu/100\",name=\"web\",node=\"pve1\","
                                    "tags=\"web;prod\",template=\"0\",type=\"qemu\"}",
                                    1)));
    EXPECT_THAT(
        sent, Contains(Pair("pve_onboot_status{id=\"qemu/100\",node=\"pve1\",type=\"qemu\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_ha_state{id=\"qemu/100\",state=\"started\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_ha_state{id=\"qemu/100\",state=\"stopped\"}", 0)));
    EXPECT_THAT(sent, Contains(Pair("pve_not_backed_up_info{id=\"qemu/100\"}", 1)));
}

TEST(pve_exporter, a_guest_in_a_backup_job_is_not_listed_as_without) {
    const std::string line = "relay_guest_info,object=qemu,vmid=100,nodename=pve1,host=web ";

    EXPECT_THAT(named(line + "in_backup_job=1" + noon),
                Not(Contains(Key(StartsWith("pve_not_backed_up_info")))));
    EXPECT_THAT(named(line + "cpus=1" + noon),
                Not(Contains(Key(StartsWith("pve_not_backed_up_info")))));
}

TEST(pve_exporter, what_the_api_says_of_cluster_and_nodes) {
    const auto sent =
        named("relay_cluster_info,object=cluster,host=pvec nodes=2,quorate=1,version=\"9.0.3\"" +
              noon + "relay_node_info,object=nodes,host=pve1 level=\"c\",node_id=1" + noon +
              "relay_subscription,object=nodes,host=pve1 "
              "status=\"active\",level=\"c\",ends_timestamp_seconds=1798761600" +
              noon);

    EXPECT_THAT(
        sent, Contains(Pair("pve_cluster_info{id=\"cluster/lab\",nodes=\"2\",quorate=\"1\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_version_info{release=\"9.0\",version=\"9.0.3\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_node_info{id=\"node/pve1\",level=\"c\",name=\"pve1\","
                                    "nodeid=\"1\"}",
                                    1)));
    EXPECT_THAT(sent, Contains(Pair("pve_subscription_info{id=\"node/pve1\",level=\"c\"}", 1)));
    EXPECT_THAT(sent,
                Contains(Pair("pve_subscription_status{id=\"node/pve1\",status=\"active\"}", 1)));
    EXPECT_THAT(sent,
                Contains(Pair("pve_subscription_status{id=\"node/pve1\",status=\"expired\"}", 0)));
    EXPECT_THAT(sent, Contains(Pair("pve_subscription_next_due_timestamp_seconds{id=\"node/pve1\"}",
                                    1798761600)));
}

TEST(pve_exporter, a_node_has_its_state_in_high_availability) {
    const auto sent = named("relay_node_info,object=nodes,host=pve1 ha_state=\"maintenance\"" +
                            noon + "relay_node_info,object=nodes,host=pve2 node_id=2" + noon);

    EXPECT_THAT(sent, Contains(Pair("pve_ha_state{id=\"node/pve1\",state=\"maintenance\"}", 1)));
    EXPECT_THAT(sent, Contains(Pair("pve_ha_state{id=\"node/pve1\",state=\"online\"}", 0)));
    EXPECT_THAT(sent, Contains(Pair("pve_ha_state{id=\"node/pve2\",state=\"online\"}", 0)));
}

TEST(pve_exporter, a_replication_job_is_its_own_id) {
    const auto sent = named(
        "relay_replication,object=qemu,vmid=100,nodename=pve1,host=web,instance=100-0 "
        "target=\"pve2\",last_sync_timestamp_seconds=1700000000,"
        "last_try_timestamp_seconds=1700000900,duration_seconds=3.5,failures=0" +
        noon);

    EXPECT_THAT(sent, Contains(Pair("pve_replication_info{guest=\"qemu/100\",id=\"100-0\","
                                    "source=\"node/pve1\",target=\"node/pve2\",type=\"local\"}",
                                    1)));
    EXPECT_THAT(sent, Contains(Pair("pve_replication_duration_seconds{id=\"100-0\"}", 3.5)));
    EXPECT_THAT(sent, Contains(Pair("pve_replication_last_try_timestamp_seconds{id=\"100-0\"}",
                                    1700000900)));
    EXPECT_THAT(sent, Contains(Pair("pve_replication_failed_syncs{id=\"100-0\"}", 0)));
}

TEST(pve_exporter, lines_of_others_make_nothing) {
    EXPECT_THAT(named("weather,place=roof degrees=12" + noon), IsEmpty());
    EXPECT_THAT(named("memory,object=host,host=pbs1 memused=12" + noon), IsEmpty());
    EXPECT_THAT(named("relay_event,object=nodes,host=pve1 kind=\"silent\"" + noon), IsEmpty());
}

/// Of prometheus-pve-exporter 3.10 with all its collectors, on a cluster with everything.
constexpr std::pair<std::string_view, std::string_view> contract[] = {
    {"pve_cluster_info", "id, nodes, quorate, version"},
    {"pve_cpu_usage_limit", "id"},
    {"pve_cpu_usage_ratio", "id"},
    {"pve_disk_read_bytes", "id"},
    {"pve_disk_read_bytes_total", "id"},
    {"pve_disk_size_bytes", "id"},
    {"pve_disk_usage_bytes", "id"},
    {"pve_disk_write_bytes", "id"},
    {"pve_disk_written_bytes_total", "id"},
    {"pve_guest_info", "id, node, name, type, template, tags"},
    {"pve_ha_state", "id, state"},
    {"pve_lock_state", "id, state"},
    {"pve_memory_size_bytes", "id"},
    {"pve_memory_usage_bytes", "id"},
    {"pve_network_receive_bytes", "id"},
    {"pve_network_receive_bytes_total", "id"},
    {"pve_network_transmit_bytes", "id"},
    {"pve_network_transmit_bytes_total", "id"},
    {"pve_node_info", "id, level, name, nodeid"},
    {"pve_not_backed_up_info", "id"},
    {"pve_not_backed_up_total", "id"},
    {"pve_onboot_status", "id, node, type"},
    {"pve_qdevice_info", "id, algorithm, model, qnetd_host, state, tie_breaker"},
    {"pve_qdevice_up", "id"},
    {"pve_replication_duration_seconds", "id"},
    {"pve_replication_failed_syncs", "id"},
    {"pve_replication_info", "id, type, source, target, guest"},
    {"pve_replication_last_sync_timestamp_seconds", "id"},
    {"pve_replication_last_try_timestamp_seconds", "id"},
    {"pve_replication_next_sync_timestamp_seconds", "id"},
    {"pve_storage_info", "id, node, storage, plugintype, content"},
    {"pve_storage_shared", "id"},
    {"pve_subscription_info", "id, level"},
    {"pve_subscription_next_due_timestamp_seconds", "id"},
    {"pve_subscription_status", "id, status"},
    {"pve_up", "id"},
    {"pve_uptime_seconds", "id"},
    {"pve_version_info", "release, repoid, version"},
};

TEST(pve_exporter, all_of_the_contract_is_given_or_listed_with_the_reason) {
    std::string missing;
    for (const auto& one : pve_exporter_missing())
        missing += std::string(one.name) + "; ";
    for (const auto& [name, labels] : contract) {
        const auto* family = find_family(pve_exporter_families(), name);
        const bool is_same = family != nullptr && family->labels == labels;
        EXPECT_NE(is_same, missing.find(name) != missing.npos) << name;
    }
    EXPECT_EQ(pve_exporter_families().size() + 2, std::size(contract));  // without the QDevice
}

// A panel of the exporter's dashboards joins values with infos on (id, instance).
TEST(pve_exporter, every_metric_has_an_id_but_the_version) {
    for (const auto& family : pve_exporter_families()) {
        EXPECT_TRUE(family.labels.starts_with("id") || family.name == "pve_version_info")
            << family.name;
        EXPECT_FALSE(family.sources.empty()) << family.name;
        EXPECT_FALSE(family.help.empty()) << family.name;
    }
    for (const auto& row : pve_exporter_rows)
        EXPECT_NE(find_family(pve_exporter_families(), row.metric), nullptr) << row.metric;
}

TEST(namings, are_pairwise_disjoint) {
    for (const auto& family : pve_exporter_families())
        EXPECT_EQ(find_family(proxmox_families(), family.name), nullptr) << family.name;
    // measurement_field begins with the measurement: none of them is "pve" or "proxmox".
    for (const auto& lines : schema::line_table) {
        for (const auto& row : lines.rows) {
            std::string name;
            for (const char c : std::string(lines.measurement) + "_" + std::string(row.field))
                name += c == '-' ? '_' : c;
            for (const auto* families : {&proxmox_families(), &pve_exporter_families()}) {
                EXPECT_EQ(find_family(*families, name), nullptr) << name;
                EXPECT_EQ(find_family(*families, name + "_info"), nullptr) << name;
            }
        }
    }
}

}  // namespace
}  // namespace relay::sinks
