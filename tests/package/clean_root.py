"""A Debian 12 of its own in a directory: the least that apt can install into, thrown away after."""

import os
import pathlib
import subprocess

import harness

BUILT = harness.ROOT / "build/package"


def _base():
    """Fetched once; every root is unpacked from it. Its sources are those of this machine."""
    archive = BUILT / "clean-root.tar"
    if not archive.exists():
        draft = archive.with_suffix(".draft.tar")
        subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "bookworm", draft,
                        "/etc/apt/sources.list.d/debian.sources"], check=True, timeout=600)
        draft.rename(archive)
    return archive


class CleanRoot:
    def __init__(self):
        self.path = pathlib.Path(harness.TemporaryDirectory().path) / "root"
        self.path.mkdir(mode=0o755)
        self.path.parent.chmod(0o755)  # the relay's user passes through
        subprocess.run(["tar", "-x", "-C", self.path, "-f", _base()], check=True,
                       timeout=120)
        (self.path / "etc/resolv.conf").write_text(pathlib.Path("/etc/resolv.conf").read_text())
        # Nothing is started here: there is no systemd to start it.
        policy = self.path / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def run(self, *command, user=None, check=True, **options):
        chroot = ["chroot", *([f"--userspec={user}"] if user else []), str(self.path)]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                       "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*chroot, *command], capture_output=True, text=True, timeout=600,
                              check=False, env=environment, stdin=subprocess.DEVNULL, **options)
        if check and done.returncode != 0:
            raise AssertionError(f"{command} ended with {done.returncode}:\n"
                                 f"{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def file(self, path):
        return self.path / path.lstrip("/")

    def owner(self, path):
        """'root pverelay 640', by the names of this root."""
        return self.run("stat", "-c", "%U %G %a", path).stdout.strip()
