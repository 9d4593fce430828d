// What Proxmox's own lines become under the naming `proxmox`.
#include "sinks/naming/proxmox_names.hpp"
#include "tests/unit/sinks/sent_samples.hpp"

#include <gmock/gmock.h>

#include <set>

namespace relay::sinks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

const std::string noon = " 1755785270000000000\n";
const std::string vm = "system,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web ";
const std::string vm_labels =
    "cluster=\"lab\",instance=\"lab\",job=\"pve\",name=\"web\",node=\"pve1\",type=\"qemu\","
    "vmid=\"100\"";

samples named(const std::string& text, proxmox_naming_options how = {}) {
    auto o = sent_options({naming_kind::proxmox});
    o.proxmox = how;
    return sent_samples(text, o);
}

TEST(proxmox_naming, numbers_have_the_names_and_units_of_the_table) {
    EXPECT_THAT(
        named("cpustat,cluster=lab,object=nodes,host=pve1 cpu=0.25,user=12345,avg1=0.42" + noon),
        UnorderedElementsAre(
            Pair("proxmox_ve_node_cpu_usage_ratio{cluster=\"lab\",instance=\"lab\","
                 "job=\"pve\",node=\"pve1\"}",
                 0.25),
            Pair("proxmox_ve_node_cpu_seconds_total{cluster=\"lab\",instance=\"lab\","
                 "job=\"pve\",mode=\"user\",node=\"pve1\"}",
                 123.45),
            Pair("proxmox_ve_node_load1{cluster=\"lab\",instance=\"lab\",job=\"pve\","
                 "node=\"pve1\"}",
                 0.42)));
}

TEST(proxmox_naming, guests_have_their_labels_and_memory_has_three_series) {
    const auto sent = named(vm + "cpu=0.5,mem=3,memhost=4,freemem=5,pressureiosome=12.5" + noon);

    EXPECT_THAT(sent, Contains(Pair("proxmox_ve_guest_cpu_usage_ratio{" + vm_labels + "}", 0.5)));
    EXPECT_THAT(sent, Contains(Pair("proxmox_ve_guest_memory_used_bytes{" + vm_labels + "}", 3)));
    EXPECT_THAT(sent, Contains(Pair("proxmox_ve_guest_memory_host_bytes{" + vm_labels + "}", 4)));
    EXPECT_THAT(sent, Contains(Pair("proxmox_ve_guest_memory_free_bytes{" + vm_labels + "}", 5)));
    EXPECT_THAT(
        sent, Contains(Pair("proxmox_ve_guest_pressure_io_some_ratio{" + vm_labels + "}", 0.125)));
}

TEST(proxmox_naming, texts_are_labels_of_one_info_series) {
    EXPECT_THAT(
        named(vm + "name=\"web\",tags=\"db;prod\",template=1,running-qemu=\"10.1.2\"" + noon),
        UnorderedElementsAre(
            Pair("proxmox_ve_guest_info{cluster=\"lab\",instance=\"lab\",job=\"pve\","
                 "name=\"web\",node=\"pve1\",tags=\"db;prod\",template=\"1\","
                 "type=\"qemu\",vmid=\"100\"}",
                 1),
            Pair("proxmox_ve_guest_qemu_info{cluster=\"lab\",instance=\"lab\","
                 "job=\"pve\",name=\"web\",node=\"pve1\",type=\"qemu\","
                 "version=\"10.1.2\",vmid=\"100\"}",
                 1)));
}

TEST(proxmox_naming, a_guest_without_tags_has_an_info_as_well) {
    EXPECT_THAT(named(vm + "uptime=1" + noon),
                Contains(Pair("proxmox_ve_guest_info{" + vm_labels + "}", 1)));
}

TEST(proxmox_naming, states_are_state_sets) {
    const auto sent = named(vm + "status=\"running\"" + noon);

    EXPECT_THAT(sent, Contains(Pair(HasSubstr("proxmox_ve_guest_status{cluster=\"lab\",instance="
                                              "\"lab\",job=\"pve\",name=\"web\",node=\"pve1\","
                                              "state=\"running\""),
                                    1)));
    EXPECT_THAT(sent, Contains(Pair(HasSubstr("state=\"stopped\""), 0)));
}

TEST(proxmox_naming, devices_have_a_label) {
    EXPECT_THAT(
        named("blockstat,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web,instance=scsi0 "
              "rd_bytes=7,rd_total_time_ns=1500000000" +
              noon),
        UnorderedElementsAre(
            Pair("proxmox_ve_guest_disk_read_bytes_total{cluster=\"lab\",device=\"scsi0\","
                 "instance=\"lab\",job=\"pve\",name=\"web\",node=\"pve1\",type=\"qemu\","
                 "vmid=\"100\"}",
                 7),
            Pair("proxmox_ve_guest_disk_read_seconds_total{cluster=\"lab\",device=\"scsi0\","
                 "instance=\"lab\",job=\"pve\",name=\"web\",node=\"pve1\",type=\"qemu\","
                 "vmid=\"100\"}",
                 1.5)));
}

