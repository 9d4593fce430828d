// What pvestatd and proxmox-backup-proxy really send where it is odd, and what we make of it.
// The lines come from the plugin itself, run on data chosen to trouble it.
#include "line_reading.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace relay::protocol {
namespace {

using testing::owned_point;
using testing::read_body;

const std::string_view lines[] = {
    R"lp(system,object=qemu,vmid=100,nodename=pve1,host=VM\ 100 name="VM 100",status="stopped",uptime=0 1755785270000000000)lp",
    R"lp(cpustat,object=nodes,host=pve1 avg1=0.00,cpu=6.25312656328164e-05,wait=1e-07 1755785270000000000)lp",
    R"lp(system,object=storages,nodename=pve1,host=local,type=dir active=1,avail=1,content="iso,backup",enabled=1,shared=0,total=1,type="dir",used=0 1755785270000000000)lp",
    R"lp(system,object=storages,nodename=pve1,host=local,type=dir active=1,avail=1,content="backup,iso",enabled=1,shared=0,total=1,type="dir",used=0 1755785280000000000)lp",
    R"lp(system,object=qemu,vmid=101,nodename=pve1,host=66601 name="66601",status="running",tags="2024" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=102,nodename=pve1,host=nan name="nan",status="running",tags="inf" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=103,nodename=pve1,host=a,b=c name="a,b=c",status="running" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=104,nodename=pve1,host=web\ name="web\",status="running" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=105,nodename=pve1,host=tab\ here name="tab	here",status="running" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=106,nodename=pve1,host=q"uote lock="a\\"b",name="q\"uote",status="running" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=107,nodename=pve1,host=numforms f1=+5,f2=.5,f3=5.,f4=007,f5=-0,f6=1E5,f7="0x1f",f8="1_000",name="numforms" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=108,nodename=pve1,host=ws name="ws",x= 12,y=12  1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=109,nodename=pve1,host=nl name="nl",x=12)lp",
    R"lp(,y=1 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=110,nodename=pve1,host=zbt name="zbt",x=0 but true 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=111,nodename=pve1,host=big fl=1e+20,name="big",neg=-1,over=18446744073709551616,u64=18446744073709551615 1755785270000000000)lp",
    R"lp(nics,object=nodes,host=pve1,instance=a=b receive=3,transmit=4 1755785270000000000)lp",
    R"lp(nics,object=nodes,host=pve1,instance=eth0,1 receive=1,transmit=2 1755785270000000000)lp",
    R"lp(nics,object=nodes,host=pve1,instance=q"\ receive=5,transmit=6 1755785270000000000)lp",
    R"lp(blockstat,object=qemu,vmid=112,nodename=pve1,host=dup,instance=scsi0 x=1,x=2,rd_bytes=1 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=112,nodename=pve1,host=dup name="dup" 1755785270000000000)lp",
    R"lp(proxmox-support,object=qemu,vmid=113,nodename=pve1,host=bools pbs-library-version="1.5.2 (UNKNOWN)" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=113,nodename=pve1,host=bools name="bools" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=114,nodename=pve1,host=onlybools name="onlybools" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=115,nodename=pve1,host=moved name="moved",netin=5,status="running" 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=115,nodename=pve2,host=moved name="moved",netin=5,status="running" 1755785273000000000)lp",
    R"lp(system,object=qemu,vmid=100,nodename=pve1,host=web01 cpu=0.01,name="web01",status="running",uptime=5,vmid=100 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=101,nodename=pve1,host=66601 cpu=0.01,name=66601,status="running",uptime=5 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=102,nodename=pve1,host=1e5 cpu=0.01,name=1e5,status="running",uptime=5 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=103,nodename=pve1,host=nan cpu=0.01,status="running",uptime=5 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=104,nodename=pve1,host=web04 cpu=0.01,name="web04",status="running",tags=2024,uptime=5 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=104,nodename=pve1,host=web04 cpu=0.01,name="web04",status="running",tags="2024;prod",uptime=15 1755785280000000000)lp",
    R"lp(system,object=qemu,vmid=105,nodename=pve1,host=hung cpu=0.01,diskread=123456789,diskwrite=987654321,name="hung",qmpstatus="running",status="running",uptime=100 1755785270000000000)lp",
    R"lp(system,object=qemu,vmid=105,nodename=pve1,host=hung cpu=0.01,diskread=0,diskwrite=0,name="hung",qmpstatus="running",status="running",uptime=110 1755785280000000000)lp",
    R"lp(system,object=qemu,vmid=105,nodename=pve1,host=hung cpu=0.01,diskread=123999999,diskwrite=988000000,name="hung",qmpstatus="running",status="running",uptime=120 1755785290000000000)lp",
    R"lp(cpustat,host=pbs1,object=host cpu=null,cpu_count=16 1755785270000000000)lp",
    R"lp(nics,instance=eth0\,1,object=host,host=pbs1 device="eth0,1",receive=1,send=2,ty="Virtual" 1755785270000000000)lp",
    R"lp(blockstat,datastore=my\ store,host=pbs1,object=host total=1,used=0 1755785270000000000)lp",
};

