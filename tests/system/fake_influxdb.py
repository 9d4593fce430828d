"""InfluxDB 2 and 3 as far as a writer sees them: Debian has neither.

Written from what they document and from their sources: which lines a type conflict costs, in which
words they say so, and what an empty write is answered. A bucket or database is a dictionary.
"""

import gzip
import http.server
import json
import urllib.parse
import zlib

import ledger
import recorder


def type_of(text):
    if text.startswith('"'):
        return "string"
    if text[-1] in "iu":
        return {"i": "integer", "u": "unsigned"}[text[-1]]
    return "boolean" if text[0] in "tTfF" else "float"


class Table:
    def __init__(self):
        self.columns = {}  # name -> "float" … or "tag"
        self.lines = []    # (tags, fields, milliseconds)


class FakeInfluxDB:
    """`tables`: what is stored, by (bucket or database, measurement). `bodies`: of each write."""

    def __init__(self, token="t0ken"):
        self.token, self.tables, self.bodies = token, {}, []
        self.server = recorder.Server(self._handler())
        self.url = self.server.url

    def stop(self):
        self.server.stop()

    def table(self, database, measurement):
        return self.tables.setdefault((database, measurement), Table())

    def lines(self, database, measurement):
        """Without what a later write of the same point has overwritten."""
        points = {}
        for tags, fields, time in self.table(database, measurement).lines:
            points.setdefault((tuple(sorted(tags.items())), time), {}).update(fields)
        return points

    def _handler(fake):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def answer(self, status, body=""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def do_GET(self):
                self.answer(200, "OK")

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                packed = self.headers.get("Content-Encoding") == "gzip"
                if url.path == "/api/v2/write":
                    return self.answer(*fake._write_2(self.headers, query, body, packed))
                if url.path == "/api/v3/write_lp":
                    return self.answer(*fake._write_3(self.headers, query, body, packed))
                return self.answer(404, json.dumps({"error": "not found"}))

        return Handler

    def _write_2(self, headers, query, body, packed):
        if headers.get("Authorization") != f"Token {self.token}":
            return 401, json.dumps({"code": "unauthorized", "message": "unauthorized access"})
        assert query["precision"] == "ns", query
        text = gzip.decompress(body) if packed else body  # all members
        self.bodies.append(text)
        refused = [found for line in text.decode().splitlines()
                   if (found := self._store(query["bucket"], line))]
        if not refused:
            return 204, ""
        measurement, field, got, expected = refused[0]
        return 422, json.dumps({
            "code": "unprocessable entity",
            "message": "failure writing points to database: partial write: field type conflict: "
                       f'input field "{field}" on measurement "{measurement}" is type {got}, '
                       f"already exists as type {expected} dropped={len(refused)}"})

    def _write_3(self, headers, query, body, packed):
        if headers.get("Authorization") != f"Bearer {self.token}":
            return 401, ""
        assert query["precision"] == "nanosecond" and query["accept_partial"] == "true", query
        # Before 3.8 what follows the first member is not looked at.
        text = zlib.decompressobj(31).decompress(body) if packed else body
        self.bodies.append(text)
        lines = text.decode().splitlines()
        if not lines:
            return 400, "incoming write was empty"
        refused = []
        for number, line in enumerate(lines, 1):
            if found := self._store(query["db"], line, tags_are_columns=True):
                refused.append((number, line, found))
        if not refused:
            return 204, ""
        kind = lambda type_: type_ if type_ == "tag" else f"field::{type_}"
        return 400, json.dumps({
            "error": "partial write of line protocol occurred",
            "data": [{"original_line": line[:20], "line_number": number,
                      "error_message": f"invalid column type for column '{name}', expected "
                                       f"iox::column_type::{kind(expected)}, "
                                       f"got iox::column_type::{kind(got)}"}
                     for number, line, (_, name, got, expected) in refused]})

    def _store(self, database, line, tags_are_columns=False):
        """(measurement, column, type, type that is there) where the line is refused."""
        measurement, tags, fields, time = ledger.parse(line)
        table = self.table(database, measurement)
        columns = [(name, "tag") for name in tags] if tags_are_columns else []
        columns += [(name, type_of(text)) for name, text in fields.items()]
        for name, type_ in columns:
            if table.columns.get(name, type_) != type_:
                return measurement, name, type_, table.columns[name]
        table.columns.update(columns)
        table.lines.append((tags, fields, time))
        return None
