"""Remote write 2.0, the way back to 1.0, and what metrics mean: on scripted receivers, which note what
a sender must not do, and on Debian's Prometheus and VictoriaMetrics, which know 1.0 only."""

import unittest

import harness
import ledger
import remote_write_receiver

NAMED = 'naming = ["proxmox", "pve-exporter"]\n'
COUNTER, GAUGE, INFO, STATE_SET = 1, 2, 6, 7


def sink(url, name, extra="", naming=NAMED):
    return (f'[[sink]]\nname = "{name}"\ntype = "prometheus"\nurl = "{url}/api/v1/write"\n'
            f'{naming}{extra}\n')


class ScriptedReceivers(unittest.TestCase):
    """One relay pushes the same to all of them."""

    @classmethod
    def setUpClass(cls):
        cls.directory = harness.TemporaryDirectory()
        receiver = remote_write_receiver.Receiver
        cls.receivers = {
            "two": receiver(),
            "auto": receiver(),
            "one": receiver(("0.1.0",)),
            "behind": receiver(("0.1.0",)),
            "mute": receiver(("0.1.0",), refuses_metadata=True),
            "partial": receiver(most=100),
        }
        extra = {"two": 'remote_write = "2.0"', "auto": 'remote_write = "auto"', "one": "",
                 "behind": 'remote_write = "auto"', "mute": 'metadata_interval = "1s"',
                 "partial": 'remote_write = "2.0"'}
        cls.relay = harness.Relay(cls.directory.path, [
            sink(one.url, name, extra[name]) for name, one in cls.receivers.items()]).start()
        harness.simulate(cls.relay.url, "--nodes", 3, "--guests", 20, "--cycles", 3,
                         "--interval", 1)
        harness.wait_for("every sink to catch up", cls.relay.has_delivered_all, 60)
        harness.wait_for("metadata to be told", lambda: cls.receivers["one"].metadata)
        cls.metrics = cls.relay.metrics()
        cls.relay.stop()

    @classmethod
    def tearDownClass(cls):
        for one in cls.receivers.values():
            one.stop()

    def test_no_receiver_found_a_fault(self):
        for name, one in self.receivers.items():
            self.assertEqual(one.faults, [], name)
            self.assertGreater(len(one.samples), 1000 if name != "partial" else 1, name)

    def test_every_version_brings_the_same_samples_once(self):
        expected = self.receivers["one"].samples
        self.assertTrue(all(len(values) == 1 for values in expected.values()))
        for name in ("two", "auto", "behind", "mute"):
            self.assertEqual(self.receivers[name].samples == expected, True, name)

    def test_the_version_is_the_one_that_was_asked_for(self):
        self.assertEqual({v for v, _ in self.receivers["two"].answers}, {"2.0.0"})
        self.assertEqual({v for v, _ in self.receivers["auto"].answers}, {"2.0.0"})
        self.assertEqual({v for v, _ in self.receivers["one"].answers}, {"0.1.0"})

    def test_a_415_leads_to_one_fallback(self):
        answers = self.receivers["behind"].answers
        self.assertEqual(answers[0], ("2.0.0", 415))
        self.assertEqual({answer for answer in answers[1:]}, {("0.1.0", 204)})
        self.assertIn('from now on written as the store has it', self.relay.log())

    def test_metadata_say_type_help_and_unit_in_both_versions(self):
        for name in ("one", "two", "auto", "behind"):
            known = self.receivers[name].metadata
            self.assertEqual(known["proxmox_ve_guest_cpu_usage_ratio"][::2], (GAUGE, "ratio"))
            self.assertEqual(known["proxmox_ve_guest_network_receive_bytes_total"][::2],
                             (COUNTER, "bytes"))
            self.assertEqual(known["pve_cpu_usage_ratio"][0], GAUGE)
            self.assertIn(INFO, {about[0] for about in known.values()})
            self.assertIn(STATE_SET, {about[0] for about in known.values()})
            self.assertTrue(all(about[1] for about in known.values()), name)
        self.assertEqual(self.receivers["one"].metadata, self.receivers["two"].metadata)

    def test_a_receiver_that_refuses_metadata_gets_every_sample(self):
        self.assertIn(("0.1.0", 400), self.receivers["mute"].answers)
        self.assertEqual(self.receivers["mute"].metadata, {})
        refused = 'pverelay_sink_metadata_refused_total{sink="mute",type="prometheus"}'
        self.assertGreater(self.metrics[refused], 0)

    def test_what_a_partial_write_lost_is_counted_and_not_sent_again(self):
        stored = sum(len(values) for values in self.receivers["partial"].samples.values())
        self.assertTrue(all(len(v) == 1 for v in self.receivers["partial"].samples.values()))
        delivered = 'pverelay_sink_points_delivered_total{sink="partial",type="prometheus"}'
        self.assertEqual(self.metrics[delivered], stored)
        dropped = [value for name, value in self.metrics.items() if 'sink="partial"' in name
                   and name.startswith("pverelay_sink_dropped_points_total")]
        self.assertEqual(sum(dropped), len(self.receivers["two"].samples) - stored)


