"""What is to be typed elsewhere for a configuration, and where lines would go: nobody is asked,
nothing is sent, and no secret is printed."""

import subprocess
import unittest

import harness

LINE = "system,object=qemu,vmid=100,nodename=pve1,host=web cpu=0.5,cpus=2 1755785270000000000\n"


def pverelay(*arguments, stdin=""):
    return subprocess.run([str(harness.RELAY), *[str(a) for a in arguments]], capture_output=True,
                          text=True, timeout=60, check=False, input=stdin)


class SetupAndRoute(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        for name in ("push", "influx", "api"):
            token = self.path / f"{name}.token"
            token.write_text(f"planted-secret-{name}\n")
            token.chmod(0o600)
        sinks = [harness.influxdb_sink("http://127.0.0.1:9", extra=(
                     f'auth = {{ token = {{ file = "{self.path}/influx.token" }} }}')),
                 harness.prometheus_sink("http://127.0.0.1:9", extra='only = { cluster = ["lab"] }')]
        api = ('[cluster.api]\nnodes = ["https://127.0.0.1:9"]\ntoken_id = "relay@pve!relay"\n'
               f'token = {{ file = "{self.path}/api.token" }}\n')
        relay = harness.Relay(self.path, sinks, udp=True,
                              listen=f'tokens = [ {{ file = "{self.path}/push.token" }} ]')
        relay.config.write_text(relay.config.read_text().replace(
            '[[cluster]]\nname = "lab"\n', f'[[cluster]]\nname = "lab"\n{api}'))
        self.config, self.relay = relay.config, relay

    def run_command(self, command, *arguments, stdin=""):
        done = pverelay(command, "--config", self.config, *arguments, stdin=stdin)
        self.assertNotIn("planted-secret", done.stdout + done.stderr)
        return done

    def test_setup_has_the_commands_for_proxmox_its_api_and_the_stores(self):
        done = self.run_command("setup")
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in (f"--port {self.relay.port} --influxdbproto http", "--bucket proxmox",
                      f"--token '<content of {self.path}/push.token>'",
                      f"Port {self.relay.udp_port}; Protocol UDP",
                      "pveum user token add relay@pve relay -privsep 0",
                      "pveum acl modify / -user relay@pve -role PVEAuditor",
                      "influx bucket create --org proxlab --name proxmox",
                      "--web.enable-remote-write-receiver"):
            self.assertIn(words, done.stdout)

    def test_setup_is_a_script_that_a_shell_understands(self):
        done = self.run_command("setup", "--server", "relay's.example")
        checked = subprocess.run(["sh", "-n"], input=done.stdout, text=True, capture_output=True,
                                 check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_setup_reads_no_secret(self):
        (self.path / "push.token").unlink()
        self.assertEqual(self.run_command("setup").returncode, 0)

    def test_route_shows_what_each_sink_gets(self):
        done = self.run_command("route", stdin=LINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("lane: cluster lab, bucket proxmox", done.stdout)
        self.assertIn("/api/v2/write?org=proxlab&bucket=proxmox", done.stdout)
        self.assertIn("    system,cluster=lab,host=web,nodename=pve1,object=qemu,vmid=100 "
                      "cpu=0.5,cpus=2 1755785270000000000\n", done.stdout)
        self.assertRegex(done.stdout, r'    system_cpu\{cluster="lab",.*vmid="100"\} 0.5 '
                                      r"1755785270000\n")

    def test_route_names_a_refused_line_with_its_reason(self):
        done = self.run_command("route", stdin=LINE + "bad line x\n")
        self.assertIn("refused: line 2, offset 8: missing field value: bad line x", done.stdout)
        self.assertIn("cpu=0.5", done.stdout)

    def test_route_through_udp_has_no_bucket(self):
        done = self.run_command("route", "--listener", f"127.0.0.1:{self.relay.udp_port}",
                                stdin=LINE)
        self.assertIn("lane: cluster lab, bucket (none)", done.stdout)

    def test_route_says_how_a_sender_is_turned_away(self):
        wrong = self.path / "wrong.token"
        wrong.write_text("another\n")
        done = self.run_command("route", "--token-file", wrong, stdin=LINE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("401", done.stderr)

    def test_route_agrees_with_what_a_store_is_sent(self):
        store = harness.VictoriaMetrics(self.path).start()
        self.config.write_text(self.config.read_text().replace(
            'http://127.0.0.1:9"', store.url + '"').replace(
            'http://127.0.0.1:9/', store.url + "/"))
        shown = {line.strip().rsplit(" ", 2)[0]
                 for line in self.run_command("route", stdin=LINE).stdout.splitlines()
                 if line.startswith("    system_")}
        self.relay.start()
        answer = self.relay.write(LINE, {"Authorization": "Token planted-secret-push"})
        self.assertEqual(answer[0], 204)
        harness.wait_for("delivery", self.relay.has_delivered_all)
        stored = {name["__name__"] for name, _ in store.export('{job="pve"}')}
        self.relay.stop()
        self.assertEqual({series.split("{")[0] for series in shown}, stored)


if __name__ == "__main__":
    unittest.main(verbosity=2)
