"""What dashboards and rules written for prometheus-pve-exporter ask is answered with the right numbers
by a Prometheus that only the relay fed: of a cluster with an API and of one without, which have
nodes, guests and storages of the same names."""

import re
import time
import unittest

import harness
from fed_prometheus import PUSHED_EVERY, FedPrometheus, Pushed

WINDOW = 20  # seconds, of rates
FAR = """
[[cluster]]
name = "far"
accept = { buckets = ["far"] }
"""


def close(a, b):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1e-9)


class ExporterDashboards(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fed = FedPrometheus(cls, more=FAR).start()
        cls.far_record = cls.fed.path / "far.pushed"
        far = harness.Process("far", [
            harness.RELAY, "simulate", "--nodes", 3, "--guests", 12, "--seed", 2, "--bucket", "far",
            "--to", cls.fed.relay.url, "--cycles", 0, "--interval", f"{PUSHED_EVERY}s",
            "--record", cls.far_record], cls.fed.path).start()
        cls.addClassCleanup(far.kill)
        for known in ("count(pve_onboot_status) == 36", 'count(pve_node_info{nodeid!=""}) == 3'):
            harness.wait_for(known, lambda known=known: cls.fed.query(known), 90)
        # Until the API answered, a node's info was what its pushes tell.
        harness.wait_for("the store to forget what was known before",
                         lambda: not cls.fed.query("count by (instance, id) ("
                                                   "pve_node_info or pve_guest_info) != 1"), 400)
        cls.at = time.time() + WINDOW + 2 * PUSHED_EVERY
        time.sleep(WINDOW + 4 * PUSHED_EVERY)
        harness.wait_for("the store to have it all", cls.fed.relay.has_delivered_all)
        cls.pushed = {"lab": Pushed(cls.fed.record), "far": Pushed(cls.far_record)}

    def answers(self, expression, label="id"):
        """{(instance, id): value}; no two series have the same."""
        found = {}
        for labels, value in self.fed.query(expression, self.at).items():
            key = dict(labels)["instance"], dict(labels).get(label)
            self.assertNotIn(key, found, expression)
            found[key] = value
        return found

    def assert_answers(self, expression, expected, least=6):
        """Exactly those series, with those values."""
        found = self.answers(expression)
        self.assertEqual(found.keys(), expected.keys(), expression)
        self.assertGreaterEqual(len(expected), least)
        for key, value in expected.items():
            self.assertTrue(close(found[key], value), (expression, key, found[key], value))

    def pushed_values(self, measurement, field, *objects, value=Pushed.last):
        """{(instance, id): value} of what was pushed"""
        expected = {}
        for cluster, pushed in self.pushed.items():
            for thing in pushed.ids(measurement, *objects):
                key = (measurement, thing, "", field)
                if pushed.last(key, self.at) is not None:
                    expected[cluster, thing] = value(pushed, key, self.at)
        return expected

    def ratio(self, measurement, above, below, *objects):
        size = self.pushed_values(measurement, below, *objects)
        return {key: used / size[key]
                for key, used in self.pushed_values(measurement, above, *objects).items()}

    def test_every_cluster_is_one_instance(self):
        parameters = {"match[]": "pve_node_info"}
        url = self.fed.store.url + "/api/v1/label/instance/values"
        self.assertEqual(harness.get_json(url, **parameters)["data"], ["far", "lab"])
        for instance in ("far", "lab"):
            names = {dict(labels)["name"] for labels in
                     self.fed.query(f'pve_node_info{{instance="{instance}"}}', self.at)}
            self.assertEqual(names, {"pve1", "pve2", "pve3"})

    def test_nothing_is_there_twice(self):
        for metric in ("pve_guest_info", "pve_node_info", "pve_storage_info", "pve_up",
                       "pve_cluster_info", "pve_cpu_usage_ratio", "pve_disk_size_bytes"):
            self.assertEqual(self.fed.query(f"count by (instance, id) ({metric}) != 1", self.at), {})
            self.assertNotEqual(self.fed.query(f"count({metric})", self.at), {})

    def test_nodes(self):
        self.assert_answers('pve_cpu_usage_ratio{instance=~"lab|far", id=~"node/.+"} * on(id, '
                            "instance) group_left(name) pve_node_info",
                            self.pushed_values("cpustat", "cpu", "node"))
        self.assert_answers('pve_cpu_usage_limit{id=~"node/.*"}',
                            self.pushed_values("cpustat", "cpus", "node"))
        self.assert_answers(
            'pve_memory_usage_bytes{id=~"node/.+"} / pve_memory_size_bytes{id=~"node/.+"}',
            self.ratio("memory", "memused", "memtotal", "node"))
        self.assert_answers(
            'pve_disk_usage_bytes{id=~"node/.+"} / pve_disk_size_bytes{id=~"node/.+"}',
            self.ratio("blockstat", "used", "blocks", "node"))
        self.assert_answers('pve_uptime_seconds{id=~"node/.+"}',
                            self.pushed_values("system", "uptime", "node"))
        self.assert_answers('pve_up{id=~"node/.+"}',
                            {key: 1 for key in self.pushed_values("cpustat", "cpu", "node")})

    def test_guests(self):
        join = " * on(id, instance) group_left(name, type) pve_guest_info"
        for expression, field in (("pve_cpu_usage_ratio", "cpu"), ("pve_cpu_usage_limit", "cpus"),
                                  ("pve_memory_size_bytes", "maxmem"),
                                  ("pve_disk_size_bytes", "maxdisk"),
                                  ("pve_uptime_seconds", "uptime")):
            self.assert_answers(expression + join,
                                self.pushed_values("system", field, "qemu", "lxc"), least=70)
        self.assert_answers(f"pve_memory_usage_bytes / pve_memory_size_bytes{join}",
                            self.ratio("system", "mem", "maxmem", "qemu", "lxc"), least=70)
        found = self.fed.query("pve_up" + join, self.at)
        names = {(dict(labels)["instance"], dict(labels)["name"]) for labels in found}
        told = {(cluster, tags["host"]) for cluster, pushed in self.pushed.items()
                for thing, tags in pushed.tags.items() if thing[1].startswith(("qemu", "lxc"))}
        self.assertEqual(names, told)

    def test_guests_that_run_are_counted(self):
        for cluster, pushed in self.pushed.items():
            states = [text for key, text in pushed.texts.items()
                      if key[0] == "system" and key[3] == "status"]
            for state, up in (("running", 1), ("stopped", 0)):
                found = self.fed.query(f'count(pve_up{{instance="{cluster}", '
                                       f'id=~"qemu/.+|lxc/.+"}} == {up})', self.at)
                self.assertEqual(list(found.values()), [states.count(state)], (cluster, state))

    def test_network_and_disk_rates_by_either_name(self):
        def rate(pushed, key, at):
            return pushed.rate(key, at, WINDOW)

        for field, deprecated, total in (
                ("netin", "pve_network_receive_bytes", "pve_network_receive_bytes_total"),
                ("netout", "pve_network_transmit_bytes", "pve_network_transmit_bytes_total"),
                ("diskread", "pve_disk_read_bytes", "pve_disk_read_bytes_total"),
                ("diskwrite", "pve_disk_write_bytes", "pve_disk_written_bytes_total")):
            expected = self.pushed_values("system", field, "qemu", "lxc", value=rate)
            self.assertGreater(sum(value > 0 for value in expected.values()), 30)
            for metric in (deprecated, total):
                self.assert_answers(f"rate({metric}[{WINDOW}s]) * on(id, instance) "
                                    "group_left(name, type) pve_guest_info", expected, least=50)

    def test_storages(self):
        used = self.pushed_values("system", "used", "storage")
        self.assert_answers('pve_disk_usage_bytes{id=~"storage/.+"} * on (id, instance) '
                            "group_left(storage, node) pve_storage_info", used)
        self.assert_answers(
            'pve_disk_usage_bytes{id=~"storage/.+"} / pve_disk_size_bytes{id=~"storage/.+"}',
            self.ratio("system", "used", "total", "storage"))
        self.assert_answers("pve_storage_shared", self.pushed_values("system", "shared", "storage"))
        for labels in self.fed.query("pve_storage_info", self.at):
            info = dict(labels)
            self.assertEqual(info["id"], f"storage/{info['node']}/{info['storage']}")
            self.assertEqual(info["plugintype"], self.pushed[info["instance"]].tags[
                "system", info["id"], ""]["type"])
            self.assertEqual(info["content"],
                             ",".join(sorted(info["content"].split(","))))

    def test_what_the_api_says(self):
        resources = {one["id"]: one for one in self.fed.ask_api("cluster/resources")}
        guests = {id: one for id, one in resources.items() if one["type"] in ("qemu", "lxc")}
        lab = {("lab", id): one for id, one in guests.items()}

        states = self.fed.query("pve_ha_state == 1", self.at)
        self.assertEqual({(dict(l)["id"], dict(l)["state"]) for l in states},
                         {(id, one["hastate"]) for id, one in resources.items()
                          if one.get("hastate")})
        self.assertGreater(len(states), 2)

        self.assert_answers("pve_onboot_status", {
            key: int(self.fed.ask_api(f"nodes/{one['node']}/{one['id']}/config").get("onboot", 0))
            for key, one in lab.items()})

        infos = {dict(labels)["id"]: dict(labels)
                 for labels in self.fed.query('pve_guest_info{instance="lab"}', self.at)}
        for id, one in guests.items():
            said = infos[id]
            self.assertEqual((said["node"], said["type"], said["template"]),
                             (one["node"], one["type"], str(one.get("template", 0))))
            self.assertEqual(set(re.split("[;,]", said.get("tags", ""))),
                             set(re.split("[;,]", one.get("tags", ""))))

        status = self.fed.ask_api("cluster/status")
        cluster = next(one for one in status if one["type"] == "cluster")
        self.assertEqual(
            [(dict(l)["id"], dict(l)["nodes"], dict(l)["quorate"])
             for l in self.fed.query("pve_cluster_info", self.at)],
            [("cluster/lab", str(cluster["nodes"]), str(cluster["quorate"]))])
        ids = {dict(l)["id"]: dict(l).get("nodeid")
               for l in self.fed.query('pve_node_info{instance="lab"}', self.at)}
        self.assertEqual(ids, {one["id"]: str(one["nodeid"])
                               for one in status if one["type"] == "node"})
        self.assert_answers('pve_up{id=~"cluster/.+"}', {("lab", "cluster/lab"): 1,
                                                        ("far", "cluster/far"): 1}, least=2)
        version = self.fed.ask_api("version")
        self.assertEqual([(dict(l)["release"], dict(l)["version"])
                          for l in self.fed.query("pve_version_info", self.at)],
                         [(".".join(version["version"].split(".")[:2]), version["version"])])

    def test_alerts_on_guests_that_ought_to_run_and_on_full_storages(self):
        lab = [one for one in self.fed.ask_api("cluster/resources")
               if one["type"] in ("qemu", "lxc")]
        stopped = [one for one in lab if one["status"] == "stopped" and not one.get("template")]
        ought = {("lab", one["id"]): 0 for one in stopped if self.fed.ask_api(
            f"nodes/{one['node']}/{one['id']}/config").get("onboot")}
        self.assert_answers(
            'pve_up{id=~"(qemu|lxc)/.+"} == 0 and on(id, instance) pve_onboot_status == 1 '
            'unless on(id, instance) pve_guest_info{template="1"}', ought, least=1)
        full = {key: value for key, value in
                self.ratio("system", "used", "total", "storage").items() if value > 0.3}
        self.assert_answers('pve_disk_usage_bytes{id=~"storage/.+"} / pve_disk_size_bytes > 0.3',
                            full)

    def test_what_the_api_says_of_backup_jobs(self):
        without = {("lab", f"{one['type']}/{one['vmid']}"): 1
                   for one in self.fed.ask_api("cluster/backup-info/not-backed-up")}
        harness.wait_for("who has no backup job",
                         lambda: self.fed.query("pve_not_backed_up_total"), 330)
        self.at = time.time()
        self.assert_answers("pve_not_backed_up_info", without)
        self.assert_answers("pve_not_backed_up_total", {("lab", "cluster/lab"): len(without)},
                            least=1)

    def test_what_the_api_says_of_replication(self):
        jobs = {("lab", job["id"]): job for node in self.fed.api.nodes
                for job in self.fed.ask_api(f"nodes/{node}/replication")}
        harness.wait_for("every job's state", lambda: self.fed.query(
            f"count(pve_replication_failed_syncs) == {len(jobs)}"), 200)
        self.at = time.time()
        self.assert_answers("pve_replication_failed_syncs",
                            {key: job["fail_count"] for key, job in jobs.items()}, least=2)
        self.assert_answers("pve_replication_info",
                            {key: 1 for key in jobs}, least=2)
        for labels in self.fed.query("pve_replication_info", self.at):
            info = dict(labels)
            job = jobs["lab", info["id"]]
            self.assertEqual((info["source"], info["target"], info["guest"], info["type"]),
                             (f"node/{job['source']}", f"node/{job['target']}",
                              f"{job['vmtype']}/{job['guest']}", job["type"]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