class RealStores(unittest.TestCase):
    """They answer a request of 2.0 with 204 and store nothing of it."""

    @classmethod
    def setUpClass(cls):
        cls.directory = harness.TemporaryDirectory()
        path = cls.directory.path
        cls.victoria = harness.VictoriaMetrics(path).start()
        cls.prometheus = harness.Prometheus(path).start()
        plain = 'naming = ["measurement_field"]\nremote_write = "auto"\n'
        cls.relay = harness.Relay(path, [
            sink(cls.victoria.url, "victoria", naming=plain),
            sink(cls.prometheus.url, "prometheus", naming=plain),
            sink(cls.prometheus.url, "described", 'metadata_interval = "1s"\n'
                 'external_labels = { way = "1.0" }'),
            sink(cls.victoria.url, "described-too", 'metadata_interval = "1s"\n'
                 'external_labels = { way = "1.0" }')]).start()
        cls.record = path / "pushed.lp"
        harness.simulate(cls.relay.url, "--nodes", 5, "--guests", 20, "--cycles", 2,
                         "--interval", 1, "--record", cls.record)
        owed = ledger.numbers_of(list(ledger.recorded_lines(cls.record)))
        cls.owed = ledger.as_remote_write(owed)
        harness.wait_for("every sink to catch up", cls.relay.has_delivered_all, 60)

    @classmethod
    def tearDownClass(cls):
        for process in (cls.relay, cls.victoria, cls.prometheus):
            process.stop()

    def test_nothing_is_lost_and_nothing_doubled_by_the_fallback(self):
        owed = {metric for metric, _, _ in self.owed}
        self.victoria.flush()
        for store in (self.prometheus, self.victoria):
            held = [(labels, samples) for labels, samples in store.export()
                    if labels["__name__"] in owed]
            for labels, samples in held:
                times = [milliseconds for milliseconds, _ in samples]
                self.assertEqual(len(times), len(set(times)), labels)
            held = ledger.points_of(held, without=("job",))
            self.assertEqual(ledger.difference(self.owed, held), "", store.name)

    def test_it_is_said_once_for_each(self):
        self.assertEqual(self.relay.log().count("from now on written as the store has it"), 2)

    def test_metadata_are_taken_and_stop_nothing(self):
        metrics = self.relay.metrics()
        for name in ("described", "described-too"):
            labels = f'{{sink="{name}",type="prometheus"}}'
            self.assertGreater(metrics[f"pverelay_sink_metadata_requests_total{labels}"], 0)
            self.assertEqual(metrics[f"pverelay_sink_metadata_refused_total{labels}"], 0)
            self.assertEqual(metrics[f"pverelay_sink_lag_bytes{labels}"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
