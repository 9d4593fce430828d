"""What systemd does for the relay, as far as a test needs it: it opens the sockets, keeps them while
nobody reads, and hands them to one relay after another (sd_listen_fds(3)); and it listens to what
the relay says of itself (sd_notify(3)), sockets to keep included."""

import array
import os
import pathlib
import socket
import threading

import harness

# sd_listen_fds(3): the files begin at 3, and the variables name the process that they are for.
_PASS = """
import os, sys
count, names, moved = int(sys.argv[1]), sys.argv[2], [int(n) for n in sys.argv[3].split(",") if n]
high = [os.dup2(fd, 500 + i, inheritable=False) for i, fd in enumerate(moved)]
for fd in moved: os.close(fd)
for i, fd in enumerate(high): os.dup2(fd, 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(count), LISTEN_FDNAMES=names)
os.execv(sys.argv[4], sys.argv[4:])
"""


class Supervisor:
    def __init__(self, directory):
        self.sockets = []  # (name, socket), as a socket unit opens them
        self.kept = {}     # name: socket, as the file descriptor store keeps them
        self.said = []     # notifications, in order
        self.path = str(pathlib.Path(directory) / "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.path)
        threading.Thread(target=self._listen, daemon=True).start()

    def open(self, kind, port, name="pverelay.socket"):
        one = socket.socket(socket.AF_INET, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if kind == socket.SOCK_DGRAM:
            # ReceiveBuffer= of the unit; without the right to it, what the system allows.
            force = 33  # SO_RCVBUFFORCE
            try:
                one.setsockopt(socket.SOL_SOCKET, force, 32 << 20)
            except PermissionError:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32 << 20)
        one.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            one.listen(4096)
        self.sockets.append((name, one))
        return one

    def _listen(self):
        while True:
            fds = array.array("i")
            text, control, _, _ = self.notify.recvmsg(8192, socket.CMSG_SPACE(4 * 16))
            for level, kind, data in control:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
            said = dict(line.split("=", 1) for line in text.decode().splitlines())
            if "FDSTORE" in said:
                fresh = socket.socket(fileno=fds[0])
                before, self.kept[said["FDNAME"]] = self.kept.get(said["FDNAME"]), fresh
                if before:  # as systemd, which knows the same socket again
                    before.close()
            if "FDSTOREREMOVE" in said:
                self.kept.pop(said["FDNAME"]).close()
            self.said.append(said)

    def heard(self, key):
        """What was said under that key, in order."""
        return [one[key] for one in list(self.said) if key in one]

    def supervise(self, relay):
        """From now on the relay is started with the sockets, by whoever starts it."""
        passed = self.sockets + list(self.kept.items())
        fds = [one.fileno() for _, one in passed]
        relay.arguments = ["python3", "-c", _PASS, str(len(fds)), ":".join(n for n, _ in passed),
                           ",".join(map(str, fds)), *self._plain(relay)]
        relay.environment["NOTIFY_SOCKET"] = self.path
        relay.pass_fds = fds
        return relay

    def close(self):
        for one in [*(one for _, one in self.sockets), *self.kept.values()]:
            one.close()

    @staticmethod
    def _plain(relay):
        at = relay.arguments.index(str(harness.RELAY))
        return relay.arguments[at:]
