"""A scripted receiver of remote write, of 1.0 or of 2.0, as the specifications demand it: it reads
what it is sent with nothing of the relay's, stores it, and notes whatever a sender must not do."""

import http.server
import struct

import recorder

TYPE_1 = "application/x-protobuf"
TYPE_2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request"


class Receiver:
    """`samples`: {(labels, milliseconds): [value …]}; `metadata`: {metric: (type, help, unit)};
    `faults`: what a sender must not do; `answers`: (version, status) of each request."""

    def __init__(self, versions=("2.0.0",), refuses_metadata=False, most=None):
        self.samples, self.metadata, self.faults, self.answers = {}, {}, [], []
        self.versions, self.refuses_metadata, self.most = versions, refuses_metadata, most
        self.server = recorder.Server(self._handler())
        self.url = self.server.url

    def stop(self):
        self.server.stop()

    def _answer(self, headers, body):
        """(status, headers)"""
        version = headers["X-Prometheus-Remote-Write-Version"]
        if headers["Content-Type"] != (TYPE_2 if version == "2.0.0" else TYPE_1):
            self.faults.append(f"{version} as {headers['Content-Type']}")
        if version not in self.versions:
            return 415, {}
        message = recorder.unsnap(body)
        if version != "2.0.0":
            return self._take_1(message), {}
        series = list(self._read_2(message))
        stored = series if self.most is None else series[:self.most]
        for labels, samples, about in stored:
            self._store(labels, samples)
            if about is not None:
                self.metadata[dict(labels)["__name__"]] = about
        return (204 if len(stored) == len(series) else 400), {
            "X-Prometheus-Remote-Write-Samples-Written": str(sum(len(s) for _, s, _ in stored))}

    def _store(self, labels, samples):
        for milliseconds, value in samples:
            self.samples.setdefault((labels, milliseconds), []).append(value)

    def _take_1(self, message):
        fields = list(recorder.fields(message))
        told = [dict(recorder.fields(value)) for number, value in fields if number == 3]
        if told and self.refuses_metadata:
            return 400
        for one in told:
            self.metadata[one[2].decode()] = (
                one.get(1, 0), one.get(4, b"").decode(), one.get(5, b"").decode())
        for number, value in fields:
            if number == 1:
                parts = list(recorder.fields(value))
                pairs = [dict(recorder.fields(part)) for field, part in parts if field == 1]
                labels = tuple((pair[1].decode(), pair[2].decode()) for pair in pairs)
                self._store(labels, [_sample(part) for field, part in parts if field == 2])
        return 204

    def _read_2(self, message):
        """(labels, [(milliseconds, value)], (type, help, unit)) of each series."""
        fields = list(recorder.fields(message))
        symbols = [value.decode() for number, value in fields if number == 4]
        if symbols[:1] != [""] or len(set(symbols)) != len(symbols):
            self.faults.append("symbols do not begin with the empty one, or repeat themselves")
        for number, value in fields:
            if number not in (4, 5):
                self.faults.append(f"field {number}")
            if number != 5:
                continue
            parts = list(recorder.fields(value))
            references = [r for field, part in parts if field == 1 for r in _packed(part)]
            texts = [symbols[reference] for reference in references]
            labels = tuple(zip(texts[::2], texts[1::2]))
            if len(texts) % 2 != 0 or list(labels) != sorted(set(labels)) or "" in texts:
                self.faults.append(f"labels {texts}")
            about = [dict(recorder.fields(part)) for field, part in parts if field == 5]
            yield (labels, [_sample(part) for field, part in parts if field == 2],
                   (about[0].get(1, 0), symbols[about[0].get(3, 0)], symbols[about[0].get(4, 0)])
                   if about else None)

    def _handler(receiver):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = receiver._answer(self.headers, body)
                receiver.answers.append(
                    (self.headers["X-Prometheus-Remote-Write-Version"], status))
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler


def _packed(data):
    at = 0
    while at < len(data):
        value, at = recorder.varint(data, at)
        yield value


def _sample(message):
    parts = dict(recorder.fields(message))
    return parts[2], struct.unpack("<d", parts[1])[0]
