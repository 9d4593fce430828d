"""The package as a stranger meets it: installed in a clean Debian 12, set up as the README says, a
push through HTTPS in both stores, then upgraded, removed and purged.

    ./dev package --test

There is no systemd in a chroot: the relay is started by hand as the unit would, and what systemd
reads (units, generator, users, directories) is looked at by systemd's own tools.
"""

import http.client
import pathlib
import re
import shutil
import ssl
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

import harness
from clean_root import BUILT, CleanRoot

CONFIG = "/etc/pverelay/pverelay.toml"


def setUpModule():
    """One root for all: it takes a minute to make."""
    global root
    root = CleanRoot()
    [package] = BUILT.glob("pverelay_*.deb")
    shutil.copy(package, root.file("/tmp/"))
    root.run("apt-get", "-qq", "update")
    root.run("sh", "-c", f"apt-get -qq -y --no-install-recommends install /tmp/{package.name}")


def readme_block(first):
    """The commands of the README's block that begins with this line."""
    text = (ROOT / "README.md").read_text()
    block = re.search(rf"^( *){re.escape(first)}.*\n(?:\1.*\n)*", text, re.MULTILINE)
    return block[0]


def filled_in(text, ports, urls):
    """What an administrator does in an editor: the # away, and what is theirs put in."""
    text = re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)
    text = text.replace("[::]:8186", f"[::]:{ports[0]}")
    text = text.replace("http://127.0.0.1:8086", urls[0]).replace("http://127.0.0.1:9090", urls[1])
    return text + f'\n[admin]\naddress = "127.0.0.1:{ports[1]}"\n'


