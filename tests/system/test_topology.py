"""The relay asks the API of a simulated Proxmox: what it says arrives in the stores, and whatever is
wrong with it is one clear line, while the data keeps flowing."""

import re
import subprocess
import time
import unittest

from harness import (RELAY, Prometheus, Relay, TemporaryDirectory, VictoriaMetrics, free_port, get_json,
                     http, influxdb_sink, prometheus_sink, simulate, wait_for)
from simulated_api import Authority, SimulatedApi


class TopologyTest(unittest.TestCase):
    def setUp(self):
        self.directory = TemporaryDirectory()
        self.addCleanup(self.directory.remove)

    def api(self, start=True, **options):
        api = SimulatedApi(self.directory.path, **options)
        self.addCleanup(api.kill)
        return api.start() if start else api

    def relay(self, api, sinks=None, **options):
        sinks = sinks or [influxdb_sink(f"http://127.0.0.1:{free_port()}")]
        relay = Relay(self.directory.path, sinks)
        text = relay.config.read_text()
        relay.config.write_text(text.replace('[[cluster]]\nname = "lab"\n',
                                             '[[cluster]]\nname = "lab"\n'
                                             + api.cluster_api(**options)))
        self.addCleanup(relay.kill)
        return relay.start()

    def cluster(self, relay):
        return relay.status()["clusters"][0]

    def known(self, relay, guests):
        return wait_for("the guests to be known",
                        lambda: self.cluster(relay).get("guests") == guests and
                        self.cluster(relay), 20)

    def lines_about(self, relay, words):
        return [line for line in relay.log().splitlines() if re.search(words, line)]

    def assert_data_flows(self, relay):
        self.assertEqual(relay.write("system,host=a cpu=1")[0], 204)

    def assert_only_gets(self, api):
        asked = api.accesses()
        self.assertGreater(len(asked), 0)
        self.assertEqual({one["method"] for one in asked}, {"GET"})
        self.assertLessEqual(max(one["concurrent"] for one in asked), 1)

    def test_names_are_known_within_seconds_and_arrive_in_both_stores(self):
        api = self.api(nodes=3, guests=4)
        influx = VictoriaMetrics(self.directory.path, "influx").start()
        prometheus = VictoriaMetrics(self.directory.path, "prometheus").start()
        self.addCleanup(influx.kill)
        self.addCleanup(prometheus.kill)
        begin = time.monotonic()
        relay = self.relay(api, [influxdb_sink(influx.url),
                                 prometheus_sink(prometheus.url)])
        self.known(relay, 12)
        self.assertLess(time.monotonic() - begin, 5)
        self.assertLess(relay.metrics()['pverelay_topology_age_seconds{cluster="lab"}'], 5)
        for store in (influx, prometheus):
            def guests(store=store):
                found = store.export('{__name__=~"relay_guest_info.*"}')
                return {labels["vmid"] for labels, _ in found if labels.get("cluster") == "lab"}
            wait_for("every guest's line", lambda guests=guests: len(guests()) == 12, 30)
        self.assert_only_gets(api)

    def test_prometheus_finds_the_guests_to_scrape(self):
        api = self.api(nodes=1, guests=4)
        discovery = '[sd]\nnetworks = ["10.0.0.0/8"]\nlabels = ["vm_name"]\n'
        relay = self.relay(api, [influxdb_sink(f"http://127.0.0.1:{free_port()}"), discovery],
                           extra="guest_addresses = true")
        groups = wait_for("guests with an address",
                          lambda: http("GET", relay.admin + "/sd?port=9182")[0] == 200 and
                          get_json(relay.admin + "/sd?port=9182"), 60)
        self.assertTrue(groups[0]["targets"][0].startswith("10."), groups)
        self.assertTrue(groups[0]["targets"][0].endswith(":9182"), groups)
        self.assertEqual(http("GET", relay.admin + "/sd?tags=prod")[0], 400)

        prometheus = Prometheus(self.directory.path)
        (self.directory.path / "prometheus.yml").write_text(
            f"scrape_configs: [{{job_name: guests, scrape_interval: 1h, http_sd_configs: "
            f"[{{url: '{relay.admin}/sd', refresh_interval: 1s}}]}}]\n")
        self.addCleanup(prometheus.kill)
        prometheus.start()

        def names():
            active = get_json(prometheus.url + "/api/v1/targets")["data"]["activeTargets"]
            return {target["labels"]["vm_name"] for target in active}
        wait_for("Prometheus to know them", lambda: {group["labels"]["vm_name"]
                                                     for group in groups} <= names(), 30)

    def test_a_restart_without_an_api_forgets_no_name(self):
        api = self.api(nodes=1, guests=5)
        relay = self.relay(api)
        self.known(relay, 5)
        relay.stop()
        api.stop()
        relay.start()
        self.assertEqual(self.cluster(relay)["guests"], 5)
        self.assert_data_flows(relay)

    def journal(self, relay):
        return subprocess.run([str(RELAY), "journal", "cat", "--config", str(relay.config)],
                              capture_output=True, text=True, check=True, timeout=60).stdout

    def test_a_cluster_that_nobody_named_is_called_as_its_api_calls_it(self):
        api = self.api(start=False, nodes=2, guests=2, scenario="name prod")
        relay = Relay(self.directory.path, [influxdb_sink(f"http://127.0.0.1:{free_port()}")])
        self.addCleanup(relay.kill)
        text = relay.config.read_text()
        relay.config.write_text(text.replace('name = "lab"\n', api.cluster_api()))
        # At the very first start nothing is known: no line is taken under a name that may be wrong.
        with self.assertRaisesRegex(AssertionError, "has no `name`, and its API gives none"):
            relay.start()

        api.start()
        relay.start()
        self.known(relay, 4)
        self.assertEqual(self.cluster(relay)["name"], "prod")
        self.assertEqual(relay.write("system,host=a cpu=1")[0], 204)
        self.assertRegex(self.journal(relay), r"system,cluster=prod,host=a ")

        # From then on nothing depends on the API: not a start, not another configuration.
        relay.stop()
        api.stop()
        begin = time.monotonic()
        relay.start()
        self.assertLess(time.monotonic() - begin, 5)
        self.assertEqual(self.cluster(relay)["name"], "prod")
        self.assertEqual(self.cluster(relay)["guests"], 4)
        relay.config.write_text(relay.config.read_text() + '[ingest]\nahead_max = "5m"\n')
        relay.child.send_signal(1)
        wait_for("the new configuration", lambda: "new configuration is in force" in relay.log())

    def test_a_node_that_stands_alone_gives_its_own_name(self):
        api = self.api(nodes=1, guests=2)
        relay = Relay(self.directory.path, [influxdb_sink(f"http://127.0.0.1:{free_port()}")])
        self.addCleanup(relay.kill)
        text = relay.config.read_text()
        relay.config.write_text(text.replace('name = "lab"\n', api.cluster_api()))
        relay.start()
        self.known(relay, 2)
        self.assertEqual(self.cluster(relay)["name"], "pve1")

    def asked_for(self, api, path):
        return sum(one["path"].endswith(path) for one in api.accesses())

    def see_another_node_asked(self, tls):
        addresses = [f"127.0.0.{i + 1}" for i in range(3)]
        scenario = "\n".join(f"address pve{i + 1} {at}" for i, at in enumerate(addresses))
        api = self.api(nodes=3, guests=2, scenario=scenario, addresses=addresses)
        api.urls = api.urls[:1]
        pin = f'tls = {{ fingerprint = "{api.fingerprints["pve1"]}" }}'
        relay = self.relay(api, tls=pin if tls == "pin" else None)
        # Where the others are is known with the second cluster/status: the first comes before them.
        wait_for("the nodes to be known", lambda: self.asked_for(api, "cluster/status") > 1 and
                 self.asked_for(api, "/nodes"), 60)
        self.assertEqual({one["node"] for one in api.accesses()}, {"pve1"})
        api.doors.close("pve1")
        wait_for("another to be asked", lambda: self.lines_about(
            relay, "as none of `nodes` answers, pve[23] is asked at https://127.0.0"), 90)
        wait_for("it to say what there is", lambda: self.cluster(relay)["age_seconds"] < 5, 60)
        self.assert_only_gets(api)

    def test_other_nodes_are_asked_while_the_configured_one_is_down(self):
        self.see_another_node_asked(tls="ca")

    def test_other_nodes_are_known_by_the_pins_that_the_first_has_told(self):
        self.see_another_node_asked(tls="pin")

    def test_a_wrong_token_is_one_line_with_its_remedy(self):
        api = self.api(nodes=2, guests=3)
        wrong = self.directory.path / "wrong.token"
        wrong.write_text("00000000-0000-4000-8000-000000000000\n")
        relay = self.relay(api, token_file=wrong)
        wait_for("the refusal", lambda: self.cluster(relay)["token_refused"], 20)
        time.sleep(8)
        lines = self.lines_about(relay, "refuses the token")
        self.assertEqual(len(lines), 1, relay.log())
        self.assertIn("pveum user token list relay@pve", lines[0])
        self.assertNotIn("00000000-0000", relay.log())
        self.assertLessEqual(len(api.accesses()), 4)
        self.assert_data_flows(relay)
        self.assert_only_gets(api)

    def test_a_token_without_rights_is_told_with_its_command(self):
        api = self.api(nodes=1, guests=3, scenario="rights none")
        relay = self.relay(api)
        missing = wait_for("the rights", lambda: self.cluster(relay)["rights_missing"], 20)
        command = "pveum acl modify / -token 'relay@pve!relay' -role PVEAuditor"
        self.assertIn(command, missing[0]["commands"])
        self.assertEqual(
            relay.metrics()['pverelay_topology_right_missing{cluster="lab",right="none"}'], 1)
        self.assertEqual(len(self.lines_about(relay, "has no right at all")), 1, relay.log())
        self.assert_data_flows(relay)

    def test_a_pin_is_enough_and_teaches_the_others(self):
        api = self.api(nodes=3, guests=2)
        relay = self.relay(api, tls=f'tls = {{ fingerprint = "{api.fingerprints["pve1"]}" }}')
        self.known(relay, 6)
        wait_for("every node to be asked",
                 lambda: {one["node"] for one in api.accesses()} == set(api.nodes), 120)
        self.assertEqual(self.lines_about(relay, "gives no answer"), [])

    def test_a_wrong_pin_sends_nothing_and_is_one_line(self):
        api = self.api(nodes=1, guests=3)
        relay = self.relay(api, tls=f'tls = {{ fingerprint = "{"AA:" * 31}AA" }}')
        lines = wait_for("the line", lambda: self.lines_about(relay, "gives no answer"), 20)
        self.assertEqual(len(lines), 1)
        self.assertIn(api.fingerprints["pve1"], lines[0])
        self.assertIn("pvenode cert info", lines[0])
        self.assertEqual(api.accesses(), [])
        self.assert_data_flows(relay)

    def test_an_expired_authority_is_one_line(self):
        api = self.api(nodes=1, guests=3, authority=Authority(self.directory.path, days=-1))
        relay = self.relay(api)
        lines = wait_for("the line", lambda: self.lines_about(relay, "gives no answer"), 20)
        self.assertEqual(len(lines), 1)
        self.assertIn("expired", lines[0])
        self.assertEqual(api.accesses(), [])
        self.assert_data_flows(relay)

    def test_an_api_that_is_down_at_start_is_one_line_and_found_later(self):
        api = self.api(start=False, nodes=1, guests=3)
        relay = self.relay(api)
        wait_for("the line", lambda: self.lines_about(relay, "gives no answer"), 20)
        self.assert_data_flows(relay)
        api.start()
        wait_for("the guests", lambda: self.cluster(relay).get("guests") == 3, 60)
        self.assertEqual(len(self.lines_about(relay, "gives no answer")), 1, relay.log())
        self.assertEqual(len(self.lines_about(relay, "answers again")), 1, relay.log())
        self.assert_only_gets(api)

    def test_a_cluster_comes_and_goes_with_the_configuration(self):
        api = self.api(nodes=1, guests=3)
        relay = self.relay(api)
        self.known(relay, 3)
        with_api = relay.config.read_text()
        relay.config.write_text(with_api.replace(api.cluster_api(), ""))
        relay.child.send_signal(1)
        wait_for("the cluster to go", lambda: relay.status()["clusters"] == [], 20)
        time.sleep(1)  # what was under way has been given up
        asked = len(api.accesses())
        time.sleep(3)
        self.assertEqual(len(api.accesses()), asked)
        relay.config.write_text(with_api)
        relay.child.send_signal(1)
        wait_for("it to be asked again", lambda: len(api.accesses()) > asked, 20)
        self.known(relay, 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