/// Counted from 1, as the comments of the tests do.
owned_point line(std::size_t which) {
    const auto made = read_body(lines[which - 1], dialect::proxmox);
    EXPECT_EQ(made.points.size(), 1u) << lines[which - 1];
    return made.points.empty() ? owned_point{} : made.points.front();
}

std::string tag_of(const owned_point& made, std::string_view key) {
    for (const auto& tag : made.tags) {
        if (tag.first == key) return tag.second;
    }
    return "(none)";
}

std::string field_of(const owned_point& made, std::string_view key) {
    for (const auto& field : made.fields) {
        if (field.key == key) return field.text;
    }
    return "(none)";
}

field_kind kind_of(const owned_point& made, std::string_view key) {
    for (const auto& field : made.fields) {
        if (field.key == key) return field.kind;
    }
    ADD_FAILURE() << "no field " << key;
    return {};
}

// The whole file as one body: nine lines are refused, each for its own reason, and all others read.
TEST(proxmox_quirks, nine_lines_are_refused_and_no_other) {
    const std::map<std::size_t, parse_errc> refused{
        {8, parse_errc::unescaped_separator},   // host=web\ : the tag goes on over the space
        {10, parse_errc::text_after_string},    // a\"b is sent as a\\"b: the string ends early
        {12, parse_errc::missing_field_value},  // x= 12
        {13, parse_errc::torn_line},            // the number "12\n"
        {14, parse_errc::missing_measurement},  // … and what followed it
        {15, parse_errc::invalid_timestamp},    // 0 but true
        {17, parse_errc::unescaped_separator},  // instance=a=b
        {18, parse_errc::missing_tag_value},    // instance=eth0,1
        {19, parse_errc::unescaped_separator},  // instance=q"\ : over the space again
    };
    std::string body;
    for (const auto text : lines)
        body += std::string(text) + "\n";

    const auto made = read_body(body, dialect::proxmox);

    EXPECT_EQ(made.points.size(), std::size(lines) - refused.size());
    ASSERT_EQ(made.refusals.size(), refused.size());
    auto refusal = made.refusals.begin();
    for (const auto& [which, code] : refused) {
        EXPECT_EQ(refusal->line, std::string(lines[which - 1]) + "\n");
        EXPECT_EQ(to_string(refusal->code), to_string(code)) << refusal->line;
        ++refusal;
    }
}

TEST(proxmox_quirks, a_name_with_a_space_is_unescaped) {
    EXPECT_EQ(tag_of(line(1), "host"), "VM 100");
    EXPECT_EQ(field_of(line(1), "name"), "VM 100");
    EXPECT_EQ(tag_of(line(9), "host"), "tab here");
    EXPECT_EQ(field_of(line(9), "name"), "tab\there");
    EXPECT_EQ(tag_of(line(37), "instance"), "eth0,1");
    EXPECT_EQ(tag_of(line(38), "datastore"), "my store");
}

