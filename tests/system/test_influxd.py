"""A real InfluxDB takes what the journal holds and gives it back equal."""

import gzip
import unittest

import harness
import ledger

SAMPLES = harness.ROOT / "tests/samples"


class Influxd(unittest.TestCase):
    def test_a_body_of_ours_is_read_back_equal(self):
        path = harness.TemporaryDirectory().path
        influxd = harness.Influxd(path).start()
        influxd.query('CREATE DATABASE "lab"')
        relay = harness.Relay(path, [harness.influxdb_sink("http://127.0.0.1:9")]).start()
        texts = sorted(SAMPLES.glob("*.lp"))
        self.assertTrue(texts)
        for text in texts:
            self.assertEqual(relay.write(text.read_bytes())[0], 204, text)
        relay.stop()

        segments = b"".join(s.read_bytes() for s in sorted(relay.journal.glob("*.lp.gz")))
        # The bytes on disk are the bytes that are sent: many gzip members, each with our header.
        status, _, body = harness.http("POST", influxd.url + "/write?db=lab", segments,
                                       {"Content-Encoding": "gzip"})
        self.assertEqual(status, 204, body)

        lines = gzip.decompress(segments).decode().splitlines()
        self.assertGreater(len(lines), 50)
        tag_keys = {key for line in lines for key in ledger.parse(line)[1]}
        for line in lines:
            self.assertEqual(self.read_back(influxd, line, tag_keys), self.fields(line), line)
        influxd.stop()

    @staticmethod
    def fields(line):
        _, _, fields, _ = ledger.parse(line)
        return {k: float(v) if ledger.is_number(v) else v[1:-1].replace('\\"', '"').replace("\\\\", "\\")
                for k, v in fields.items()}

    @staticmethod
    def read_back(influxd, line, tag_keys):
        measurement, tags, fields, _ = ledger.parse(line)
        time = line.rsplit(" ", 1)[1]
        wanted = ",".join(f'"{field}"::field' for field in fields)
        # A tag that the line lacks must be lacking, or lines that differ in it would answer together.
        where = " AND ".join(f"\"{key}\"::tag = '{tags.get(key, '')}'" for key in sorted(tag_keys))
        series = influxd.query(f'SELECT {wanted} FROM "{measurement}" WHERE {where} AND time = {time}',
                               "lab")
        row = series[0]["values"][0]
        return {field: value if isinstance(value, str) else float(value)
                for field, value in zip(fields, row[1:]) if value is not None}


if __name__ == "__main__":
    unittest.main(verbosity=2)
