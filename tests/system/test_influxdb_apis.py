"""Every write API of InfluxDB: a real 1.6 with all that can be wrong with it, and a 2 and a 3 that
answer as they are documented to."""

import json
import unittest

import fake_influxdb
import harness
import ledger

SAMPLES = sorted((harness.ROOT / "tests/samples").glob("*.lp"))
NOW = "1755785270000000000"


def v1_sink(influxd, database="lab", name="influx", extra=""):
    return (f'[[sink]]\nname = "{name}"\ntype = "influxdb"\napi = "v1"\nurl = "{influxd.url}"\n'
            f'database = "{database}"\n{extra}\n')


def fake_sink(fake, api, directory, extra=""):
    token = directory / "token"
    token.write_text(fake.token)
    where = 'org = "o"\nbucket = "lab"' if api == "v2" else 'database = "lab"'
    return (f'[[sink]]\nname = "influx"\ntype = "influxdb"\napi = "{api}"\nurl = "{fake.url}"\n'
            f'{where}\nauth = {{ token = {{ file = "{token}" }} }}\n{extra}\n')


def sink_status(relay, name="influx"):
    return next(sink for sink in relay.status()["sinks"] if sink["name"] == name)


def wait_until_delivered(relay):
    harness.wait_for("everything to be delivered", relay.has_delivered_all)


