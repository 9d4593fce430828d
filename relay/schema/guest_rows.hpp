// What a node says of its guests (QemuServer::vmstatus, LXC::vmstatus, QMP): versions 7 to 9.
#pragma once

#include "relay/schema/field_row.hpp"
#include "relay/schema/states.hpp"

namespace relay::schema {

namespace detail {

inline constexpr std::string_view stopped = "the guest is stopped";
inline constexpr std::string_view no_pressure =
    "PVE before 9.0, or the guest is stopped; a container's also where the kernel does not measure "
    "pressure";
inline constexpr std::string_view no_qmp = "the guest is stopped, or QEMU does not answer";
inline constexpr std::string_view no_io =
    "the guest is stopped or QEMU does not answer; qemu-server before 9.0.23 sends 0 instead, "
    "which "
    "the relay leaves out where it can tell";
inline constexpr std::string_view no_balloon_driver = "the guest's balloon driver does not report";
inline constexpr std::string_view no_zones = "QEMU before 8.1";
inline constexpr std::string_view no_such_count = "the guest's balloon driver does not report it";

}  // namespace detail

// Of both kinds of guests. A virtual machine's `mem` is what the guest uses by its own account
// where its balloon driver reports, else what its processes take on the host: before PVE 9 an
// estimate.
inline constexpr field_row guest_system_rows[] = {
    gauge("balloon", unit::bytes, "memory_balloon", "Memory that the balloon leaves to the guest.",
          "no balloon device, or QEMU does not answer; containers"),
    gauge("balloon_min", unit::bytes, "memory_balloon_min",
          "Memory that the balloon always leaves to the guest.", "no minimum is configured"),
    gauge(
        "cpu", unit::ratio, "cpu_usage",
        "Share of the guest's own processors that was busy; 0 in the first sample after the guest "
        "or pvestatd was started."),
    gauge("cpus", unit::none, "cpus", "Processors that the guest may use."),
    counter(
        "diskread", unit::bytes, "io_read",
        "Bytes read by the guest from all its block devices together since it was started. Stays "
        "0 for containers on some storages, as ZFS.",
        detail::no_io),
    counter("diskwrite", unit::bytes, "io_written",
            "Bytes written by the guest to all its block devices together since it was started. "
            "Stays 0 for containers on some storages, as ZFS.",
            detail::no_io),
    gauge("freemem", unit::bytes, "memory_free", "Memory that is free inside the guest.",
          detail::no_balloon_driver),
    state("lock", "lock", lock_states, "What holds the guest's configuration locked.",
          "it is not locked"),
    gauge("maxdisk", unit::bytes, "disk_size",
          "Size of a virtual machine's boot disk, of a container's root file system."),
    gauge("maxmem", unit::bytes, "memory_size", "Memory that the guest may use."),
    gauge(
        "mem", unit::bytes, "memory_used",
        "Memory in use inside the guest: by its own account where its balloon driver reports, else "
        "what its processes take on the host. An estimate before PVE 9; 0 when stopped."),
    gauge("memhost", unit::bytes, "memory_host", "Memory that the guest takes on its host.",
          "PVE before 9.0; containers"),
    repeated("name", "name", "Repeats the label `name`."),
    counter("netin", unit::bytes, "network_receive",
            "Bytes received by the guest on all its network cards together."),
    counter("netout", unit::bytes, "network_transmit",
            "Bytes sent by the guest on all its network cards together."),
    unused("pid", unit::none, "process_id", "Process on the host that runs the guest.",
           detail::stopped),
    gauge("pressurecpufull", unit::percent, "pressure_cpu_full",
          "Share of the last ten seconds in which all of the guest's tasks waited for a processor.",
          detail::no_pressure),
    gauge(
        "pressurecpusome", unit::percent, "pressure_cpu_some",
        "Share of the last ten seconds in which some of the guest's tasks waited for a processor.",
        detail::no_pressure),
    gauge("pressureiofull", unit::percent, "pressure_io_full",
          "Share of the last ten seconds in which all of the guest's tasks waited for I/O.",
          detail::no_pressure),
    gauge("pressureiosome", unit::percent, "pressure_io_some",
          "Share of the last ten seconds in which some of the guest's tasks waited for I/O.",
          detail::no_pressure),
    gauge("pressurememoryfull", unit::percent, "pressure_memory_full",
          "Share of the last ten seconds in which all of the guest's tasks waited for memory.",
          detail::no_pressure),
    gauge("pressurememorysome", unit::percent, "pressure_memory_some",
          "Share of the last ten seconds in which some of the guest's tasks waited for memory.",
          detail::no_pressure),
    state("qmpstatus", "qmp_status", qemu_states,
          "State of a virtual machine as QEMU reports it; its process state where QEMU does not "
          "answer.",
          "containers"),
    text("running-machine", "qemu", "machine", "machine type that it runs with",
         "no answer from QEMU; containers"),
    text("running-qemu", "qemu", "version", "version of QEMU that it runs with",
         "no answer from QEMU; containers"),
    unused("serial", unit::none, "serial_console", "1 where the guest has a serial console.",
           "it has none"),
    gauge("shares", unit::none, "memory_shares", "Weight of the guest when memory is shared out.",
          "no minimum of memory is configured"),
    state("status", "status", guest_states, "Whether the guest's process runs."),
    text("tags", "info", "tags", "its tags, separated by semicolons", "it has none"),
    word("template", "info", "template", "1 where it is a template", "it is none"),
    repeated("type", "type", "Repeats the label `type`.", "virtual machines"),
    gauge("uptime", unit::seconds, "uptime", "Time since the guest was started; 0 when stopped."),
    unused("vmid", unit::none, "vmid", "Repeats the label `vmid`.", "PVE since 7.0-2"),
};

/// Of virtual machines alone.
inline constexpr field_row qemu_system_rows[] = {
    unused("disk", unit::bytes, "disk_used",
           "Always 0: nobody knows what a guest uses of its disk."),
};

/// Of containers alone.
inline constexpr field_row lxc_system_rows[] = {
    gauge("disk", unit::bytes, "disk_used",
          "Used space of the container's root file system; 0 when stopped."),
    gauge("maxswap", unit::bytes, "swap_size", "Swap that the container may use."),
    gauge("swap", unit::bytes, "swap_used", "Swap that the container uses; 0 when stopped."),
};

inline constexpr field_row qemu_ballooninfo_rows[] = {
    gauge("actual", unit::bytes, "balloon_size", "Memory that the balloon leaves to the guest."),
    gauge("free_mem", unit::bytes, "balloon_guest_free", "Memory that is free inside the guest.",
          detail::no_balloon_driver),
    gauge("last_update", unit::timestamp, "balloon_report",
          "When the guest's balloon driver reported last: an old report says nothing of now.",
          detail::no_balloon_driver),
    counter("major_page_faults", unit::none, "balloon_major_page_faults",
            "Page faults of the guest that needed I/O.", detail::no_such_count),
    gauge("max_mem", unit::bytes, "balloon_size_max",
          "Memory that the balloon can give the guest."),
    counter("mem_swapped_in", unit::bytes, "balloon_swapped_in", "Bytes swapped in by the guest.",
            detail::no_such_count),
    counter("mem_swapped_out", unit::bytes, "balloon_swapped_out",
            "Bytes swapped out by the guest.", detail::no_such_count),
    counter("minor_page_faults", unit::none, "balloon_minor_page_faults",
            "Page faults of the guest that needed no I/O.", detail::no_such_count),
    gauge("total_mem", unit::bytes, "balloon_guest_memory", "Memory that the guest sees.",
          detail::no_balloon_driver),
};

// QMP's query-blockstats. All counters begin at 0 with each start and each live migration.
inline constexpr field_row qemu_blockstat_rows[] = {
    counter("failed_flush_operations", unit::none, "disk_failed_flushes", "Flushes that failed."),
    counter("failed_rd_operations", unit::none, "disk_failed_reads", "Reads that failed."),
    counter("failed_unmap_operations", unit::none, "disk_failed_unmaps", "Unmaps that failed."),
    counter("failed_wr_operations", unit::none, "disk_failed_writes", "Writes that failed."),
    unused("failed_zone_append_operations", unit::none, "disk_failed_zone_appends", "Always 0.",
           detail::no_zones),
    counter("flush_operations", unit::none, "disk_flushes", "Flushes of the drive."),
    counter("flush_total_time_ns", unit::nanoseconds, "disk_flush",
            "Time spent on flushes: divided by their number it is their latency."),
    gauge("idle_time_ns", unit::nanoseconds, "disk_idle", "Time since the last access.",
          "nothing was read or written yet"),
    unused("invalid_flush_operations", unit::none, "disk_invalid_flushes",
           "Flushes that the guest asked for wrongly."),
    unused("invalid_rd_operations", unit::none, "disk_invalid_reads",
           "Reads that the guest asked for wrongly."),
    unused("invalid_unmap_operations", unit::none, "disk_invalid_unmaps",
           "Unmaps that the guest asked for wrongly."),
    unused("invalid_wr_operations", unit::none, "disk_invalid_writes",
           "Writes that the guest asked for wrongly."),
    unused("invalid_zone_append_operations", unit::none, "disk_invalid_zone_appends", "Always 0.",
           detail::no_zones),
    counter("rd_bytes", unit::bytes, "disk_read", "Bytes read from the drive."),
    unused("rd_merged", unit::none, "disk_merged_reads",
           "Always 0 with the drives that PVE makes."),
    counter("rd_operations", unit::none, "disk_reads", "Reads from the drive."),
    counter("rd_total_time_ns", unit::nanoseconds, "disk_read",
            "Time spent on reads: divided by their number it is their latency."),
    counter("unmap_bytes", unit::bytes, "disk_unmapped", "Bytes that the guest gave back."),
    unused("unmap_merged", unit::none, "disk_merged_unmaps",
           "Always 0 with the drives that PVE makes."),
    counter("unmap_operations", unit::none, "disk_unmaps", "Unmaps (discards) on the drive."),
    counter("unmap_total_time_ns", unit::nanoseconds, "disk_unmap",
            "Time spent on unmaps: divided by their number it is their latency."),
    counter("wr_bytes", unit::bytes, "disk_written", "Bytes written to the drive."),
    gauge("wr_highest_offset", unit::bytes, "disk_highest_write_offset",
          "Highest place of the drive that was written to since the guest was started."),
    unused("wr_merged", unit::none, "disk_merged_writes",
           "Always 0 with the drives that PVE makes."),
    counter("wr_operations", unit::none, "disk_writes", "Writes to the drive."),
    counter("wr_total_time_ns", unit::nanoseconds, "disk_write",
            "Time spent on writes: divided by their number it is their latency."),
    unused("zone_append_bytes", unit::bytes, "disk_zone_appended", "Always 0.", detail::no_zones),
    unused("zone_append_merged", unit::none, "disk_merged_zone_appends", "Always 0.",
           detail::no_zones),
    unused("zone_append_operations", unit::none, "disk_zone_appends", "Always 0.",
           detail::no_zones),
    unused("zone_append_total_time_ns", unit::nanoseconds, "disk_zone_append", "Always 0.",
           detail::no_zones),
};

inline constexpr field_row guest_nics_rows[] = {
    counter("netin", unit::bytes, "nic_receive",
            "Bytes received by the guest on this network card."),
    counter("netout", unit::bytes, "nic_transmit", "Bytes sent by the guest on this network card."),
};

inline constexpr field_row qemu_support_rows[] = {
    text("pbs-library-version", "backup_library", "version",
         "version of the library that its QEMU was started with", "no answer from QEMU"),
};

}  // namespace relay::schema
