"""Dashboards made for what Proxmox writes to InfluxDB itself go on with what the relay writes: the
same series, fields, types and values, line by line, but for the tag `cluster`."""

import unittest

import harness
import ledger

SAMPLES = sorted((harness.ROOT / "tests/samples").glob("*.lp"))
# What the relay mends (docs/line-protocol.md): the field says what the tag of its line says;
REPEATED = {("system", "storages", "type")}
# the list comes in another order after each restart of pvestatd;
SORTED = {("system", "storages", "content")}
# and counters are 0 for a cycle, of a machine that runs and shows no block devices.
FALSE_ZEROS = ("diskread", "diskwrite")


def influx_sink(influxd, database):
    return (f'[[sink]]\nname = "influx"\ntype = "influxdb"\napi = "v1"\nurl = "{influxd.url}"\n'
            f'database = "{database}"\n')


class Shape(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = harness.TemporaryDirectory().path
        cls.influxd = harness.Influxd(path).start()
        for database in ("before", "after"):
            cls.influxd.query(f'CREATE DATABASE "{database}"')
        relay = harness.Relay(path, [influx_sink(cls.influxd, "after")]).start()
        cls.lines = [line for sample in SAMPLES for line in sample.read_text().splitlines()]
        for sample in SAMPLES:
            # Each as Proxmox pushes them: straight, and to the relay.
            status, _, body = harness.http("POST", cls.influxd.url + "/write?db=before",
                                           sample.read_bytes())
            assert status == 204, (sample, body)
            assert relay.write(sample.read_bytes())[0] == 204, sample
        harness.wait_for("everything to be delivered", relay.has_delivered_all)
        relay.stop()

    @classmethod
    def tearDownClass(cls):
        cls.influxd.stop()

    def points(self, database, measurement):
        """{(tags, time): {field: value}} as the store gives it back."""
        points = {}
        fields = [row[0] for row in self.types(database, measurement)]
        wanted = ",".join(f'"{field}"::field' for field in fields)
        for series in self.influxd.query(f'SELECT {wanted} FROM "{measurement}" GROUP BY *', database):
            tags = {key: value for key, value in series["tags"].items() if value}
            if database == "after":
                self.assertEqual(tags.pop("cluster"), "lab")
            for time, *values in series["values"]:
                points[tuple(sorted(tags.items())), time] = {
                    field: value for field, value in zip(fields, values) if value is not None}
        return points

    def types(self, database, measurement):
        return self.influxd.query(f'SHOW FIELD KEYS FROM "{measurement}"', database)[0]["values"]

    def mended(self, measurement, points):
        """As the relay writes what was written straight."""
        for (tags, _), fields in points.items():
            kind = dict(tags).get("object")
            for field in list(fields):
                if (measurement, kind, field) in REPEATED:
                    self.assertEqual(fields.pop(field), dict(tags)[field])
                elif (measurement, kind, field) in SORTED:
                    fields[field] = ",".join(sorted(fields[field].split(",")))
            if measurement == "system" and kind == "qemu" and self.hangs(dict(tags), fields):
                for field in FALSE_ZEROS:
                    del fields[field]
        return points

    def hangs(self, tags, fields):
        shown = {ledger.parse(line)[1].get("vmid") for line in self.lines
                 if line.startswith("blockstat,")}
        return (fields["status"] == "running" and fields["uptime"] > 20
                and tags["vmid"] not in shown
                and all(fields.get(field) == 0 for field in FALSE_ZEROS))

    def measurements(self):
        return sorted({ledger.parse(line)[0] for line in self.lines})

    def test_every_point_is_the_same_but_for_the_cluster(self):
        self.assertGreater(len(self.measurements()), 6)
        for measurement in self.measurements():
            before = self.mended(measurement, self.points("before", measurement))
            self.assertTrue(before)
            self.assertEqual(self.points("after", measurement), before, measurement)

    def test_every_field_has_the_same_type(self):
        for measurement in self.measurements():
            self.assertEqual(self.types("after", measurement), self.types("before", measurement),
                             measurement)

    def test_text_that_old_versions_sent_bare_never_meets_a_type_conflict(self):
        # PVE 6 to 8.3 with a guest called 66601, a tag 2024 and the vmid as a field, then PVE 9.
        guest = "system,object=qemu,vmid=101,nodename=pve1,host=66601"
        old = (f"{guest} name=66601,status=\"running\",tags=2024,uptime=5,vmid=101 1755785270000000000",
               f"{guest} name=1e5,status=\"running\",uptime=15 1755785280000000000")
        new = (f'{guest} name="66601",status="running",tags="2024;prod",uptime=25 1755785290000000000',)
        for database in ("old", "mended"):
            self.influxd.query(f'CREATE DATABASE "{database}"')
        self.influxd.write("old", "\n".join(old))
        with self.assertRaisesRegex(ValueError, "type conflict"):
            self.influxd.write("old", "\n".join(new))

        relay = harness.Relay(harness.TemporaryDirectory().path,
                              [influx_sink(self.influxd, "mended")]).start()
        self.addCleanup(relay.stop)
        for lines in (old, new):
            self.assertEqual(relay.write("\n".join(lines))[0], 204)
            harness.wait_for("everything to be delivered", relay.has_delivered_all)
        self.assertEqual(relay.status()["sinks"][0]["points_dropped"], 0)
        rows = self.influxd.query('SELECT "name"::field, tags::field FROM system', "mended")[0]["values"]
        self.assertEqual([row[1:] for row in rows],
                         [["66601", "2024"], ["1e5", None], ["66601", "2024;prod"]])
        types = dict(self.types("mended", "system"))
        self.assertEqual((types["name"], types["tags"]), ("string", "string"))
        self.assertNotIn("vmid", types)

    def test_the_panels_of_flux_find_their_tags_and_fields_in_one_line(self):
        lines = {line.split(" ")[0] for line in self.lines}
        self.assertTrue(any(line.startswith("system,") for line in lines))
        for measurement, kind, fields in (("cpustat", "nodes", {"cpu", "wait", "avg1", "cpus"}),
                                          ("memory", "nodes", {"memtotal", "memused", "swapused"}),
                                          ("system", "qemu", {"cpu", "mem", "maxmem", "uptime"}),
                                          ("system", "lxc", {"cpu", "mem", "disk", "swap"}),
                                          ("system", "storages", {"avail", "used", "total"})):
            found = [(dict(tags), set(values)) for (tags, _), values
                     in self.points("after", measurement).items()
                     if dict(tags).get("object") == kind]
            self.assertTrue(found, (measurement, kind))
            for tags, names in found:
                self.assertLessEqual(fields, names, (measurement, tags))
                self.assertIn("host", tags)
                self.assertEqual("nodename" in tags, kind != "nodes")


if __name__ == "__main__":
    unittest.main(verbosity=2)