def dead_letters(relay):
    done = harness.subprocess.run(
        [harness.RELAY, "journal", "cat", "--dead", "--json", "--config", relay.config],
        capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Version1(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.influxd = harness.Influxd(self.path).start()
        self.addCleanup(self.influxd.stop)

    def relay(self, *sinks, **options):
        relay = harness.Relay(self.path, list(sinks), **options).start()
        self.addCleanup(relay.stop)
        return relay

    def write(self, relay, *lines):
        self.assertEqual(relay.write("\n".join(lines))[0], 204)

    def values(self, column, measurement, database="lab"):
        series = self.influxd.query(f'SELECT {column} FROM {measurement}', database)
        return [row[1] for row in series[0]["values"]] if series else []

    def test_lines_reach_a_retention_policy(self):
        self.influxd.query('CREATE DATABASE "lab"')
        self.influxd.query('CREATE RETENTION POLICY "ever" ON "lab" DURATION INF REPLICATION 1')
        relay = self.relay(v1_sink(self.influxd, extra='retention_policy = "ever"'))
        self.write(relay, f"m,host=a f=1 {NOW}", f'm,host=b f=2,s="x" {NOW}')
        wait_until_delivered(relay)
        self.assertEqual(self.values("f", '"ever"."m"'), [1, 2])
        self.assertEqual(self.values("f", "m"), [], "not in the default one")

    def test_a_database_that_is_missing_is_waited_for(self):
        relay = self.relay(v1_sink(self.influxd))
        self.write(relay, f"m f=1 {NOW}")
        harness.wait_for("the sink to wait", lambda: sink_status(relay)["state"] == "configuration")
        self.assertIn("database not found", sink_status(relay)["last_error"])
        self.influxd.query('CREATE DATABASE "lab"')
        wait_until_delivered(relay)
        self.assertEqual(self.values("f", "m"), [1])
        self.assertEqual(sink_status(relay)["points_dropped"], 0)

    def test_a_retention_policy_that_is_missing_is_waited_for(self):
        self.influxd.query('CREATE DATABASE "lab"')
        relay = self.relay(v1_sink(self.influxd, extra='retention_policy = "ever"'))
        self.write(relay, f"m f=1 {NOW}")
        harness.wait_for("the sink to wait", lambda: sink_status(relay)["state"] == "configuration")
        self.influxd.query('CREATE RETENTION POLICY "ever" ON "lab" DURATION INF REPLICATION 1')
        wait_until_delivered(relay)
        self.assertEqual(self.values("f", '"ever"."m"'), [1])

    def test_one_line_of_another_type_costs_itself(self):
        self.influxd.query('CREATE DATABASE "lab"')
        self.influxd.write("lab", f"m old=1 {NOW}")
        relay = self.relay(v1_sink(self.influxd))
        lines = [f"m,host=h{i} f={i} {NOW}" for i in range(200)]
        lines[77] = f'm,host=h77 old="text",f=77 {NOW}'
        self.write(relay, *lines)
        wait_until_delivered(relay)
        self.assertEqual(sorted(self.values("f", "m")), [i for i in range(200) if i != 77])
        self.assertEqual(sink_status(relay)["points_dropped"], 1)
        letters = harness.wait_for("the dead letter", lambda: dead_letters(relay))
        self.assertEqual([letter["reason"] for letter in letters], ["type_conflict"])
        self.assertIn("host=h77", letters[0]["line"])

    def test_only_some_lines_reach_a_sink_and_its_replay(self):
        for database in ("lab", "guests"):
            self.influxd.query(f'CREATE DATABASE "{database}"')
        only = 'only = { object = ["qemu", "lxc"], measurement = ["system", "blockstat"] }'
        metrics = harness.VictoriaMetrics(self.path).start()
        self.addCleanup(metrics.stop)
        relay = self.relay(v1_sink(self.influxd),
                           v1_sink(self.influxd, "guests", "guests", only),
                           harness.prometheus_sink(metrics.url, extra=only))
        total = wanted = 0
        for sample in SAMPLES:
            self.assertEqual(relay.write(sample.read_bytes())[0], 204)
            for line in sample.read_text().splitlines():
                measurement, tags, _, _ = ledger.parse(line)
                total += 1
                wanted += (tags.get("object") in ("qemu", "lxc")
                           and measurement in ("system", "blockstat"))
        wait_until_delivered(relay)
        self.assertGreater(wanted, 3)

        def look():
            self.assertEqual({series["name"] for series in self.influxd.query(
                "SELECT * FROM /.*/ GROUP BY *", "guests")}, {"system", "blockstat"})
            self.assertEqual({series["tags"]["object"] for series in self.influxd.query(
                "SELECT * FROM /.*/ GROUP BY *", "guests")}, {"qemu", "lxc"})

        look()
        self.assertEqual(sink_status(relay, "guests")["points_delivered"], wanted)
        self.assertEqual(sink_status(relay, "guests")["lines_filtered"], total - wanted)
        self.assertEqual(sink_status(relay)["points_delivered"], total)
        self.assertEqual(sink_status(relay, "prometheus")["lines_filtered"], total - wanted)
        series = [labels for labels, _ in metrics.export()]
        self.assertEqual({labels["__name__"].split("_")[0] for labels in series},
                         {"system", "blockstat"})
        self.assertEqual({labels["object"] for labels in series}, {"qemu", "lxc"})

        self.influxd.query('DROP DATABASE "guests"')
        self.influxd.query('CREATE DATABASE "guests"')
        harness.subprocess.run(
            [harness.RELAY, "journal", "replay", "--sink", "guests", "--from", "3650d",
             "--config", relay.config], capture_output=True, timeout=60, check=True)
        harness.wait_for("the replay", lambda: sink_status(relay, "guests")["points_delivered"] ==
                         2 * wanted)
        look()


class Version1WithUsers(unittest.TestCase):
    def test_a_wrong_password_is_waited_out_and_never_told(self):
        path = harness.TemporaryDirectory().path
        influxd = harness.Influxd(path, user=("root", "r00t")).start()
        self.addCleanup(influxd.stop)
        influxd.query('CREATE DATABASE "lab"')
        influxd.query("CREATE USER \"relay\" WITH PASSWORD 'right-pass'")
        password = path / "password"
        password.write_text("wr0ng-pass")
        auth = f'auth = {{ user = "relay", password = {{ file = "{password}" }} }}'
        relay = harness.Relay(path, [v1_sink(influxd, extra=auth)]).start()
        self.addCleanup(relay.stop)
        self.assertEqual(relay.write(f"m f=1 {NOW}")[0], 204)
        harness.wait_for("the sink to wait", lambda: sink_status(relay)["state"] == "configuration")
        self.assertIn("401 unauthorized", sink_status(relay)["last_error"])

        password.write_text("right-pass")
        relay.child.send_signal(harness.signal.SIGHUP)
        harness.wait_for("the right password to be shown",
                         lambda: "403 forbidden" in sink_status(relay)["last_error"])
        influxd.query('GRANT WRITE ON "lab" TO "relay"')
        wait_until_delivered(relay)
        self.assertEqual(influxd.query("SELECT f FROM m", "lab")[0]["values"][0][1], 1)
        self.assertEqual(sink_status(relay)["points_dropped"], 0)
        for secret in ("wr0ng-pass", "right-pass"):
            self.assertNotIn(secret, relay.log())
            self.assertNotIn(secret, json.dumps(relay.status()))


class TypeGuard(unittest.TestCase):
    def test_a_database_of_an_older_setup_keeps_working(self):
        path = harness.TemporaryDirectory().path
        influxd = harness.Influxd(path).start()
        self.addCleanup(influxd.stop)
        influxd.query('CREATE DATABASE "lab"')
        # In the shard that the samples go to. vmid is text, status is a number, uptime counts.
        influxd.write("lab", f'old,a=b vmid="7",status=1,uptime=5i,cpu=1i {NOW}')
        relay = harness.Relay(path, [v1_sink(influxd, extra='type_guard = "coerce"')]).start()
        self.addCleanup(lambda: relay.stop())

        def push(host):
            lines = [f'old,host={host}{i} vmid={100 + i},status="running",uptime={i},cpu=0.5,mem=1 '
                     f"{NOW}" for i in range(20)]
            self.assertEqual(relay.write("\n".join(lines))[0], 204)
            wait_until_delivered(relay)
            rows = influxd.query(f"SELECT vmid, status_string, uptime, cpu_float, mem FROM old "
                                 f"WHERE host =~ /^{host}/", "lab")[0]["values"]
            self.assertEqual(sorted(row[1:] for row in rows),
                             sorted([str(100 + i), "running", i, 0.5, 1] for i in range(20)))
            self.assertEqual(sink_status(relay)["points_dropped"], 0)
            self.assertEqual(dead_letters(relay), [])

        push("a")
        learnt = {(one["measurement"], one["field"]): (one["stored_as"], one["written"])
                  for one in sink_status(relay)["guarded_fields"]}
        self.assertEqual(learnt, {("old", "vmid"): ("string", "coerced"),
                                  ("old", "status"): ("float", "coerced"),
                                  ("old", "uptime"): ("integer", "coerced"),
                                  ("old", "cpu"): ("integer", "coerced")})
        metrics = relay.metrics()
        label = '{sink="influx",type="influxdb"}'
        self.assertGreaterEqual(metrics["pverelay_sink_coerced_values_total" + label], 40)
        self.assertGreaterEqual(metrics["pverelay_sink_diverted_values_total" + label], 40)
        self.assertEqual(metrics["pverelay_sink_adaptations_total" + label], 4)

        # What was learnt is learnt again.
        relay.stop()
        relay.start()
        push("b")
        self.assertEqual(len(sink_status(relay)["guarded_fields"]), 4)

    def test_a_new_field_that_comes_as_two_types_at_once_is_sorted_out(self):
        # InfluxDB 1.6 stores nothing of such a request and does not say which field it is.
        path = harness.TemporaryDirectory().path
        influxd = harness.Influxd(path).start()
        self.addCleanup(influxd.stop)
        influxd.query('CREATE DATABASE "lab"')
        relay = harness.Relay(path, [v1_sink(influxd, extra='type_guard = "coerce"')]).start()
        self.addCleanup(relay.stop)
        relay.write("\n".join(f"m,host=h{i} x={i if i % 3 else f'{i}i'} {NOW}" for i in range(64)))
        wait_until_delivered(relay)
        self.assertEqual(sink_status(relay)["points_dropped"], 0)
        rows = influxd.query("SELECT x FROM m", "lab")[0]["values"]
        self.assertEqual(sorted(row[1] for row in rows), list(range(64)))

    def test_an_influxdb_2_that_stores_the_rest_gets_the_others_too(self):
        path = harness.TemporaryDirectory().path
        fake = fake_influxdb.FakeInfluxDB()
        self.addCleanup(fake.stop)
        fake.table("lab", "system").columns.update({"vmid": "string", "cpus": "integer"})
        relay = harness.Relay(path, [fake_sink(fake, "v2", path, 'type_guard = "coerce"')]).start()
        self.addCleanup(relay.stop)
        relay.write("\n".join(f"system,host=h{i} vmid={i},cpus=4 {NOW}" for i in range(50)))
        wait_until_delivered(relay)
        points = fake.lines("lab", "system")
        self.assertEqual(len(points), 50)
        self.assertTrue(all(fields["cpus"] == "4i" and fields["vmid"].startswith('"')
                            for fields in points.values()))
        self.assertEqual(sink_status(relay)["points_delivered"], 50)

    def test_divert_leaves_what_is_there_as_it_is(self):
        path = harness.TemporaryDirectory().path
        fake = fake_influxdb.FakeInfluxDB()
        self.addCleanup(fake.stop)
        fake.table("lab", "system").columns["vmid"] = "string"
        relay = harness.Relay(path, [fake_sink(fake, "v2", path, 'type_guard = "divert"')]).start()
        self.addCleanup(relay.stop)
        relay.write(f"system,host=a vmid=7 {NOW}")
        wait_until_delivered(relay)
        self.assertEqual(list(fake.lines("lab", "system").values()), [{"vmid_float": "7"}])


class Version3(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.fake = fake_influxdb.FakeInfluxDB()
        self.addCleanup(self.fake.stop)

    def relay(self, extra=""):
        relay = harness.Relay(self.path, [fake_sink(self.fake, "v3", self.path, extra)]).start()
        self.addCleanup(relay.stop)
        return relay

    def test_all_that_proxmox_sends_is_stored(self):
        relay = self.relay()
        lines = [line for sample in SAMPLES for line in sample.read_text().splitlines()]
        for sample in SAMPLES:
            self.assertEqual(relay.write(sample.read_bytes())[0], 204)
        wait_until_delivered(relay)
        self.assertEqual(sink_status(relay)["points_dropped"], 0)
        stored = sum(len(self.fake.lines(*key)) for key in self.fake.tables)
        self.assertEqual(stored, len({(ledger.parse(line)[0], *sorted(ledger.parse(line)[1].items()),
                                       ledger.parse(line)[3]) for line in lines}))
        system = self.fake.table("lab", "system").columns
        self.assertEqual((system["type"], system["type_string"]), ("tag", "string"))

    def test_a_conflict_costs_its_line_or_with_a_guard_nothing(self):
        self.fake.table("lab", "system").columns["vmid"] = "string"
        lines = "\n".join(f"system,host=h{i} {'vmid' if i % 10 == 3 else 'cpu'}={i} {NOW}"
                          for i in range(40))
        relay = self.relay()
        relay.write(lines)
        wait_until_delivered(relay)
        self.assertEqual(sink_status(relay)["points_dropped"], 4)
        letters = harness.wait_for("the dead letters", lambda: dead_letters(relay))
        self.assertEqual({letter["reason"] for letter in letters}, {"type_conflict"})
        self.assertEqual(len(self.fake.lines("lab", "system")), 36)
        relay.stop()

        relay = harness.Relay(self.path, [fake_sink(self.fake, "v3", self.path,
                                                    'type_guard = "coerce"\nstart = "oldest"')],
                              name="guarded").start()
        self.addCleanup(relay.stop)
        relay.write(lines)
        wait_until_delivered(relay)
        self.assertEqual(sink_status(relay)["points_dropped"], 0)
        self.assertEqual(len(self.fake.lines("lab", "system")), 40)


if __name__ == "__main__":
    unittest.main(verbosity=2)