TEST(proxmox_quirks, numbers_in_the_spellings_of_perl_keep_their_text) {
    EXPECT_EQ(field_of(line(2), "cpu"), "6.25312656328164e-05");
    EXPECT_EQ(field_of(line(2), "avg1"), "0.00");
    EXPECT_EQ(field_of(line(16), "over"), "18446744073709551616");
    EXPECT_EQ(field_of(line(16), "fl"), "1e+20");

    const std::map<std::string, double> values{{"f1", 5}, {"f2", 0.5},  {"f3", 5},
                                               {"f4", 7}, {"f5", -0.0}, {"f6", 1e5}};
    for (const auto& [key, value] : values) {
        EXPECT_EQ(kind_of(line(11), key), field_kind::number);
        EXPECT_EQ(to_double({field_kind::number, field_of(line(11), key)}), value) << key;
    }
    EXPECT_EQ(kind_of(line(11), "f7"), field_kind::string) << "0x1f";
}

TEST(proxmox_quirks, numbers_go_out_in_spellings_that_every_store_reads) {
    const auto written = testing::write(line(11));
    EXPECT_THAT(written, ::testing::HasSubstr("f1=5,f2=0.5,f3=5.0,f4=007,f5=-0,f6=1E5"));
}

TEST(proxmox_quirks, quoted_words_that_look_like_numbers_stay_strings) {
    EXPECT_EQ(kind_of(line(5), "name"), field_kind::string);
    EXPECT_EQ(kind_of(line(5), "tags"), field_kind::string);
    EXPECT_EQ(field_of(line(6), "name"), "nan");
    EXPECT_EQ(field_of(line(6), "tags"), "inf");
}

// The name says so already; what it means is for those who know the schema.
TEST(proxmox_quirks, bare_names_of_old_versions_are_numbers_with_their_text) {
    EXPECT_EQ(field_of(line(28), "name"), "66601");
    EXPECT_EQ(kind_of(line(28), "name"), field_kind::number);
    EXPECT_EQ(field_of(line(29), "name"), "1e5");
    EXPECT_EQ(field_of(line(31), "tags"), "2024");
}

TEST(proxmox_quirks, an_unescaped_comma_in_a_name_makes_another_tag) {
    EXPECT_EQ(tag_of(line(7), "host"), "a");
    EXPECT_EQ(tag_of(line(7), "b"), "c");
}

TEST(proxmox_quirks, a_key_sent_twice_arrives_twice) {
    EXPECT_EQ(line(20).fields[0].key, line(20).fields[1].key);
}

TEST(proxmox_quirks, null_leaves_its_field_out) {
    EXPECT_EQ(field_of(line(36), "cpu"), "(none)");
    EXPECT_EQ(field_of(line(36), "cpu_count"), "16");
    EXPECT_EQ(read_body("m f=null,g=null 1", dialect::proxmox).refusals.at(0).code,
              parse_errc::missing_fields);
}

TEST(proxmox_quirks, only_proxmox_may_spell_a_plus_or_null) {
    EXPECT_EQ(read_body("m f=+5").refusals.size(), 1u);
    EXPECT_EQ(read_body("m f=null").refusals.size(), 1u);
    for (const auto* text : {"m f=+-5", "m f=++5", "m f=+", "m f=+5i", "m f=nullx"}) {
        EXPECT_EQ(read_body(text, dialect::proxmox).refusals.size(), 1u) << text;
    }
}

// VictoriaMetrics takes a quote in a field key for the beginning of a string.
TEST(proxmox_quirks, a_quote_in_a_field_key_is_refused_from_proxmox_alone) {
    for (const auto* text : {"m a\"b=1", "m f=1,\"=\"x\",g=2", "m \\\"=1"}) {
        EXPECT_EQ(read_body(text, dialect::common).points.size(), 1u) << text;
        ASSERT_EQ(read_body(text, dialect::proxmox).refusals.size(), 1u) << text;
    }
}

// A line without timestamp is whole wherever no broken rest follows it.
TEST(proxmox_quirks, a_missing_timestamp_alone_is_no_broken_line) {
    EXPECT_EQ(read_body("m f=1\nn f=2\no f=3", dialect::proxmox).points.size(), 3u);
    EXPECT_EQ(read_body("m f=1\n,y=2 5\n", dialect::common).points.size(), 1u);
    EXPECT_EQ(read_body("m f=1 4\n,y=2 5\n", dialect::proxmox).points.size(), 1u);
}

}  // namespace
}  // namespace relay::protocol
