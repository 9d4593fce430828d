// What a Proxmox VE node says of itself (pvestatd, ProcFSTools, Filesys::Df): versions 7 to 9.
#pragma once

#include "relay/schema/field_row.hpp"

namespace relay::schema {

inline constexpr field_row node_system_rows[] = {
    gauge("uptime", unit::seconds, "uptime", "Time since the node booted."),
};

// user and nice do not hold guest time since pve-common 7.1-1.
inline constexpr field_row node_cpustat_rows[] = {
    gauge("avg1", unit::none, "load1", "Load average over one minute."),
    gauge("avg15", unit::none, "load15", "Load average over fifteen minutes."),
    gauge("avg5", unit::none, "load5", "Load average over five minutes."),
    gauge("cpu", unit::ratio, "cpu_usage",
          "Share of all processors that was busy in the last ten seconds; 0 in the first sample "
          "after "
          "pvestatd was started."),
    gauge("cpus", unit::none, "cpus", "Logical processors."),
    unused("ctime", unit::timestamp, "cpu_read", "When the processor times were read."),
    counter("guest", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "guest"),
    counter("guest_nice", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "guest_nice"),
    counter("idle", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "idle"),
    counter("iowait", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "iowait"),
    counter("irq", unit::ticks, "cpu", "Processor time since boot, by mode.", "PVE before 7.0-6")
        .with("mode", "irq"),
    counter("nice", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "nice"),
    counter("softirq", unit::ticks, "cpu", "Processor time since boot, by mode.",
            "PVE before 7.0-6")
        .with("mode", "softirq"),
    counter("steal", unit::ticks, "cpu", "Processor time since boot, by mode.", "PVE before 7.0-6")
        .with("mode", "steal"),
    unused("sum", unit::none, "cpu_nothing", "Always 0."),
    counter("system", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "system"),
    counter("total", unit::ticks, "cpu_all", "Processor time since boot, of all modes together.",
            "PVE before 7.1-1"),
    counter("used", unit::ticks, "cpu_busy",
            "Processor time since boot that was neither idle nor waiting for I/O; guests' time is "
            "in it."),
    counter("user", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "user"),
    gauge("wait", unit::ratio, "cpu_iowait",
          "Share of all processors that waited for I/O in the last ten seconds; may be slightly "
          "below "
          "0, because the kernel's counter is."),
};

inline constexpr field_row node_memory_rows[] = {
    gauge("arcmax", unit::bytes, "zfs_arc_size_max", "Size that ZFS's cache may grow to.",
          "PVE before 9.0.11"),
    gauge("arcmin", unit::bytes, "zfs_arc_size_min", "Size that ZFS's cache never shrinks below.",
          "PVE before 9.0.11"),
    gauge("arcsize", unit::bytes, "zfs_arc_size", "Size of ZFS's cache; 0 without ZFS.",
          "PVE before 7.4-1"),
    gauge("memavailable", unit::bytes, "memory_available",
          "Memory that can be given to programs without swapping.", "PVE before 8.4"),
    gauge("memfree", unit::bytes, "memory_free", "Memory that nothing uses."),
    gauge("memshared", unit::bytes, "memory_ksm_shared",
          "Memory that guests share since it holds the same (KSM)."),
    gauge("memtotal", unit::bytes, "memory_size", "Memory of the node."),
    gauge(
        "memused", unit::bytes, "memory_used",
        "Memory in use: size less what is available; before PVE 8.4 less free memory, buffers and "
        "cache."),
    gauge("swapfree", unit::bytes, "swap_free", "Swap that is free."),
    gauge("swaptotal", unit::bytes, "swap_size", "Swap of the node."),
    gauge("swapused", unit::bytes, "swap_used", "Swap in use."),
};

// df of the root file system. What is left out repeats others: user_* is what is not reserved,
// su_* what root sees.
inline constexpr field_row node_blockstat_rows[] = {
    gauge("bavail", unit::bytes, "root_available",
          "Free space of the root file system that is not reserved for root."),
    gauge("bfree", unit::bytes, "root_free", "Free space of the root file system."),
    gauge("blocks", unit::bytes, "root_size", "Size of the root file system."),
    unused("favail", unit::none, "root_files_available", "Repeats ffree on most file systems.",
           "file systems without inode counts, as btrfs"),
    gauge("ffree", unit::none, "root_files_free", "Inodes of the root file system that are free.",
          "file systems without inode counts, as btrfs"),
    gauge("files", unit::none, "root_files", "Inodes of the root file system.",
          "file systems without inode counts, as btrfs"),
    unused("fper", unit::percent, "root_files_usage", "Follows from fused and files.",
           "file systems without inode counts, as btrfs"),
    unused("fused", unit::none, "root_files_used", "Follows from ffree and files.",
           "file systems without inode counts, as btrfs"),
    unused("per", unit::percent, "root_usage", "Follows from used and blocks."),
    unused("su_bavail", unit::bytes, "root_su_available", "Repeats bfree."),
    unused("su_blocks", unit::bytes, "root_su_size", "Repeats blocks."),
    unused("su_favail", unit::none, "root_su_files_available", "Repeats ffree.",
           "file systems without inode counts, as btrfs"),
    unused("su_files", unit::none, "root_su_files", "Repeats files.",
           "file systems without inode counts, as btrfs"),
    gauge("used", unit::bytes, "root_used", "Used space of the root file system."),
    unused("user_bavail", unit::bytes, "root_user_available", "Repeats bavail."),
    unused("user_blocks", unit::bytes, "root_user_size",
           "Follows from blocks and what is reserved.", "an empty file system"),
    unused("user_favail", unit::none, "root_user_files_available", "Repeats favail.",
           "file systems without inode counts, as btrfs"),
    unused("user_files", unit::none, "root_user_files", "Repeats files.",
           "file systems without inode counts, as btrfs"),
    unused("user_fused", unit::none, "root_user_files_used", "Repeats fused.",
           "file systems without inode counts, as btrfs"),
    unused("user_used", unit::bytes, "root_user_used", "Repeats used.", "an empty file system"),
};

inline constexpr field_row node_nics_rows[] = {
    counter("receive", unit::bytes, "network_receive",
            "Bytes received by the interface since it was made."),
    counter("transmit", unit::bytes, "network_transmit",
            "Bytes sent by the interface since it was made."),
    text("type", "network", "kind",
         "physical or virtual; a new card is virtual for up to fifteen minutes", "PVE before 9.0"),
};

}  // namespace relay::schema
