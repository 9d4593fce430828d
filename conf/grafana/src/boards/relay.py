"""The relay itself: does all that is pushed arrive. From its /metrics, scraped."""

from dashboards import Dashboard, Row
from panels import BAD_WHEN_ANY, BUSY, GREEN, ORANGE, RED, Info, graph, stat, table, timeline

LATE = ((None, GREEN), (60, ORANGE), (600, RED))
PER = "[$__rate_interval]"
TROUBLE = ("backing_off", "configuration", "stopped")

states = Row("", [
    stat("Relay", [("max by (instance) (pverelay_ready)", "{{instance}}")], [],
         words={0: ("not ready", RED), 1: ("ready", GREEN)}, empty="nobody scrapes the relay"),
    stat("Lines a second", [(f"sum(rate(pverelay_lines_total{PER}))", "")], [], decimals=0),
    stat("Furthest behind", [("max(pverelay_sink_lag_seconds)", "")], [], unit="s", steps=LATE,
         about="Of all sinks, the age of the oldest record that is not delivered."),
    stat("Sinks in trouble", [(f'sum(pverelay_sink_state{{state=~"{"|".join(TROUBLE)}"}})', "")], [],
         steps=BAD_WHEN_ANY),
    stat("Records lost", [("sum(pverelay_sink_lost_records)", "")], [], steps=BAD_WHEN_ANY,
         about="Deleted before a sink had them: the journal was full or too old."),
    stat("Journal", [("max(pverelay_journal_bytes / pverelay_journal_max_bytes)", "")], [],
         unit="percentunit", most=1, steps=BUSY, about="Of what it may take."),
])

arriving = Row("Arriving", [
    graph("Lines", [(f"sum by (listener, protocol) (rate(pverelay_lines_total{PER}))",
                     "{{protocol}} {{listener}}")], [], width=8),
    graph("Refused", [(f"sum by (listener) (rate(pverelay_refused_lines_total{PER}))",
                       "{{listener}} lines"),
                      (f"sum by (listener) (rate(pverelay_refused_senders_total{PER}))",
                       "{{listener}} senders"),
                      (f"sum by (listener) (rate(pverelay_http_unauthorized_total{PER}))",
                       "{{listener}} wrong tokens")], [], width=8),
    graph("Answers", [(f"sum by (route, code) (rate(pverelay_http_requests_total{PER}))",
                       "{{route}} {{code}}")], [], unit="reqps", width=8),
    graph("Time to answer",
          [("histogram_quantile(0.5, sum by (le) (rate(pverelay_http_answer_seconds_bucket"
            f"{PER})))", "median"),
           ("histogram_quantile(0.99, sum by (le) (rate(pverelay_http_answer_seconds_bucket"
            f"{PER})))", "99 of 100")], [], unit="s",
          steps=((None, GREEN), (0.6, ORANGE), (1, RED)),
          about="Proxmox waits for a second, then throws its copy away."),
    graph("Sync to disk", [("max by (instance) (pverelay_journal_last_sync_seconds)", "last"),
                           ("max by (instance) (pverelay_journal_longest_sync_seconds)", "longest")],
          [], unit="s", steps=((None, GREEN), (0.5, ORANGE), (1, RED))),
])

delivering = Row("Delivering", [
    timeline("Sinks", [(f'max by (sink) (pverelay_sink_state{{state=~"{"|".join(TROUBLE)}"}})',
                        "{{sink}}")], [],
             words={0: ("delivers", GREEN), 1: ("in trouble", RED)}, height=5),
    graph("Behind", [("max by (sink) (pverelay_sink_lag_seconds)", "{{sink}}")], [], unit="s",
          steps=LATE, width=8),
    graph("Points delivered", [(f"sum by (sink) (rate(pverelay_sink_points_delivered_total{PER}))",
                                "{{sink}}")], [], width=8),
    graph("Attempts that failed",
          [('sum by (sink, verdict) (rate(pverelay_sink_attempts_total{verdict!="delivered"}'
            f"{PER}))", "{{sink}} {{verdict}}")], [], unit="reqps", width=8),
    table("Sinks", [("Behind", "pverelay_sink_lag_seconds"), ("Left", "pverelay_sink_lag_bytes"),
                    ("Retries", "pverelay_sink_retries_total"),
                    ("Lost", "pverelay_sink_lost_records"),
                    Info("pverelay_sink_state == 1", {"state": "State"})], [],
          keys={"Relay": "instance", "Sink": "sink", "Type": "type"},
          columns={"Behind": ("s", {}, LATE), "Left": "bytes", "Retries": "short",
                   "Lost": ("short", {}, BAD_WHEN_ANY), "State": ""},
          worst=("Behind", True), height=7),
])

keeping = Row("Keeping", [
    graph("Journal", [("sum by (instance) (pverelay_journal_bytes)", "journal"),
                      ("sum by (instance) (pverelay_journal_max_bytes)", "at most"),
                      ("min by (instance) (pverelay_journal_disk_free_bytes)", "free on its disk")],
          [], unit="bytes", width=8),
    graph("Lasts for", [("min by (instance) (pverelay_journal_full_seconds)", "{{instance}}")], [],
          unit="s", steps=((None, RED), (3600, ORANGE), (86400, GREEN)), width=8,
          empty="too little is written yet",
          about="How long an outage may last before what is not delivered is lost."),
    graph("Dead letters", [("sum by (instance) (pverelay_dead_letter_bytes)", "{{instance}}")], [],
          unit="bytes", width=8, about="Lines that a store or the relay refused, kept with reasons."),
])

asking = Row("Asking Proxmox", [
    stat("Last answer", [("max by (cluster) (pverelay_topology_age_seconds)", "{{cluster}}")], [],
         unit="s", steps=((None, GREEN), (120, ORANGE), (600, RED)), empty="the API is not asked"),
    stat("Nodes without answer", [("sum by (cluster) (pverelay_topology_unanswered > bool 0)",
                                   "{{cluster}}")], [], steps=BAD_WHEN_ANY,
         empty="the API is not asked"),
    stat("Token", [("max by (cluster) (pverelay_topology_token_refused)", "{{cluster}}")], [],
         words={0: ("let in", GREEN), 1: ("refused", RED)}, empty="the API is not asked"),
    graph("Requests", [(f"sum by (status) (rate(pverelay_topology_requests_total{PER}))",
                        "{{status}}")], [], unit="reqps", height=6, empty="the API is not asked"),
    graph("What is gone", [("sum by (cluster) (pverelay_presence_nodes_silent)", "{{cluster}} nodes"),
                           ("sum by (cluster) (pverelay_presence_guests_gone)", "{{cluster}} guests"),
                           ("sum by (cluster) (pverelay_presence_storages_gone)",
                            "{{cluster}} storages")], [], height=6),
    table("Relays", [("Started", "pverelay_start_time_seconds * 1000"),
                     ("Reloaded well", "pverelay_config_last_reload_successful"),
                     Info("pverelay_build_info", {"version": "Version"})], [],
          keys={"Relay": "instance"},
          columns={"Version": "", "Started": "dateTimeFromNow",
                   "Reloaded well": ("", {0: ("no: see the log", RED), 1: ("yes", GREEN)}, ())},
          worst=("Relay", False), width=12, height=6),
])

RELAY = Dashboard("relay", "Proxmox: the relay", "Does all that is pushed arrive.", ("relay",),
                  [states, arriving, delivering, keeping, asking], stores=("prometheus",))
