"""The rules of conf/prometheus in a real Prometheus that a relay feeds: what is recorded is what was
pushed, and what goes wrong with the simulated cluster is what is told, no more."""

import unittest

import harness
from fed_prometheus import FedPrometheus, Pushed

CALM, TROUBLE = 50, 60  # seconds of the scenario
STOPPED, MOVED = range(100, 110), 110
SCENARIO = "\n".join([
    "at 0 zfs DEGRADED pve2", "at 0 ceph HEALTH_WARN", "at -600 backup 113 60 failed",
    f"at {TROUBLE} offline pve3", f"at {TROUBLE} storage-dead local pve1",
    f"at {TROUBLE} migrate {MOVED} pve2", *[f"at {TROUBLE} stop {vmid}" for vmid in STOPPED]])
# What the API says minutes after a start, in an order of its own.
API_SECONDS = 400


class Rules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fed = FedPrometheus(cls, scenario=SCENARIO).start()
        cls.guests = {one["vmid"]: one for one in cls.fed.ask_api("cluster/resources")
                      if one["type"] in ("qemu", "lxc")}
        cls.at_boot = {vmid for vmid, one in cls.guests.items() if cls.fed.ask_api(
            f"nodes/{one['node']}/{one['id']}/config").get("onboot")}
        cls.without_job = {one["vmid"] for one in
                           cls.fed.ask_api("cluster/backup-info/not-backed-up")}
        cls.fed.wait_until(TROUBLE + 40)
        cls.pushed = Pushed(cls.fed.record)
        cls.calm = cls.fed.began + CALM
        cls.moved = cls.fed.began + TROUBLE + 30

    def recorded(self, name, at, *by):
        """{the values of those labels: value}, of what the rule of that name records"""
        expressions = {rule["name"]: rule["query"] for rule in self.fed.rules()}
        # Of what it takes from another rule the newest is recorded some seconds before.
        expression = expressions[name].replace("node:cpu_utilization:avg5m",
                                               expressions["node:cpu_utilization:avg5m"])
        found = {}
        for labels, value in self.fed.query(expression, at).items():
            key = tuple(dict(labels).get(label, "") for label in by)
            self.assertNotIn(key, found, name)
            found[key] = value
        return found

    def assert_same(self, found, expected, least):
        self.assertEqual(found.keys(), expected.keys())
        self.assertGreaterEqual(len(found), least)
        for key, value in expected.items():
            self.assertAlmostEqual(found[key], value, delta=1e-6 * max(1e-3, abs(value)), msg=key)

    def samples(self, key, at):
        return [value for second, value in self.pushed.series[key].items()
                if at - 300 <= second <= at]

    def mean(self, keys, at):
        values = [value for key in keys for value in self.samples(key, at)]
        return sum(values) / len(values)

    def test_every_rule_is_evaluated_without_an_error(self):
        rules = self.fed.rules()
        self.assertGreater(len(rules), 50)
        for rule in rules:
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])

    def test_prometheus_records_what_the_rules_say(self):
        for rule in self.fed.rules():
            if rule["type"] == "recording":
                found = self.fed.query(rule["name"], self.calm)
                self.assertGreater(len(found), 0, rule["name"])
                most = 1 if rule["name"].endswith("ratio") or "cpu" in rule["name"] else 60
                for value in found.values():
                    self.assertTrue(0 <= value <= most, (rule["name"], value))

    def test_nodes(self):
        used, size, cpus, cpu = {}, {}, {}, {}
        for node in self.fed.api.nodes:
            memory = ("memory", f"node/{node}", "")
            used[node,] = self.pushed.last((*memory, "memused"), self.calm)
            size[node,] = self.pushed.last((*memory, "memtotal"), self.calm)
            cpustat = ("cpustat", f"node/{node}", "")
            cpus[node,] = self.pushed.last((*cpustat, "cpus"), self.calm)
            cpu[node,] = self.mean([(*cpustat, "cpu")], self.calm)
        self.assert_same(self.recorded("node:memory_utilization:ratio", self.calm, "node"),
                         {node: used[node] / size[node] for node in used}, 3)
        self.assert_same(self.recorded("node:cpu_utilization:avg5m", self.calm, "node"), cpu, 3)
        self.assert_same(self.recorded("cluster:memory_utilization:ratio", self.calm, "cluster"),
                         {("lab",): sum(used.values()) / sum(size.values())}, 1)
        busy = sum(cpu[node] * cpus[node] for node in cpu)
        self.assert_same(self.recorded("cluster:cpu_utilization:avg5m", self.calm, "cluster"),
                         {("lab",): busy / sum(cpus.values())}, 1)

    def test_guests(self):
        things = self.pushed.ids("system", "qemu", "lxc")
        self.assert_same(
            self.recorded("vm:cpu_utilization:avg5m", self.calm, "type", "vmid"),
            {tuple(id.split("/")): self.mean([("system", id, "", "cpu")], self.calm)
             for id in things}, 36)
        self.assert_same(
            self.recorded("vm:memory_utilization:ratio", self.calm, "type", "vmid"),
            {tuple(id.split("/")): self.pushed.last(("system", id, "", "mem"), self.calm)
             / self.pushed.last(("system", id, "", "maxmem"), self.calm) for id in things}, 36)

    def test_memory_of_a_guest_is_three_series(self):
        for metric, field in (("used", "mem"), ("host", "memhost"), ("free", "freemem")):
            found = {(dict(labels)["type"], dict(labels)["vmid"]): value for labels, value in
                     self.fed.query(f"proxmox_ve_guest_memory_{metric}_bytes", self.calm).items()}
            self.assert_same(found, {
                tuple(key[1].split("/")): self.pushed.last(key, self.calm)
                for key in self.pushed.series if key[0] == "system" and key[3] == field}, 20)

    def test_a_guest_that_moved_is_one_series_with_the_samples_of_both_nodes(self):
        both = self.fed.query(
            f'count_over_time(proxmox_ve_guest_cpu_usage_ratio{{vmid="{MOVED}"}}[5m])', self.moved)
        self.assertEqual({dict(labels)["node"] for labels in both}, {"pve1", "pve2"})
        found = self.recorded("vm:cpu_utilization:avg5m", self.moved, "vmid")
        expected = self.mean([("system", f"qemu/{MOVED}", "", "cpu")], self.moved)
        self.assertAlmostEqual(found[str(MOVED),], expected)

    def test_latency_of_disks(self):
        for record, time_field, count_field in (
                ("vm:disk_read_latency:avg5m", "rd_total_time_ns", "rd_operations"),
                ("vm:disk_write_latency:avg5m", "wr_total_time_ns", "wr_operations")):
            expected = {}
            for measurement, thing, drive, field in self.pushed.series:
                if measurement == "blockstat" and field == count_field:
                    spans = [self.samples((measurement, thing, drive, name), self.calm)
                             for name in (time_field, count_field)]
                    seconds, operations = (span[-1] - span[0] for span in spans)
                    if operations > 0:
                        expected[thing.split("/")[1], drive] = seconds / 1e9 / operations
            self.assert_same(self.recorded(record, self.calm, "vmid", "device"), expected, 20)

    def test_a_shared_storage_counts_once(self):
        used, size, counted = {}, {}, set()
        for thing in self.pushed.ids("system", "storage"):
            _, node, name = thing.split("/")
            key = ("system", thing, "")
            is_shared = self.pushed.last((*key, "shared"), self.calm) == 1
            if is_shared and name in counted:
                continue
            counted.add(name)
            place = ("" if is_shared else node, name)
            used[place] = self.pushed.last((*key, "used"), self.calm)
            size[place] = self.pushed.last((*key, "total"), self.calm)
        found = self.recorded("storage:utilization:ratio", self.calm, "node", "storage")
        self.assertEqual(found.keys(), used.keys())
        for place, value in used.items():
            if place[0]:  # which node speaks of a shared one, and when, is not known here
                self.assertAlmostEqual(found[place], value / size[place])
        whole = self.recorded("cluster:storage_utilization:ratio", self.calm, "cluster")
        self.assertAlmostEqual(whole["lab",], sum(used.values()) / sum(size.values()), 3)

    def alerts(self):
        """{alert: its label sets}, pending or firing"""
        found = {}
        for rule in self.fed.rules():
            for one in rule.get("alerts", []):
                found.setdefault(rule["name"], []).append(one["labels"])
        return found

    def vmids(self, name):
        return {int(labels["vmid"]) for labels in self.alerts().get(name, [])}

    def test_what_goes_wrong_is_told_and_nothing_else(self):
        images = {vmid for vmid, one in self.guests.items() if one.get("template")}
        down = {vmid for vmid, one in self.guests.items()
                if vmid in STOPPED or one["node"] == "pve3" or one["status"] == "stopped"}
        ought = {vmid for vmid in down & self.at_boot if vmid not in images}
        kept_running = {vmid for vmid, one in self.guests.items()
                        if one.get("hastate") == "started"}
        self.assertGreater(len(ought - set(STOPPED)), 2)
        self.assertGreater(len(ought & set(STOPPED)), 0)

        for name, expected in (("ProxmoxNodeDown", [("pve3", None)]),
                               ("ProxmoxStorageGone", [("pve1", "local")]),
                               ("ProxmoxZfsDegraded", None), ("ProxmoxCephUnhealthy", None),
                               ("ProxmoxBackupFailed", None)):
            told = harness.wait_for(name, lambda name=name: self.alerts().get(name), API_SECONDS)
            if expected:
                self.assertEqual([(one["node"], one.get("storage")) for one in told], expected)
        self.assertEqual({one["node"] for one in self.alerts()["ProxmoxZfsDegraded"]}, {"pve2"})
        self.assertIn(113, self.vmids("ProxmoxBackupFailed"))
        harness.wait_for("guests without a backup job", lambda: self.vmids("ProxmoxBackupMissing")
                         == self.without_job - images, API_SECONDS)

        told = self.vmids("ProxmoxGuestDown")
        self.assertEqual(ought - told, set())
        self.assertEqual(told - ought - (down & kept_running), set())
        self.assertLessEqual(set(self.alerts()), {
            "ProxmoxNodeDown", "ProxmoxStorageGone", "ProxmoxZfsDegraded", "ProxmoxCephUnhealthy",
            "ProxmoxBackupFailed", "ProxmoxBackupMissing", "ProxmoxGuestDown",
            "ProxmoxReplicationFailing"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
