// What a Proxmox Backup Server says of itself: versions 2.2 to 4.
#pragma once

#include "relay/schema/field_row.hpp"

namespace relay::schema {

// Here user and nice hold guest time.
inline constexpr field_row backup_cpustat_rows[] = {
    gauge("avg1", unit::none, "load1", "Load average over one minute."),
    gauge("avg15", unit::none, "load15", "Load average over fifteen minutes."),
    gauge("avg5", unit::none, "load5", "Load average over five minutes."),
    gauge("cpu", unit::ratio, "cpu_usage",
          "Share of all processors that was busy in the last ten seconds."),
    gauge("cpu_count", unit::none, "cpus", "Logical processors."),
    unused("guest", unit::ticks, "cpu_guest", "In `user` already."),
    unused("guest_nice", unit::ticks, "cpu_guest_nice", "In `nice` already."),
    counter("idle", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "idle"),
    counter("iowait", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "iowait"),
    gauge("iowait_percent", unit::ratio, "cpu_iowait",
          "Share of all processors that waited for I/O in the last ten seconds: a ratio, whatever "
          "its field is called."),
    counter("irq", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "irq"),
    counter("nice", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "nice"),
    counter("softirq", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "softirq"),
    counter("steal", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "steal"),
    counter("system", unit::ticks, "cpu", "Processor time since boot, by mode.")
        .with("mode", "system"),
    counter("total", unit::ticks, "cpu_all", "Processor time since boot, of all modes together."),
    counter("user", unit::ticks, "cpu", "Processor time since boot, by mode.").with("mode", "user"),
};

inline constexpr field_row backup_memory_rows[] = {
    gauge("memavailable", unit::bytes, "memory_available",
          "Memory that can be given to programs without swapping.", "PBS before 3.4"),
    gauge("memfree", unit::bytes, "memory_free", "Memory that nothing uses."),
    gauge("memshared", unit::bytes, "memory_ksm_shared", "Memory shared since it holds the same."),
    gauge("memtotal", unit::bytes, "memory_size", "Memory of the server."),
    gauge("memused", unit::bytes, "memory_used", "Memory in use."),
    gauge("swapfree", unit::bytes, "swap_free", "Swap that is free."),
    gauge("swaptotal", unit::bytes, "swap_size", "Swap of the server."),
    gauge("swapused", unit::bytes, "swap_used", "Swap in use."),
};

inline constexpr field_row backup_nics_rows[] = {
    repeated("device", "device", "Repeats the label `device`."),
    counter("receive", unit::bytes, "network_receive",
            "Bytes received by the interface since it was made."),
    counter("send", unit::bytes, "network_transmit",
            "Bytes sent by the interface since it was made."),
    text("ty", "network", "kind", "Physical or Virtual", "PBS before 4"),
};

namespace detail {

inline constexpr std::string_view no_block_device =
    "the file system has no block device of its own (NFS, S3)";

}  // namespace detail

inline constexpr field_row backup_root_rows[] = {
    gauge("avail", unit::bytes, "root_available", "Free space of the root file system."),
    counter("io_ticks", unit::seconds, "root_io",
            "Time in which the disk of the root file system was busy, in whole seconds.",
            detail::no_block_device),
    counter("read_bytes", unit::bytes, "root_read", "Bytes read from the root file system's disk.",
            detail::no_block_device),
    counter("read_ios", unit::none, "root_reads", "Reads from the root file system's disk.",
            detail::no_block_device),
    gauge("total", unit::bytes, "root_size", "Size of the root file system."),
    gauge("used", unit::bytes, "root_used", "Used space of the root file system."),
    counter("write_bytes", unit::bytes, "root_written",
            "Bytes written to the root file system's disk.", detail::no_block_device),
    counter("write_ios", unit::none, "root_writes", "Writes to the root file system's disk.",
            detail::no_block_device),
};

// A datastore in maintenance or not mounted is not sent.
inline constexpr field_row datastore_rows[] = {
    gauge("avail", unit::bytes, "available", "Free space of the datastore."),
    counter("io_ticks", unit::seconds, "io",
            "Time in which the datastore's disk was busy, in whole seconds.",
            detail::no_block_device),
    counter("read_bytes", unit::bytes, "read", "Bytes read from the datastore's disk.",
            detail::no_block_device),
    counter("read_ios", unit::none, "reads", "Reads from the datastore's disk.",
            detail::no_block_device),
    gauge("total", unit::bytes, "size", "Size of the datastore."),
    gauge("used", unit::bytes, "used", "Used space of the datastore."),
    counter("write_bytes", unit::bytes, "written", "Bytes written to the datastore's disk.",
            detail::no_block_device),
    counter("write_ios", unit::none, "writes", "Writes to the datastore's disk.",
            detail::no_block_device),
};

}  // namespace relay::schema