TEST(proxmox_naming, cards_of_a_machine_are_called_as_in_its_configuration) {
    EXPECT_THAT(
        named("nics,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web,instance=tap100i2 "
              "netin=7,netout=8" +
              noon),
        Contains(Pair(HasSubstr("proxmox_ve_guest_nic_receive_bytes_total{cluster=\"lab\","
                                "device=\"net2\""),
                      7)));
}

TEST(proxmox_naming, a_containers_interface_on_the_node_is_given_to_it_with_directions_swapped) {
    EXPECT_THAT(
        named("nics,cluster=lab,object=nodes,host=pve1,instance=veth200i1 "
              "receive=7,transmit=8,type=\"virtual\"" +
              noon),
        UnorderedElementsAre(Pair("proxmox_ve_guest_nic_transmit_bytes_total{cluster=\"lab\","
                                  "device=\"net1\",instance=\"lab\",job=\"pve\",node=\"pve1\","
                                  "type=\"lxc\",vmid=\"200\"}",
                                  7),
                             Pair("proxmox_ve_guest_nic_receive_bytes_total{cluster=\"lab\","
                                  "device=\"net1\",instance=\"lab\",job=\"pve\",node=\"pve1\","
                                  "type=\"lxc\",vmid=\"200\"}",
                                  8)));
}

TEST(proxmox_naming, other_virtual_interfaces_are_left_out) {
    const auto line = [](const std::string& name, const std::string& kind) {
        return "nics,object=nodes,host=pve1,instance=" + name + " receive=1" + kind + noon;
    };
    EXPECT_THAT(named(line("vmbr0", ",type=\"virtual\"")), IsEmpty());
    EXPECT_THAT(named(line("tap100i0", ",type=\"virtual\"")), IsEmpty());
    EXPECT_THAT(named(line("fwbr100i0", "")), IsEmpty());
    EXPECT_THAT(named(line("bond0.20", "")), IsEmpty());

    EXPECT_THAT(named(line("eno1", ",type=\"physical\"")), Not(IsEmpty()));
    EXPECT_THAT(named(line("eth0", "")), Not(IsEmpty()));
    EXPECT_THAT(named(line("vmbr0", ",type=\"virtual\""), {.virtual_nics = true}),
                Contains(Key(HasSubstr("proxmox_ve_node_network_receive_bytes_total"))));
}

TEST(proxmox_naming, fields_that_say_nothing_are_left_out) {
    const std::string drive =
        "blockstat,object=qemu,vmid=100,nodename=pve1,host=web,instance=scsi0 zone_append_bytes=0" +
        noon;

    EXPECT_THAT(named(drive), IsEmpty());
    EXPECT_THAT(named(drive, {.unused_fields = true}),
                ElementsAre(Pair(HasSubstr("proxmox_ve_guest_disk_zone_appended_bytes{"), 0)));
}

TEST(proxmox_naming, a_storage_of_one_node_keeps_its_node) {
    EXPECT_THAT(named("system,cluster=lab,object=storages,nodename=pve1,host=local,type=dir "
                      "shared=0,used=5,active=1" +
                      noon),
                Contains(Pair("proxmox_ve_storage_used_bytes{cluster=\"lab\",instance=\"lab\","
                              "job=\"pve\",node=\"pve1\",shared=\"0\",storage=\"local\","
                              "type=\"dir\"}",
                              5)));
}

TEST(proxmox_naming, of_a_shared_storage_one_node_speaks) {
    const auto line = [](const std::string& node, const std::string& used) {
        return "system,cluster=lab,object=storages,nodename=" + node +
               ",host=ceph,type=rbd shared=1,content=\"images\",used=" + used + noon;
    };

    EXPECT_THAT(
        named(line("pve1", "5") + line("pve2", "6")),
        UnorderedElementsAre(Pair("proxmox_ve_storage_used_bytes{cluster=\"lab\",instance=\"lab\","
                                  "job=\"pve\",shared=\"1\",storage=\"ceph\",type=\"rbd\"}",
                                  5),
                             Pair("proxmox_ve_storage_info{cluster=\"lab\",content=\"images\","
                                  "instance=\"lab\",job=\"pve\",shared=\"1\",storage=\"ceph\","
                                  "type=\"rbd\"}",
                                  1)));
}

