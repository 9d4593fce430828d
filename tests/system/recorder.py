"""A store's front door that keeps a copy of what the store was sent.

It passes every request on and its answer back. Where the store is gone it closes the connection
without a word, as a dead store does. So what a store was sent twice is known, which the store
itself hides: it overwrites.
"""

import gzip
import http.client
import http.server
import sys
import threading
import urllib.parse

import ledger


class Server(http.server.ThreadingHTTPServer):
    """Serves on a free port of loopback, from the start until stop()."""

    daemon_threads = True

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self):
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A relay that was killed does not wait for its answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Recorder:
    """`taken`: bodies the store answered with 2xx, in order; `doubtful`: it had them and fell
    silent, and may have stored them."""

    def __init__(self, store_url):
        self.taken, self.doubtful = [], []
        self.store = urllib.parse.urlsplit(store_url).netloc
        self.server = Server(self._handler())
        self.url = self.server.url

    def stop(self):
        self.server.stop()

    def _receive(self, handler):
        """The body of the request at hand, or None."""
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))

    def _pass_on(self, method, path, headers, body):
        """(status, headers, body) of the store, or None."""
        store = http.client.HTTPConnection(self.store, timeout=30)
        try:
            store.connect()
        except OSError:
            return None
        try:
            store.request(method, path, body, headers)
            answer = store.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.doubtful.append(body)
            return None
        finally:
            store.close()
        if answer.status // 100 == 2:
            self.taken.append(body)
        return answer.status, answer.getheaders(), content

    def _handler(recorder):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = recorder._receive(self)
                answer = body is not None and recorder._pass_on(
                    self.command, self.path, dict(self.headers), body)
                if not answer:
                    self.close_connection = True
                    return
                status, headers, content = answer
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                        self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

        return Handler


def points_of_lines(body):
    """[(series, milliseconds)] of a gzip body of line protocol, of numbers and strings."""
    points = []
    for line in gzip.decompress(body).decode().splitlines():
        measurement, tags, fields, time = ledger.parse(line)
        series = (measurement, tuple(sorted(tags.items())))
        points += [((*series, field), time) for field in fields]
    return points


def points_of_remote_write(body):
    """[(series, milliseconds)] of a remote write 1.0 body; a series is its labels as sent, which
    are sorted."""
    points = []
    for number, series in fields(unsnap(body)):
        if number != 1:  # WriteRequest.timeseries
            continue
        parts = list(fields(series))
        labels = b"".join(value for number, value in parts if number == 1)
        points += [(labels, dict(fields(value))[2]) for number, value in parts if number == 2]
    return points


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(message):
    """(number, value) of a protobuf message: an integer, or the bytes of whatever is longer."""
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(message, at)
        else:
            size, at = (8, at) if kind == 1 else varint(message, at)
            value, at = message[at:at + size], at + size
        yield tag >> 3, value


def unsnap(block):
    """The snappy block format (google/snappy, format_description.txt)."""
    size, at = varint(block, 0)
    out = bytearray()
    while at < len(block):
        tag = block[at]
        at += 1
        kind, high = tag & 3, tag >> 2
        if kind == 0:  # a literal; a length of 61 and more stands in the next bytes
            extra = max(0, high - 59)
            length = 1 + (int.from_bytes(block[at:at + extra], "little") if extra else high)
            at += extra
            out += block[at:at + length]
            at += length
            continue
        if kind == 1:
            length, back, at = 4 + (high & 7), (high >> 3) << 8 | block[at], at + 1
        else:
            width = 2 if kind == 2 else 4
            length, back = 1 + high, int.from_bytes(block[at:at + width], "little")
            at += width
        while length > 0:  # a copy may reach into what it makes
            piece = out[-back:][:length] if back >= length else out[-back:]
            out += piece
            length -= len(piece)
    if len(out) != size:
        raise ValueError(f"snappy: {len(out)} bytes instead of {size}")
    return bytes(out)
