"""Backups and Replication: whose data would be lost tonight."""

from boards.guest import OLD
from boards.words import GUEST, OF_GUEST, TO_GUEST, WITHOUT_API
from dashboards import Dashboard, Row
from influx import Ask
from panels import BAD_WHEN_ANY, BUSY, GREEN, ORANGE, RED, Info, bars, graph, stat, table

NONE_SEEN = "none seen, or the relay does not ask the API"
NO_REPLICATION = "no replication"
NO_SERVER = "no Backup Server pushes here"
FAILURES = ((None, GREEN), (1, ORANGE), (3, RED))

states = Row("", [
    stat("In no backup job", [("sum(1 - proxmox_ve_guest_in_backup_job)", "")],
         [Ask("relay_guest_info", "guests", {"none": "1.0 - in_backup_job"}, across="sum")],
         steps=((None, GREEN), (1, ORANGE)), empty=WITHOUT_API),
    stat("Last backup failed",
         [('sum(proxmox_ve_guest_backup_last_result{state="failed"})', "")], [],
         steps=BAD_WHEN_ANY, empty=NONE_SEEN),
    stat("Oldest backup", [("max(proxmox_ve_guest_backup_age_seconds)", "")],
         [Ask("relay_backup", "guests", {"age": "age_seconds"}, across="max")],
         unit="s", steps=OLD, empty=NONE_SEEN, about="Of those that succeeded."),
    stat("All backups", [("sum(proxmox_ve_guest_backup_size_bytes)", "")],
         [Ask("relay_backup", "guests", {"size": "size_bytes"}, across="sum")],
         unit="bytes", empty=NONE_SEEN, about="The last of every guest."),
    stat("Replications failing", [("count(proxmox_ve_guest_replication_failures > 0) or vector(0)", "")],
         [], steps=BAD_WHEN_ANY, empty=NO_REPLICATION),
    stat("Failures in a row", [("max(proxmox_ve_guest_replication_failures)", "")],
         [Ask("relay_replication", "guests", {"failures": "failures"}, across="max",
              plus=("instance",))],
         steps=FAILURES, empty=NO_REPLICATION, about="Of the replication that fails most."),
])

backups = Row("Backups", [
    table("Guests", [("Age", "proxmox_ve_guest_backup_age_seconds"),
                     ("Took", "proxmox_ve_guest_backup_duration_seconds"),
                     ("Size", "proxmox_ve_guest_backup_size_bytes"),
                     Info("proxmox_ve_guest_backup_last_result == 1", {"state": "Result"})],
          [Ask("relay_backup", "guests", {"Age": "age_seconds", "Took": "duration_seconds",
                                          "Size": "size_bytes", "Result": "last_result"},
               by=OF_GUEST)],
          keys=GUEST,
          columns={"Result": ("", {"ok": ("ok", GREEN), "warnings": ("warnings", ORANGE),
                                   "failed": ("failed", RED)}, ()),
                   "Age": ("s", {}, OLD), "Took": "s", "Size": "bytes"},
          worst=("Age", True), height=10, links=TO_GUEST, empty=NONE_SEEN),
    table("In no backup job", [("Job", "proxmox_ve_guest_in_backup_job == 0")],
          [Ask("relay_guest_info", "guests", {"Job": "in_backup_job"}, by=OF_GUEST,
               only="Job == 0.0")],
          keys=GUEST, columns={"Job": ("", {0: ("in none", ORANGE)}, ())},
          worst=("Guest", False), width=12, links=TO_GUEST, empty="all are in a job"),
    bars("Longest", [("topk(15, max by (name) (proxmox_ve_guest_backup_duration_seconds))",
                      "{{name}}")],
         [Ask("relay_backup", "guests", {"took": "duration_seconds"}, by=("vmid", "host"),
              legend="{host}")],
         unit="s", width=12, height=9, empty=NONE_SEEN),
])

replication = Row("Replication", [
    table("Replications",
          [("Failures", "proxmox_ve_guest_replication_failures"),
           ("Last", "proxmox_ve_guest_replication_last_sync_timestamp_seconds * 1000"),
           ("Next", "proxmox_ve_guest_replication_next_sync_timestamp_seconds * 1000"),
           ("Took", "proxmox_ve_guest_replication_duration_seconds"),
           Info("proxmox_ve_guest_replication_info", {"target": "To", "error": "Error"})],
          [Ask("relay_replication", "guests",
               {"Failures": "failures", "Last": "last_sync_timestamp_seconds * 1000.0",
                "Next": "next_sync_timestamp_seconds * 1000.0", "Took": "duration_seconds",
                "To": "target", "Error": "error"}, by=(*OF_GUEST, "instance"))],
          keys=GUEST | {"Job": ("device", "instance")},
          columns={"To": "", "Failures": ("short", {}, FAILURES), "Last": "dateTimeFromNow",
                   "Next": "dateTimeFromNow", "Took": "s", "Error": ""},
          worst=("Failures", True), links=TO_GUEST, empty=NO_REPLICATION),
])

server = Row("Proxmox Backup Server", [
    graph("Datastores in use", [("max by (node, datastore) (proxmox_bs_datastore_used_bytes"
                                 " / proxmox_bs_datastore_size_bytes)", "{{node}} {{datastore}}")],
          [Ask("blockstat", "host", {"share": "used / total"}, by=("host", "datastore"),
               where={"datastore": "."}, legend="{host} {datastore}")],
          unit="percentunit", most=1, steps=BUSY, width=8, empty=NO_SERVER),
    graph("Datastores' disks",
          [("sum by (node, datastore) (rate(proxmox_bs_datastore_read_bytes_total[$__rate_interval]))",
            "{{node}} {{datastore}} read"),
           ("sum by (node, datastore) (rate(proxmox_bs_datastore_written_bytes_total"
            "[$__rate_interval]))", "{{node}} {{datastore}} written")],
          [Ask("blockstat", "host", {"read": "read_bytes", "written": "write_bytes"}, each="rate",
               by=("host", "datastore"), where={"datastore": "."},
               legend="{host} {datastore} {value}")],
          unit="Bps", mirrored=True, width=8, empty=NO_SERVER),
    graph("Busy", [("max by (node) (proxmox_bs_host_cpu_usage_ratio)", "{{node}} CPU"),
                   ("max by (node) (proxmox_bs_host_memory_used_bytes"
                    " / proxmox_bs_host_memory_size_bytes)", "{{node}} memory")],
          [Ask("cpustat", "host", {"CPU": "cpu"}, by=("host",), legend="{host} CPU"),
           Ask("memory", "host", {"memory": "memused / memtotal"}, by=("host",),
               legend="{host} memory")],
          unit="percentunit", most=1, steps=BUSY, width=8, empty=NO_SERVER),
])

BACKUPS = Dashboard("backups", "Proxmox: Backups and Replication",
                    "Whose data would be lost tonight.", ("cluster", "node", "pool", "tag", "guest"),
                    [states, backups, replication, server])
