"""A Prometheus without remote write scrapes the relay in place of an exporter."""

import gzip
import subprocess
import time
import unittest

import harness


class Scrape(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = harness.TemporaryDirectory()
        path = cls.directory.path
        cls.relay = harness.Relay(path, [], presence="", udp=True).start()
        cls.push()

    @classmethod
    def tearDownClass(cls):
        cls.relay.stop()

    @classmethod
    def push(cls):
        harness.simulate(cls.relay.url, "--nodes", 3, "--guests", 10, "--cycles", 1)

    def page(self, query="", headers=None):
        return harness.http("GET", f"{self.relay.admin}/scrape{query}", headers=headers)

    def scraper(self, relay, namings):
        """A Prometheus that has scraped that relay once at least."""
        prometheus = harness.Prometheus(self.directory.path, name=f"scraper-{relay.name}", scrape=(
            "scrape_configs:\n- job_name: pve\n  scrape_interval: 1s\n  honor_labels: true\n"
            f"  metrics_path: /scrape\n  params: {{naming: {namings}}}\n"
            f"  static_configs: [{{targets: ['127.0.0.1:{relay.admin_port}']}}]\n")).start()
        harness.wait_for("a scrape", lambda: prometheus.query('up{instance=~"127.+"} == 1'))
        return prometheus

    def samples(self, query=""):
        """{series: value} of the page."""
        status, _, body = self.page(query)
        self.assertEqual(status, 200, body)
        lines = [line for line in body.decode().split("\n") if line and line[0] != "#"]
        series = dict(line.rsplit(" ", 1) for line in lines)
        self.assertEqual(len(series), len(lines), "a series is there twice")
        return series

    def test_what_is_pushed_is_there_at_the_next_scrape(self):
        self.page()
        line = f"system,object=nodes,host=new uptime=42 {time.time_ns()}\n"
        self.assertEqual(self.relay.write(line)[0], 204)
        name = 'pve_uptime_seconds{id="node/new",instance="lab",job="pve"}'
        harness.wait_for("the value", lambda: self.samples("?naming=pve-exporter").get(
            name) == "42", 5)

    def test_promtool_finds_nothing_to_say(self):
        for naming in ("proxmox", "pve-exporter"):
            _, _, body = self.page(f"?naming={naming}")
            self.assertGreater(len(body), 10_000)
            checked = subprocess.run([harness.STORES / "promtool", "check", "metrics"], input=body,
                                     capture_output=True, check=False)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_compressed_where_that_is_understood(self):
        _, headers, body = self.page(headers={"Accept-Encoding": "gzip"})
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertIn(b"# TYPE proxmox_ve_", gzip.decompress(body))

    def test_who_asks_for_the_unknown_is_told_what_there_is(self):
        self.assertEqual(self.page("?naming=pve")[0], 400)
        status, _, body = self.page("?cluster=moon")
        self.assertEqual(status, 404)
        self.assertIn(b"moon", body)

    def test_prometheus_has_what_an_exporter_would_have_given_it(self):
        prometheus = self.scraper(self.relay, "[proxmox, pve-exporter]")
        try:
            named = prometheus.query('pve_up * on(id, instance) group_left(name, type) '
                                     'pve_guest_info{instance="lab"}')
            self.assertEqual(len(named), 30)
            held = {tuple(sorted(one["metric"].items())): float(one["value"][1])
                    for one in prometheus.query('pve_memory_size_bytes')}
            page = self.samples("?naming=pve-exporter")
            owed = {series: float(value) for series, value in page.items()
                    if series.startswith("pve_memory_size_bytes{")}
            self.assertGreater(len(owed), 30)
            self.assertEqual(sorted(held.values()), sorted(owed.values()))
        finally:
            prometheus.stop()

    def test_no_sender_can_make_a_page_that_is_refused_whole(self):
        relay = harness.Relay(self.directory.path, [], name="hostile").start()
        values = ['a\\b', 'a"b', "a\tb", "\x7f", '{a="b"}', "ü\u2028", "#", "\x01"]
        taken = {value for value in values if relay.write(
            f"hostile,host={value} v=1 {time.time_ns()}\n")[0] == 204}
        self.assertGreater(len(taken), 3)
        prometheus = self.scraper(relay, "[measurement_field]")
        try:
            names = harness.wait_for("all of them", lambda: prometheus.query("hostile_v"))
            self.assertEqual({one["metric"]["host"] for one in names}, taken)
        finally:
            prometheus.stop()
            relay.stop()

    def test_without_a_token_there_is_nothing_to_see(self):
        relay = harness.Relay(self.directory.path, [], name="guarded",
                              admin='tokens = [{ env = "ADMIN_TOKEN" }]',
                              environment={"ADMIN_TOKEN": "open sesame"})
        relay.is_ready = lambda: harness.http("GET", relay.admin + "/ready")[0] == 401
        relay.start()
        try:
            self.assertEqual(harness.http("GET", relay.admin + "/scrape")[0], 401)
            self.assertEqual(harness.http("GET", relay.admin + "/scrape", headers={
                "Authorization": "Bearer open sesame"})[0], 200)
        finally:
            relay.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
