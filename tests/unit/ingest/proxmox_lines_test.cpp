// What becomes of the lines that Proxmox VE 6 to 9 and Backup Server are known to send, and of
// those that their escaping breaks: one test per quirk. A refused line stands between two good
// ones, which must survive it.
#include "tests/unit/ingest/intake_fixture.hpp"

#include <fmt/format.h>

namespace relay::ingest {
namespace {

class proxmox_lines : public intake_test {
protected:
    /// A line of a guest's system measurement, with a timestamp; and as it leaves.
    static std::string guest(std::string_view tags, std::string_view fields) {
        return fmt::format("system,object=qemu,vmid=100,nodename=pve1,{} {} 1755785270000000000\n",
                           tags, fields);
    }
    static std::string guest_out(std::string_view host, std::string_view fields) {
        return fmt::format(
            "system,cluster=lab,host={},nodename=pve1,object=qemu,vmid=100 {} "
            "1755785270000000000\n",
            host, fields);
    }

    /// Pushes `bad` (one or more lines) between two good lines: those alone must arrive.
    void expect_refused(std::string_view bad, std::uint64_t lines) {
        const std::string before = "memory,object=nodes,host=pve1 memfree=1 1755785270000000000\n";
        const std::string after = "memory,object=nodes,host=pve1 memfree=2 1755785271000000000\n";
        const auto alone = refined(before + after);

        journal_.batches.clear();
        const auto result = push(before + std::string(bad) + after);

        EXPECT_EQ(journal_.text(), alone);
        EXPECT_EQ(result.accepted, 2U);
        EXPECT_EQ(result.rejected, lines);
        EXPECT_THAT(result.first_error, testing::StartsWith("line "));
    }
};

TEST_F(proxmox_lines, an_unnamed_guest_has_a_space_in_its_name) {
    EXPECT_EQ(refined(guest("host=VM\\ 100", R"(name="VM 100",status="stopped",uptime=0)")),
              guest_out("VM\\ 100", R"(name="VM 100",status="stopped",uptime=0)"));
}

TEST_F(proxmox_lines, numbers_keep_their_spelling) {
    EXPECT_EQ(refined("cpustat,object=nodes,host=pve1 avg1=0.00,cpu=6.25312656328164e-05,"
                      "wait=1e-07 1755785270000000000\n"),
              "cpustat,cluster=lab,host=pve1,object=nodes avg1=0.00,cpu=6.25312656328164e-05,"
              "wait=1e-07 1755785270000000000\n");
}

TEST_F(proxmox_lines, the_type_of_a_storage_is_a_tag_only_and_its_content_does_not_flip) {
    const auto storage = [](std::string_view content) {
        return fmt::format(
            "system,object=storages,nodename=pve1,host=local,type=dir active=1,content=\"{}\","
            "type=\"dir\",used=0 1755785270000000000\n",
            content);
    };

    const std::string expected =
        "system,cluster=lab,host=local,nodename=pve1,object=storages,type=dir active=1,"
        "content=\"backup,iso,vztmpl\",used=0 1755785270000000000\n";
    EXPECT_EQ(refined(storage("iso,backup,vztmpl")), expected);
    EXPECT_EQ(refined(storage("vztmpl,iso,backup")), expected);
    EXPECT_EQ(refined(storage("backup,iso,vztmpl")), expected);
    EXPECT_EQ(counters_.repeated_fields.value(), 3U);
}

TEST_F(proxmox_lines, numeric_looking_text_in_quotes_is_text) {
    EXPECT_EQ(refined(guest("host=66601", R"(name="66601",status="running",tags="2024")")),
              guest_out("66601", R"(name="66601",status="running",tags="2024")"));
}

TEST_F(proxmox_lines, a_guest_may_be_called_nan) {
    EXPECT_EQ(refined(guest("host=nan", R"(name="nan",status="running",tags="inf")")),
              guest_out("nan", R"(name="nan",status="running",tags="inf")"));
}

TEST_F(proxmox_lines, an_unescaped_comma_is_read_as_sent_and_counted) {
    EXPECT_EQ(refined(guest("host=a,b=c", R"(name="a,b=c",status="running")")),
              "system,b=c,cluster=lab,host=a,nodename=pve1,object=qemu,vmid=100 "
              "name=\"a,b=c\",status=\"running\" 1755785270000000000\n");
    EXPECT_EQ(counters_.foreign_tags.value(), 1U);
}

TEST_F(proxmox_lines, a_name_that_ends_in_a_backslash_is_refused) {
    expect_refused(guest("host=web\\", R"(name="web\",status="running")"), 1);
}

TEST_F(proxmox_lines, a_tab_in_a_name_is_a_space_in_its_tag) {
    EXPECT_EQ(refined(guest("host=tab\\ here", "name=\"tab\there\",status=\"running\"")),
              guest_out("tab\\ here", "name=\"tab\there\",status=\"running\""));
}

TEST_F(proxmox_lines, a_string_that_ends_early_is_refused) {
    expect_refused(guest("host=q\"uote", R"(lock="a\\"b",name="q\"uote")"), 1);
}

TEST_F(proxmox_lines, numbers_that_perl_knows_are_taken_and_written_so_that_all_stores_do) {
    EXPECT_EQ(refined(guest("host=n", R"(f1=+5,f2=.5,f3=5.,f4=007,f5=-0,f6=1E5,f7="0x1f",)"
                                      R"(f8="1_000",name="n")")),
              guest_out("n", R"(f1=5,f2=0.5,f3=5.0,f4=007,f5=-0,f6=1E5,f7="0x1f",)"
                             R"(f8="1_000",name="n")"));
    EXPECT_EQ(counters_.odd_spellings.value(), 1U);
}

// The grammar is the same for everybody else.
TEST_F(proxmox_lines, a_plus_is_refused_of_other_senders) {
    expect_refused("m,host=object=,a=b f=+5 1\n", 1);
    expect_refused("m,subject=qemu f=+5 1\n", 1);
    expect_refused("m,a=b s=\",object=qemu\",f=+5 1\n", 1);
    EXPECT_EQ(counters_.odd_spellings.value(), 0U);
}

TEST_F(proxmox_lines, blanks_around_a_number_are_refused) {
    expect_refused(guest("host=ws", R"(name="ws",x= 12,y=12 )"), 1);
}

TEST_F(proxmox_lines, both_halves_of_a_line_broken_by_a_newline_are_refused) {
    expect_refused(
        "system,object=qemu,vmid=109,nodename=pve1,host=nl name=\"nl\",x=12\n"
        ",y=1 1755785270000000000\n",
        2);
    expect_refused(
        "system,object=qemu,vmid=109,nodename=pve1,host=nl name=\"nl\",x=12\n"
        " 1755785270000000000\n",
        2);
}

TEST_F(proxmox_lines, a_whole_line_without_a_timestamp_is_no_half) {
    const auto result = push("memory,object=nodes,host=pve1 memfree=1\nnonsense\n");

    EXPECT_EQ(result.accepted, 1U);
    EXPECT_EQ(result.rejected, 1U);
    EXPECT_EQ(journal_.text(),
              "memory,cluster=lab,host=pve1,object=nodes memfree=1 1755785271000000000\n");
}

TEST_F(proxmox_lines, zero_but_true_is_refused) {
    expect_refused(guest("host=zbt", R"(name="zbt",x=0 but true)"), 1);
}

TEST_F(proxmox_lines, numbers_beyond_64_bits_keep_every_digit) {
    const std::string_view fields =
        R"(fl=1e+20,name="big",neg=-1,over=18446744073709551616,u64=18446744073709551615)";

    EXPECT_EQ(refined(guest("host=big", fields)), guest_out("big", fields));
}

// Two stores would read the value a=b, two refuse the line: no reading is safe.
TEST_F(proxmox_lines, an_unescaped_equals_sign_in_an_interface_name_is_refused) {
    expect_refused(
        "nics,object=nodes,host=pve1,instance=a=b receive=3,transmit=4 1755785270000000000\n", 1);
}

TEST_F(proxmox_lines, an_unescaped_comma_without_a_value_is_refused) {
    expect_refused(
        "nics,object=nodes,host=pve1,instance=eth0,1 receive=1,transmit=2 1755785270000000000\n",
        1);
}

TEST_F(proxmox_lines, a_backslash_at_the_end_of_an_interface_name_is_refused) {
    expect_refused(
        "nics,object=nodes,host=pve1,instance=q\"\\ receive=5,transmit=6 1755785270000000000\n", 1);
}

TEST_F(proxmox_lines, an_empty_instance_is_refused) {
    expect_refused("blockstat,object=qemu,vmid=1,host=a,instance= rd_bytes=1 1755785270000000000\n",
                   1);
}

TEST_F(proxmox_lines, of_a_field_given_twice_the_last_wins) {
    EXPECT_EQ(refined("blockstat,object=qemu,vmid=112,host=dup,instance=scsi0 "
                      "x=1,x=2,rd_bytes=1,x=3,a=0 1755785270000000000\n"),
              "blockstat,cluster=lab,host=dup,instance=scsi0,object=qemu,vmid=112 "
              "rd_bytes=1,x=3,a=0 1755785270000000000\n");
    EXPECT_EQ(counters_.duplicate_fields.value(), 2U);
}

TEST_F(proxmox_lines, info_that_is_all_text_passes) {
    EXPECT_EQ(refined("proxmox-support,object=qemu,vmid=113,nodename=pve1,host=b "
                      "pbs-library-version=\"1.5.2 (UNKNOWN)\" 1755785270000000000\n"),
              "proxmox-support,cluster=lab,host=b,nodename=pve1,object=qemu,vmid=113 "
              "pbs-library-version=\"1.5.2 (UNKNOWN)\" 1755785270000000000\n");
}

TEST_F(proxmox_lines, a_guest_that_migrates_keeps_the_node_in_its_identity) {
    EXPECT_EQ(refined("system,object=qemu,vmid=115,nodename=pve1,host=m netin=5 1\n"
                      "system,object=qemu,vmid=115,nodename=pve2,host=m netin=5 2\n"),
              "system,cluster=lab,host=m,nodename=pve1,object=qemu,vmid=115 netin=5 1\n"
              "system,cluster=lab,host=m,nodename=pve2,object=qemu,vmid=115 netin=5 2\n");
}

TEST_F(proxmox_lines, a_vmid_that_is_also_a_field_is_a_tag_only) {
    EXPECT_EQ(refined(guest("host=w", R"(cpu=0.01,name="w",uptime=5,vmid=100)")),
              guest_out("w", R"(cpu=0.01,name="w",uptime=5)"));
    EXPECT_EQ(counters_.repeated_fields.value(), 1U);
}

TEST_F(proxmox_lines, a_bare_name_is_text_as_it_was_spelt) {
    EXPECT_EQ(refined(guest("host=66601", "cpu=0.01,name=66601,uptime=5")),
              guest_out("66601", R"(cpu=0.01,name="66601",uptime=5)"));
    EXPECT_EQ(refined(guest("host=1e5", "cpu=0.01,name=1e5,uptime=5")),
              guest_out("1e5", R"(cpu=0.01,name="1e5",uptime=5)"));
    EXPECT_EQ(refined(guest("host=007", "cpu=0.01,name=007,uptime=5")),
              guest_out("007", R"(cpu=0.01,name="007",uptime=5)"));
    EXPECT_EQ(counters_.retyped_fields.value(), 3U);
}

TEST_F(proxmox_lines, a_name_that_perl_took_for_no_number_comes_from_the_host_tag) {
    EXPECT_EQ(refined(guest("host=nan", R"(cpu=0.01,status="running",uptime=5)")),
              guest_out("nan", R"(cpu=0.01,name="nan",status="running",uptime=5)"));
    EXPECT_EQ(counters_.filled_names.value(), 1U);
}

// Without the status it is not the line that Proxmox sends, and nothing is certain.
TEST_F(proxmox_lines, a_name_is_put_only_where_proxmox_left_it_out) {
    for (const auto* line : {
             "system,host=a,object=qemu,vmid=1 uptime=5 1\n",
             "system,host=a,object=qemu status=\"running\" 1\n",
             "system,object=qemu,vmid=1 status=\"running\" 1\n",
             "system,host=a,object=nodes,vmid=1 status=\"running\" 1\n",
             "blockstat,host=a,object=qemu,vmid=1 status=\"running\" 1\n",
         }) {
        const auto expected =
            std::string(line).replace(std::string_view(line).find(','), 1, ",cluster=lab,");
        EXPECT_EQ(refined(line), expected);
    }
    EXPECT_EQ(counters_.filled_names.value(), 0U);
}

TEST_F(proxmox_lines, a_bare_tag_list_is_text) {
    EXPECT_EQ(refined(guest("host=w", "tags=2024,uptime=5")),
              guest_out("w", R"(tags="2024",uptime=5)"));
    EXPECT_EQ(refined(guest("host=w", R"(tags="2024;prod",uptime=15)")),
              guest_out("w", R"(tags="2024;prod",uptime=15)"));
}

TEST_F(proxmox_lines, other_senders_may_have_numbers_of_those_names) {
    EXPECT_EQ(refined("system,host=a name=1,status=2,tags=3,type=4 1\n"),
              "system,cluster=lab,host=a name=1,status=2,tags=3,type=4 1\n");
}

class false_zeros : public proxmox_lines {
protected:
    static constexpr std::string_view hung =
        R"(cpu=0.01,diskread=0,diskwrite=0,name="h",status="running",uptime=110)";
    static constexpr std::string_view mended = R"(cpu=0.01,name="h",status="running",uptime=110)";

    static std::string blockstat(std::string_view vmid) {
        return fmt::format(
            "blockstat,object=qemu,vmid={},nodename=pve1,host=h,instance=scsi0 rd_bytes=0 "
            "1755785270000000000\n",
            vmid);
    }
};

TEST_F(false_zeros, counters_of_a_hung_guest_are_left_out) {
    EXPECT_EQ(refined(guest("host=h", hung)), guest_out("h", mended));
    EXPECT_EQ(counters_.false_zeros.value(), 2U);
}

TEST_F(false_zeros, counters_that_are_not_zero_stay) {
    const std::string_view fields =
        R"(cpu=0.01,diskread=0,diskwrite=5,name="h",status="running",uptime=110)";
    EXPECT_EQ(refined(guest("host=h", fields)), guest_out("h", fields));
}

TEST_F(false_zeros, zeros_stay_where_the_block_devices_answered) {
    EXPECT_THAT(refined(blockstat("100") + guest("host=h", hung)),
                testing::EndsWith(guest_out("h", hung)));
}

TEST_F(false_zeros, the_block_devices_of_another_guest_say_nothing) {
    EXPECT_THAT(refined(blockstat("99") + guest("host=h", hung)),
                testing::EndsWith(guest_out("h", mended)));
}

TEST_F(false_zeros, a_guest_that_has_just_started_or_is_stopped_has_read_nothing) {
    for (const auto* fields : {
             R"(diskread=0,diskwrite=0,name="h",status="running",uptime=20)",
             R"(diskread=0,diskwrite=0,name="h",status="stopped",uptime=110)",
             R"(diskread=0,diskwrite=0,name="h",status="running")",
         }) {
        EXPECT_EQ(refined(guest("host=h", fields)), guest_out("h", fields));
    }
}

// A container's zeros are true on ZFS, and it never has block devices.
TEST_F(false_zeros, containers_keep_theirs) {
    EXPECT_EQ(refined(fmt::format("system,host=h,object=lxc,vmid=100 {} 1\n", hung)),
              fmt::format("system,cluster=lab,host=h,object=lxc,vmid=100 {} 1\n", hung));
}

// A datagram ends anywhere: that there are no block devices in it means nothing.
TEST_F(false_zeros, datagrams_keep_theirs) {
    intake_->datagram(lab, guest("host=h", hung), noon, "192.0.2.1");
    intake_->flush_all();

    EXPECT_EQ(journal_.text(), guest_out("h", hung));
}

TEST_F(proxmox_lines, a_null_of_backup_server_is_left_out) {
    EXPECT_EQ(refined("cpustat,host=pbs1,object=host cpu=null,cpu_count=16 1755785270000000000\n"),
              "cpustat,cluster=lab,host=pbs1,object=host cpu_count=16 1755785270000000000\n");
    expect_refused("cpustat,host=pbs1,object=host cpu=null 1755785270000000000\n", 1);
}

TEST_F(proxmox_lines, the_tags_of_backup_server_are_sorted) {
    const std::string expected =
        "nics,cluster=lab,host=pbs1,instance=eth0\\,1,object=host device=\"eth0,1\",receive=1 5\n";

    EXPECT_EQ(refined("nics,instance=eth0\\,1,object=host,host=pbs1 "
                      "device=\"eth0,1\",receive=1 5\n"),
              expected);
    EXPECT_EQ(refined("nics,host=pbs1,object=host,instance=eth0\\,1 "
                      "device=\"eth0,1\",receive=1 5\n"),
              expected);
    EXPECT_EQ(refined("blockstat,datastore=my\\ store,host=pbs1,object=host total=1,used=0 5\n"),
              "blockstat,cluster=lab,datastore=my\\ store,host=pbs1,object=host total=1,used=0 "
              "5\n");
}

}  // namespace
}  // namespace relay::ingest
