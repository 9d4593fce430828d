// A backup run's log tells how each of its guests fared. The lines are those that vzdump, vma and
// proxmox-backup-client write.
#include "relay/topology/vzdump_log.hpp"

#include <gmock/gmock.h>

namespace relay::topology {
namespace {

/// Ended at 02:10:01 of a node two hours ahead of UTC.
const task nightly{.started_s = 1'755'734'400, .ended_s = 1'755'735'001, .result = task_result::ok};

task with_result(task_result result) {
    task run = nightly;
    run.result = result;
    return run;
}

constexpr std::string_view two_guests =
    R"(INFO: starting new backup job: vzdump --all 1 --mode snapshot
INFO: skip external VMs: 300, 301
INFO: Starting Backup of VM 100 (qemu)
INFO: Backup started at 2025-08-21 02:00:04
INFO: status = running
INFO: transferred 10.00 GiB in 69 seconds (148.4 MiB/s)
INFO: archive file size: 834MB
INFO: adding notes to backup
INFO: Finished Backup of VM 100 (00:01:12)
INFO: Backup finished at 2025-08-21 02:01:16
INFO: Starting Backup of VM 101 (qemu)
INFO: Backup started at 2025-08-21 02:01:16
ERROR: Backup of VM 101 failed - unable to find VM '101'
INFO: Failed at 2025-08-21 02:01:17
INFO: Starting Backup of VM 200 (lxc)
INFO: Backup started at 2025-08-21 02:01:17
WARN: file changed as we read it
INFO: root.pxar: had to backup 479.821 MiB of 2.25 GiB (compressed 120.488 MiB) in 9.1 s
INFO: mp0.pxar: had to backup 1 MiB of 256 MiB (compressed 1 MiB) in 0.1 s
INFO: Finished Backup of VM 200 (01:02:03)
INFO: Backup finished at 2025-08-21 02:09:58
INFO: Backup job finished with errors
TASK ERROR: job errors
)";

TEST(vzdump_log, tells_how_each_guest_fared) {
    const auto runs = read_vzdump_log(two_guests, with_result(task_result::failed));

    ASSERT_EQ(runs.size(), 3u);
    EXPECT_EQ(runs[0].id, (guest_id{guest_kind::qemu, 100}));
    EXPECT_EQ(runs[0].result, task_result::ok);
    EXPECT_EQ(runs[0].duration_s, 72.0);
    EXPECT_EQ(runs[0].size_bytes, 834u << 20);  // the archive, not what was read for it
    EXPECT_EQ(runs[1].id.vmid, 101u);
    EXPECT_EQ(runs[1].result, task_result::failed);
    EXPECT_FALSE(runs[1].duration_s);
    EXPECT_EQ(runs[2].id, (guest_id{guest_kind::lxc, 200}));
    EXPECT_EQ(runs[2].result, task_result::warnings);
    EXPECT_EQ(runs[2].duration_s, 3'723.0);
    EXPECT_EQ(runs[2].size_bytes, (2'304u + 256u) << 20);
}

TEST(vzdump_log, times_are_of_the_node_s_zone_whatever_that_is) {
    const auto runs = read_vzdump_log(two_guests, nightly);

    ASSERT_EQ(runs.size(), 3u);
    EXPECT_EQ(runs[0].ended_s, nightly.ended_s - 8 * 60 - 45);
    EXPECT_EQ(runs[2].ended_s, nightly.ended_s - 3);
}

TEST(vzdump_log, without_times_a_run_ended_with_its_task) {
    const auto runs = read_vzdump_log(
        "INFO: Starting Backup of VM 100 (qemu)\nINFO: Finished Backup of VM 100 (00:00:05)\n",
        nightly);
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].ended_s, nightly.ended_s);
}

TEST(vzdump_log, a_guest_that_was_begun_and_never_ended_failed_with_its_task) {
    constexpr std::string_view cut =
        "INFO: Starting Backup of VM 100 (qemu)\nINFO: status = running\n";
    const auto runs = read_vzdump_log(cut, with_result(task_result::failed));
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].result, task_result::failed);
    // Of a task that went well nothing is made up.
    EXPECT_TRUE(read_vzdump_log(cut, nightly).empty());
}

TEST(vzdump_log, a_guest_of_another_node_was_skipped_and_is_not_a_success) {
    EXPECT_TRUE(read_vzdump_log("INFO: starting new backup job: vzdump 100\n"
                                "INFO: skip external VMs: 100\n"
                                "INFO: Backup job finished successfully\nTASK OK\n",
                                nightly)
                    .empty());
}

TEST(vzdump_log, anything_else_is_nothing) {
    for (const auto* odd :
         {"", "\n\n", "no content", "INFO: Starting Backup of VM \n", "INFO: Finished Backup of VM",
          "INFO: Backup finished at \n", "INFO: archive file size: 1GB\n",
          "ERROR: Backup of VM x failed", "INFO: Finished Backup of VM 100 (00:00:01)\n"}) {
        EXPECT_TRUE(read_vzdump_log(odd, nightly).empty()) << odd;
    }
}

TEST(vzdump_log, a_garbled_duration_or_size_costs_only_itself) {
    const auto runs = read_vzdump_log(
        "INFO: Starting Backup of VM 100 (qemu)\nINFO: archive file size: -1e400XB\n"
        "INFO: Finished Backup of VM 100 (soon)\nINFO: Backup finished at yesterday\n",
        nightly);
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].result, task_result::ok);
    EXPECT_FALSE(runs[0].duration_s);
    EXPECT_FALSE(runs[0].size_bytes);
    EXPECT_EQ(runs[0].ended_s, nightly.ended_s);
}

}  // namespace
}  // namespace relay::topology