TEST(proxmox_naming, what_the_api_says_of_a_guest_replaces_what_the_push_says) {
    const std::string push = vm + "tags=\"old\"" + noon;
    const std::string api =
        "relay_guest_info,cluster=lab,object=qemu,vmid=100,nodename=pve1,host=web "
        "tags=\"new\",pool=\"a\" 1755785271000000000\n";
    const std::string later = vm + "tags=\"old\" 1755785280000000000\n";

    prometheus sink(sent_options({naming_kind::proxmox}));
    EXPECT_THAT(sent_by(sink, push + api), Contains(Key(HasSubstr("tags=\"new\""))));
    EXPECT_THAT(sent_by(sink, later, 2), IsEmpty());
}

TEST(proxmox_naming, a_backup_server_has_names_of_its_own) {
    EXPECT_THAT(named("blockstat,object=host,host=pbs1,datastore=store1 used=5" + noon +
                      "blockstat,object=host,host=pbs1 used=6" + noon +
                      "nics,object=host,host=pbs1,instance=eno1 device=\"eno1\",send=7" + noon),
                UnorderedElementsAre(
                    Pair("proxmox_bs_datastore_used_bytes{datastore=\"store1\",instance=\"lab\","
                         "job=\"pve\",node=\"pbs1\"}",
                         5),
                    Pair("proxmox_bs_host_root_used_bytes{instance=\"lab\",job=\"pve\","
                         "node=\"pbs1\"}",
                         6),
                    Pair("proxmox_bs_host_network_transmit_bytes_total{device=\"eno1\","
                         "instance=\"lab\",job=\"pve\",node=\"pbs1\"}",
                         7)));
}

TEST(proxmox_naming, a_field_that_is_not_known_is_named_after_itself) {
    const auto sent = named("memory,object=nodes,host=pve1 new-thing=5,text=\"x\"" + noon);

    EXPECT_THAT(sent,
                UnorderedElementsAre(Pair(HasSubstr("proxmox_ve_node_memory_new_thing{"), 5),
                                     Pair(AllOf(HasSubstr("proxmox_ve_node_memory_text_info{"),
                                                HasSubstr("text=\"x\"")),
                                          1)));
}

TEST(proxmox_naming, a_field_that_is_not_known_never_takes_a_known_name) {
    EXPECT_THAT(named("memory,object=nodes,host=pve1 used_bytes=5" + noon),
                ElementsAre(Pair(HasSubstr("proxmox_ve_node_memory_used_bytes_untyped{"), 5)));
}

TEST(proxmox_naming, a_number_sent_as_text_is_no_number) {
    EXPECT_THAT(named("cpustat,object=nodes,host=pve1 cpu=\"much\"" + noon),
                ElementsAre(Pair(HasSubstr("proxmox_ve_node_cpustat_cpu_info{cpu=\"much\""), 1)));
}

TEST(proxmox_naming, tags_of_the_operator_stay) {
    EXPECT_THAT(named("system,object=nodes,host=pve1,site=berlin,node=x uptime=5" + noon),
                ElementsAre(Pair("proxmox_ve_node_uptime_seconds{instance=\"lab\",job=\"pve\","
                                 "node=\"pve1\",site=\"berlin\"}",
                                 5)));
}

TEST(proxmox_naming, a_tag_in_the_way_of_a_state_moves_it) {
    EXPECT_THAT(
        named("system,object=lxc,vmid=1,state=x status=\"running\"" + noon),
        Contains(Pair(AllOf(HasSubstr("field_state=\"running\""), HasSubstr("state=\"x\"")), 1)));
}

TEST(proxmox_naming, lines_of_others_are_named_as_by_measurement_field) {
    EXPECT_THAT(
        named("weather,place=roof degrees=12" + noon),
        ElementsAre(Pair("weather_degrees{instance=\"lab\",job=\"pve\",place=\"roof\"}", 12)));
    EXPECT_THAT(named("weather,place=roof degrees=12" + noon, {.foreign_lines = true}),
                Not(IsEmpty()));

    const auto both =
        sent_samples("weather,place=roof degrees=12" + noon,
                     sent_options({naming_kind::proxmox, naming_kind::measurement_field}));
    EXPECT_EQ(both.size(), 1u);
}

TEST(proxmox_naming, every_metric_has_one_meaning) {
    std::set<std::string_view> names;
    for (const auto& family : proxmox_families()) {
        EXPECT_TRUE(names.insert(family.name).second) << family.name;
        EXPECT_EQ(family.name.ends_with("_total"), family.type == metric_type::counter)
            << family.name;
        EXPECT_FALSE(family.help.empty()) << family.name;
    }
}

}  // namespace
}  // namespace relay::sinks