class Package(unittest.TestCase):
    """In the order of their names: one life of one package."""

    def run_generator(self):
        """{"UNIT.d/NAME.conf": text}, as systemd has it run."""
        root.run("rm", "-rf", "/tmp/units")
        root.run("mkdir", "-p", "/tmp/units")
        root.run("/lib/systemd/system-generators/pverelay-generator", "/tmp/units", "/tmp/units",
                 "/tmp/units")
        units = root.file("/tmp/units")
        return {str(path.relative_to(units)): path.read_text() for path in units.glob("*.d/*.conf")}

    def test_1_it_belongs_to_root_and_the_relay(self):
        self.assertEqual(root.owner("/etc/pverelay"), "root pverelay 750")
        self.assertEqual(root.owner(CONFIG), "root pverelay 640")
        self.assertEqual(root.owner("/var/lib/pverelay"), "pverelay pverelay 700")
        self.assertIn("nologin", root.run("getent", "passwd", "pverelay").stdout)
        for unit in ("multi-user.target.wants/pverelay.service", "sockets.target.wants/pverelay.socket"):
            self.assertTrue(root.file(f"/etc/systemd/system/{unit}").is_symlink(), unit)

    def test_1_its_units_are_what_systemd_and_a_security_engineer_expect(self):
        units = [f"/lib/systemd/system/pverelay.{kind}" for kind in ("socket", "service")]
        done = root.run("systemd-analyze", "verify", "--man=no", *units, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        done = root.run("systemd-analyze", "security", "--offline=true", "--threshold=15",
                               units[1], check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def test_1_nothing_starts_before_it_is_configured(self):
        units = self.run_generator()
        self.assertEqual(set(units), {"pverelay.socket.d/not-configured.conf",
                                      "pverelay.service.d/not-configured.conf"})
        [condition] = set(units.values())
        path = re.search(r"^ConditionPathExists=(.*)$", condition, re.MULTILINE)[1]
        self.assertFalse(root.file(path).exists())

    def test_1_the_shell_completes_what_the_program_knows(self):
        script = ("source /usr/share/bash-completion/completions/pverelay 2>/dev/null;"
                  "_init_completion() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}"
                  " words=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD; };"
                  "COMP_WORDS=(pverelay journal re) COMP_CWORD=2; _pverelay; echo \"${COMPREPLY[@]}\"")
        self.assertEqual(root.run("bash", "-c", script).stdout, "replay\n")

    def test_2_a_push_through_https_arrives_in_both_stores(self):
        path = harness.TemporaryDirectory().path
        stores = [harness.VictoriaMetrics(path).start(), harness.Prometheus(path).start()]
        root.run("sh", "-e", "-c", readme_block("cd /etc/pverelay"))
        ports = harness.free_port(), harness.free_port()
        config = root.file(CONFIG)
        config.write_text(filled_in(config.read_text(), ports, [one.url for one in stores]))
        checked = root.run("pverelay", "check")
        self.assertEqual(checked.stderr, "")
        relay = harness.Process("relay", ["chroot", "--userspec=pverelay:pverelay", root.path,
                                          "/usr/bin/pverelay", "run"], path).start()
        admin = f"http://127.0.0.1:{ports[1]}"
        harness.wait_for("the relay to be ready",
                         lambda: not relay.is_running() or
                         harness.http("GET", admin + "/ready")[0] == 200)
        self.assertTrue(relay.is_running(), relay.log())

        context = ssl.create_default_context(cafile=root.file("/etc/pverelay/listen.pem"))
        door = http.client.HTTPSConnection("localhost", ports[0], context=context, timeout=10)
        token = root.file("/etc/pverelay/push.token").read_text().strip()
        for shown, status in (("wrong", 401), (token, 204)):
            door.request("POST", "/api/v2/write?org=proxlab&bucket=proxmox",
                         "system,object=nodes,host=pve1 uptime=4711\n",
                         {"Authorization": f"Token {shown}"})
            answer = door.getresponse()
            answer.read()
            self.assertEqual(answer.status, status)
        door.close()
        for store in stores:
            harness.wait_for(f"the point in {store.name}", lambda store=store: any(
                float(one["value"][1]) == 4711 and one["metric"]["cluster"] == "lab"
                for one in store.query('{host="pve1"}')))
        self.assertEqual(relay.stop(), 0)

    def test_3_systemd_holds_the_ports_of_the_configuration(self):
        config = root.file(CONFIG)
        kept = config.read_text()
        port = re.search(r'"\[::\]:(\d+)"', kept)[1]
        units = self.run_generator()
        self.assertEqual(set(units), {"pverelay.socket.d/listen.conf"})
        self.assertIn(f"[Socket]\nListenStream=\nListenStream={port}\n",
                      units["pverelay.socket.d/listen.conf"])
        # A mistake takes no port away, whether the sections can be read or nothing of it.
        for wrong in (kept + "[nonsense]\n", kept + "[[\n"):
            config.write_text(wrong)
            self.assertEqual(self.run_generator(), units)
        config.write_text(kept)

    def test_4_an_upgrade_leaves_what_is_the_administrators(self):
        [package] = root.file("/tmp").glob("pverelay_*.deb")
        before = root.file(CONFIG).read_text()
        root.run("sh", "-e", "-c",
                 f"dpkg-deb -R /tmp/{package.name} /tmp/next\n"
                 "sed -i 's/^Version: .*/&+next/' /tmp/next/DEBIAN/control\n"
                 "dpkg-deb --root-owner-group -b /tmp/next /tmp/next.deb && dpkg -i /tmp/next.deb")
        self.assertTrue(root.run("dpkg-query", "-Wf${Version}", "pverelay").stdout.endswith("+next"))
        self.assertEqual(root.file(CONFIG).read_text(), before)
        self.assertEqual(root.owner(CONFIG), "root pverelay 640")
        self.assertTrue(any(root.file("/var/lib/pverelay/journal").iterdir()))

    def test_5_remove_leaves_configuration_and_data_and_purge_the_files_of_others(self):
        root.run("apt-get", "-qq", "-y", "remove", "pverelay")
        self.assertFalse(root.file("/usr/bin/pverelay").exists())
        self.assertTrue(root.file(CONFIG).exists())
        self.assertTrue(root.file("/var/lib/pverelay/journal").exists())
        root.run("apt-get", "-qq", "-y", "purge", "pverelay")
        self.assertFalse(root.file(CONFIG).exists())
        self.assertFalse(root.file("/var/lib/pverelay").exists())
        self.assertTrue(root.file("/etc/pverelay/push.token").exists())
        left = root.run("find", "/etc/systemd", "/lib/systemd", "/usr/share/pverelay", "-name",
                        "*pverelay*", check=False).stdout
        self.assertEqual(left, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
