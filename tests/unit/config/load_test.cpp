// What the configuration accepts, what it refuses, and how it says so.
#include "relay/config/load.hpp"

#include "tests/support/test_certificate.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <string>

namespace relay::config {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// The least that starts; tests append to it.
const std::string minimal = R"([[listen]]
type = "http"
address = "127.0.0.1:8186"
[[cluster]]
name = "lab"
)";

const std::string influx = R"([[sink]]
name = "influx"
type = "influxdb"
url = "http://127.0.0.1:8086"
bucket = "proxmox"
)";

const std::string prometheus = R"([[sink]]
name = "prom"
type = "prometheus"
url = "http://127.0.0.1:9090/api/v1/write"
)";

/// Every secret there is in these tests; any other is missing.
expected<loaded_secret, std::string> table_of_secrets(const secret_source& source) {
    static const std::map<std::string, std::string> secrets{
        {"/etc/pverelay/push.token", "push-me"}, {"INFLUX", "write-me"}, {"lab", "lab-token"}};
    const auto found = secrets.find(source.name);
    if (found == secrets.end()) return unexpected("cannot read " + source.name);
    return loaded_secret{secret(found->second), {}};
}

loaded load(const std::string& text) {
    return load_text(text, table_of_secrets);
}

/// Every error as main prints it, one per line.
std::string errors_of(const std::string& text) {
    std::string all;
    for (const auto& error : load(text).found.errors)
        all += to_string("f.toml", error) + "\n";
    return all;
}

std::string warnings_of(const std::string& text) {
    std::string all;
    for (const auto& warning : load(text).found.warnings)
        all += to_string("f.toml", warning) + "\n";
    return all;
}

settings settings_of(const std::string& text) {
    auto result = load(text);
    EXPECT_TRUE(result.settings) << errors_of(text);
    return result.settings.value_or(settings{});
}

TEST(load, the_minimal_file_gets_every_default) {
    const auto all = settings_of(minimal + influx);

    ASSERT_EQ(all.listeners.size(), 1u);
    EXPECT_EQ(all.listeners[0].limits.answer_wait, 600ms);
    EXPECT_EQ(all.admin.address, "127.0.0.1:8187");
    EXPECT_EQ(all.clusters.at(0).name, "lab");
    EXPECT_EQ(all.journal.directory, "/var/lib/pverelay/journal");
    EXPECT_EQ(all.journal.sync, journal::sync_mode::ack);
    EXPECT_EQ(all.journal.max_age, 24h * 7);
    EXPECT_EQ(all.delivery_threads, 2u);
    EXPECT_EQ(all.delivery.backoff.most, 60s);
}

TEST(load, values_reach_the_stages_options) {
    const auto full = settings_of(R"(
[[listen]]
type = "http"
address = "[::]:8186"
tokens = [{ file = "/etc/pverelay/push.token" }, { credential = "lab" }]
buckets = ["proxmox"]
body_bytes_max = "32MiB"
cluster = "lab"
[[listen]]
type = "udp"
address = "[::]:8189"
allow = ["192.0.2.0/24"]
[[cluster]]
name = "lab"
accept = { buckets = ["lab"], sources = ["192.0.2.0/24"], prefix = "/lab/", tokens = [{ env = "INFLUX" }] }
[journal]
directory = "/srv/journal"
sync = "interval"
max_bytes = "2GiB"
max_age = "36h"
[tags]
site = "berlin"
[ingest]
ahead_max = "5m"
[delivery]
threads = 1
)");

    ASSERT_EQ(full.listeners.size(), 2u);
    EXPECT_TRUE(full.listeners[0].tokens.at(0).matches("push-me"));
    EXPECT_TRUE(full.listeners[0].tokens.at(1).matches("lab-token"));
    EXPECT_EQ(full.listeners[0].limits.body_bytes_max, 32_MiB);
    EXPECT_EQ(full.listeners[1].kind, listen::listen_kind::udp);
    EXPECT_THAT(full.listeners[1].allow, ElementsAre("192.0.2.0/24"));
    EXPECT_EQ(full.clusters.at(0).prefix, "lab");
    EXPECT_TRUE(full.clusters.at(0).tokens.at(0).matches("write-me"));
    EXPECT_EQ(full.journal.directory, "/srv/journal");
    EXPECT_EQ(full.journal.sync, journal::sync_mode::interval);
    EXPECT_EQ(full.journal.max_bytes, 2_GiB);
    EXPECT_EQ(full.journal.max_age, 36h);
    EXPECT_EQ(full.ingest.ahead_max, 5min);
    EXPECT_THAT(full.ingest.tags,
                ElementsAre(std::pair<std::string, std::string>("site", "berlin")));
    EXPECT_EQ(full.delivery_threads, 1u);
}

TEST(load, an_unknown_key_is_refused_with_its_place_and_the_nearest_known_key) {
    EXPECT_EQ(errors_of("[[listen]]\ntype = \"http\"\n  adress = \"127.0.0.1:1\"\nopen = true\n"),
              "f.toml:3:3: unknown key `adress`, did you mean `address`?\n");
    EXPECT_THAT(errors_of(minimal + "[jurnal]\n"),
                HasSubstr("f.toml:6:2: unknown key `jurnal`, did you mean `journal`?"));
    EXPECT_THAT(errors_of(minimal + "[journal]\nxyzzy = 1\n"),
                AllOf(HasSubstr("f.toml:7:1: unknown key `xyzzy`"), Not(HasSubstr("did you"))));
}

TEST(load, every_mistake_is_told_in_the_order_of_the_file) {
    const auto text = errors_of(minimal + "[journal]\nsync = \"akc\"\nmax_age = 7\n");
    EXPECT_EQ(text,
              "f.toml:7:8: `sync` cannot be \"akc\", did you mean `ack`?\n"
              "f.toml:8:11: `max_age` is a whole number, a span of time such as \"90s\" is "
              "wanted\n");
}

TEST(load, text_that_is_no_toml_is_refused_without_quoting_it) {
    const auto text = errors_of("[[listen]]\ntoken = \"hunter2\n");
    EXPECT_THAT(text, testing::StartsWith("f.toml:2:"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(load, a_secret_that_stands_in_the_file_is_refused_and_not_printed) {
    const auto text = errors_of(minimal + influx + "auth = { token = \"hunter2\" }\n");
    EXPECT_THAT(text, HasSubstr("f.toml:11:"));
    EXPECT_THAT(text, HasSubstr("a secret does not stand in the configuration"));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));

    const auto in_list = errors_of("[[listen]]\ntype = \"http\"\ntokens = [\"hunter2\"]\n");
    EXPECT_THAT(in_list, HasSubstr("a secret does not stand"));
    EXPECT_THAT(in_list, Not(HasSubstr("hunter2")));
}

TEST(load, a_secret_that_cannot_be_read_is_told_once_with_its_place) {
    EXPECT_EQ(errors_of("[[listen]]\ntype = \"http\"\ntokens = [{ file = \"/nowhere\" }]\n"),
              "f.toml:3:11: cannot read /nowhere\n");
}

TEST(load, a_listener_open_by_accident_is_refused) {
    EXPECT_THAT(errors_of("[[listen]]\ntype = \"http\"\naddress = \"[::]:8186\"\n"),
                HasSubstr("f.toml:3:11: [::]:8186 is open to everyone"));
    EXPECT_THAT(errors_of("[[listen]]\ntype = \"udp\"\nreceive_buffer = \"8MiB\"\nopen = true\n"),
                IsEmpty());
    EXPECT_THAT(errors_of("[admin]\naddress = \"[::]:8187\"\n" + minimal),
                HasSubstr("is open to everyone"));
}

TEST(load, each_influxdb_has_keys_of_its_own) {
    const std::string head =
        minimal + "[[sink]]\nname = \"i\"\ntype = \"influxdb\"\nurl = \"http://127.0.0.1:1\"\n";
    const auto store = [&](const std::string& rest) {
        const auto all = settings_of(head + rest);
        return std::get<sinks::influxdb_options>(all.sinks.at(0).store);
    };
    const auto v1 = store("api = \"v1\"\ndatabase = \"d\"\nretention_policy = \"r\"\n");
    EXPECT_EQ(v1.api, sinks::influxdb_api::v1);
    EXPECT_EQ(v1.bucket, "d");
    EXPECT_EQ(v1.retention_policy, "r");
    EXPECT_EQ(store("api = \"v3\"\ndatabase = \"d\"\n").api, sinks::influxdb_api::v3);

    EXPECT_THAT(errors_of(head + "api = \"v1\"\nbucket = \"b\"\n"),
                HasSubstr("`bucket` does not go with api = \"v1\": there it is `database`"));
    EXPECT_THAT(errors_of(head + "api = \"v1\"\norg = \"o\"\ndatabase = \"d\"\n"),
                HasSubstr("there are no organisations"));
    EXPECT_THAT(errors_of(head + "database = \"d\"\n"), HasSubstr("there it is `bucket`"));
    EXPECT_THAT(errors_of(head + "api = \"v3\"\ndatabase = \"d\"\nmembers_max = 2\n"),
                HasSubstr("a request is one member"));
    EXPECT_THAT(errors_of(head + "api = \"v1\"\n"), HasSubstr("database is missing"));
    EXPECT_THAT(errors_of(head + "api = \"v4\"\nbucket = \"b\"\n"), HasSubstr("v4"));
}

TEST(load, only_picks_lines_for_any_sink) {
    const std::string only = "only = { object = [\"qemu\", \"\"], measurement = [\"system\"] }\n";
    for (const auto& sink : {influx, prometheus}) {
        const auto all = settings_of(minimal + sink + only);
        EXPECT_THAT(all.sinks.at(0).only_lines.objects, ElementsAre("qemu", ""));
        EXPECT_THAT(all.sinks.at(0).only_lines.measurements, ElementsAre("system"));
    }
    EXPECT_THAT(errors_of(minimal + influx + "only = { measurement = [\"\"] }\n"),
                HasSubstr("none empty"));
}

TEST(load, a_type_guard_is_chosen_for_an_influxdb) {
    const auto guard = [](const std::string& line) {
        const auto all = settings_of(minimal + influx + line);
        return std::get<sinks::influxdb_options>(all.sinks.at(0).store).guard;
    };
    EXPECT_EQ(guard(""), sinks::type_guard_mode::off);
    EXPECT_EQ(guard("type_guard = \"coerce\"\n"), sinks::type_guard_mode::coerce);
    EXPECT_EQ(guard("type_guard = \"divert\"\n"), sinks::type_guard_mode::divert);
    EXPECT_THAT(errors_of(minimal + influx + "type_guard = \"guess\"\n"),
                HasSubstr("off, coerce, divert"));
    EXPECT_THAT(errors_of(minimal + prometheus + "type_guard = \"coerce\"\n"),
                HasSubstr("belongs to a sink of type \"influxdb\""));
}

TEST(load, what_does_no_harm_is_a_warning) {
    EXPECT_THAT(warnings_of(minimal), HasSubstr("no [[sink]]"));
    const auto nameless = load("[[listen]]\ntype = \"http\"\nopen = true\n");
    ASSERT_TRUE(nameless.settings);
    EXPECT_EQ(nameless.settings->clusters.at(0).name, "default");
    EXPECT_THAT(nameless.found.warnings.at(0).text, HasSubstr("cluster=default"));
}

TEST(load, lines_over_udp_that_a_sink_would_not_take_are_a_warning) {
    const std::string udp = "[[listen]]\ntype = \"udp\"\naddress = \"127.0.0.1:8189\"\n";
    const auto sink = [](const std::string& bucket) {
        return "[[sink]]\nname = \"influx\"\ntype = \"influxdb\"\n"
               "url = \"http://127.0.0.1:8086\"\nbucket = \"" +
               bucket + "\"\n";
    };

    EXPECT_THAT(
        warnings_of(udp + minimal + sink("{bucket}")),
        AllOf(HasSubstr("f.toml:13:10"), HasSubstr("lines that come over UDP name no bucket"),
              HasSubstr("sink \"influx\" takes none")));
    EXPECT_TRUE(load(udp + minimal + sink("{bucket}")).settings) << "it may be meant";
    EXPECT_THAT(warnings_of(udp + minimal + sink("{cluster}-{bucket}")), IsEmpty());
    EXPECT_THAT(warnings_of(udp + minimal + sink("proxmox")), IsEmpty());
    EXPECT_THAT(warnings_of(minimal + sink("{bucket}")), IsEmpty()) << "nothing comes over UDP";
}

TEST(load, names_that_would_be_confused_are_refused) {
    EXPECT_THAT(errors_of(minimal + influx + influx), HasSubstr("a second sink named \"influx\""));
    EXPECT_THAT(errors_of(minimal + "[[cluster]]\nname = \"b\"\n"),
                HasSubstr("a second cluster without `accept`"));
    EXPECT_THAT(errors_of(minimal + "[admin]\naddress = \"127.0.0.1:8186\"\n"),
                HasSubstr("two listeners on 127.0.0.1:8186"));
}

TEST(load, references_within_the_file_must_exist) {
    EXPECT_THAT(errors_of(minimal + prometheus + "only = { cluster = [\"lba\"] }\n"),
                HasSubstr("no [[cluster]] is named \"lba\""));
    EXPECT_THAT(errors_of("[[listen]]\ntype = \"udp\"\nopen = true\ncluster = "
                          "\"x\"\n[[cluster]]\nname = \"y\"\n"),
                HasSubstr("names the cluster \"x\""));
}

TEST(load, keys_of_the_other_type_are_refused) {
    EXPECT_THAT(errors_of(minimal + prometheus + "bucket = \"b\"\n"),
                HasSubstr("`bucket` belongs to a sink of type \"influxdb\""));
    EXPECT_THAT(errors_of(minimal + influx + "naming = [\"measurement_field\"]\n"),
                HasSubstr("belongs to a sink of type \"prometheus\""));
    EXPECT_THAT(errors_of("[[listen]]\ntype = \"udp\"\nopen = true\nhead_wait = \"1s\"\n"),
                HasSubstr("belongs to a listener of type \"http\""));
}

TEST(load, sinks_are_read_whole) {
    const auto all = settings_of(minimal + influx + R"(
auth = { token = { env = "INFLUX" } }
org = "proxlab"
headers = { X-Scope-OrgID = "lab" }
tls = { ca = "/etc/ssl/ca.pem" }
timeout = "10s"
start = "oldest"
only = { cluster = ["lab"], bucket = ["proxmox"] }
)" + prometheus + "external_labels = { site = \"berlin\" }\n");

    ASSERT_EQ(all.sinks.size(), 2u);
    const auto& first = std::get<sinks::influxdb_options>(all.sinks[0].store);
    EXPECT_TRUE(first.auth.token.matches("write-me"));
    EXPECT_EQ(first.org, "proxlab");
    EXPECT_EQ(first.headers.at(0).name, "X-Scope-OrgID");
    EXPECT_EQ(first.headers.at(0).value.reveal(), "lab");
    EXPECT_THAT(first.only.clusters, ElementsAre("lab"));
    EXPECT_EQ(all.sinks[0].target.tls.ca, "/etc/ssl/ca.pem");
    EXPECT_EQ(all.sinks[0].target.timeout, 10s);
    EXPECT_EQ(all.sinks[0].start, journal::start_at::oldest);
    const auto& second = std::get<sinks::prometheus_options>(all.sinks[1].store);
    EXPECT_EQ(second.external.at(0).second, "berlin");
    EXPECT_EQ(second.naming.size(), 1u);
}

TEST(load, a_prometheus_may_have_several_namings_and_rules) {
    const auto all = settings_of(minimal + prometheus + R"(
naming = ["proxmox", "pve-exporter"]
virtual_nics = true
drop = ["pve_lock_state{state!=\"backup\"}"]
labels = ["name"]
)");
    const auto& sink = std::get<sinks::prometheus_options>(all.sinks.at(0).store);
    EXPECT_THAT(sink.naming,
                ElementsAre(sinks::naming_kind::proxmox, sinks::naming_kind::pve_exporter));
    EXPECT_TRUE(sink.proxmox.virtual_nics);
    EXPECT_FALSE(sink.proxmox.unused_fields);
    EXPECT_THAT(sink.rules.drop, ElementsAre("pve_lock_state{state!=\"backup\"}"));
    EXPECT_THAT(*sink.rules.labels, ElementsAre("name"));

    const auto problem = [](const std::string& text) {
        return errors_of(minimal + prometheus + text + "\n");
    };
    EXPECT_THAT(problem("naming = [\"proxmox\", \"proxmox\"]"), HasSubstr("stands there twice"));
    EXPECT_THAT(problem("naming = [\"otel\"]"), HasSubstr("unknown naming \"otel\""));
    EXPECT_THAT(problem("drop = [\"a(\"]"), HasSubstr("is no regular expression"));
    EXPECT_THAT(problem("labels = [\"a-b\"]"), HasSubstr("cannot be the name of a label"));
}

TEST(load, what_goes_first_after_an_outage_depends_on_the_store) {
    using delivery::replay_order;
    const auto usual = settings_of(minimal + influx + prometheus);
    EXPECT_EQ(usual.sinks[0].replay.order, replay_order::live_first);
    EXPECT_EQ(usual.sinks[0].replay.rate, byte_size{0});
    EXPECT_EQ(usual.sinks[1].replay.order, replay_order::in_order);

    const auto chosen = load(minimal + influx + "replay = \"in-order\"\n" + prometheus +
                             "replay = \"live-first\"\nreplay_rate = \"20MiB\"\n");
    EXPECT_EQ(chosen.settings->sinks[0].replay.order, replay_order::in_order);
    EXPECT_EQ(chosen.settings->sinks[1].replay.order, replay_order::live_first);
    EXPECT_EQ(chosen.settings->sinks[1].replay.rate, 20_MiB);
    ASSERT_EQ(chosen.found.warnings.size(), 1u);
    EXPECT_THAT(chosen.found.warnings[0].text, HasSubstr("out_of_order_time_window"));

    EXPECT_THAT(errors_of(minimal + influx + "replay = \"newest\"\n"), HasSubstr("replay"));
}

TEST(load, patience_is_the_same_for_every_sink) {
    const auto all = settings_of(minimal + "[delivery]\nbackoff_max = \"10s\"\nfault_tries = 5\n");
    EXPECT_EQ(all.delivery.backoff.most, 10s);
    EXPECT_EQ(all.delivery.fault_tries, 5);
    EXPECT_THAT(errors_of(minimal + "[delivery]\nbackoff_first = \"2m\"\n"),
                HasSubstr("larger than `backoff_max`"));
    EXPECT_THAT(errors_of(minimal + "[delivery]\ngather_time = \"2s\"\n"),
                HasSubstr("gather_time"));
}

TEST(load, what_a_sink_cannot_work_with_is_refused) {
    EXPECT_THAT(
        errors_of(minimal + influx + "auth = { user = \"joe\", token = { env = \"INFLUX\" } }\n"),
        HasSubstr("either a token, or a user"));
    EXPECT_THAT(errors_of(minimal + influx + "headers = { Authorization = \"x\" }\n"),
                HasSubstr("f.toml:6:"));
    EXPECT_THAT(errors_of(minimal + prometheus + "external_labels = { \"a-b\" = \"c\" }\n"),
                HasSubstr("f.toml:6:"));
}

TEST(load, an_url_must_be_one) {
    const auto url = [](const std::string& text) {
        return errors_of(minimal + "[[sink]]\nname = \"a\"\ntype = \"prometheus\"\nurl = \"" +
                         text + "\"\n");
    };
    EXPECT_THAT(url("https://[fd00::1]:9090/api/v1/write"), IsEmpty());
    EXPECT_THAT(url("ftp://x/"), HasSubstr("http:// or https://"));
    EXPECT_THAT(url("http://:80/"), HasSubstr("no valid host or port"));
    EXPECT_THAT(url("http://host:99999/"), HasSubstr("no valid host or port"));
    const auto with_password = url("http://joe:hunter2@host/");
    EXPECT_THAT(with_password, HasSubstr("use `auth`"));
    EXPECT_THAT(with_password, Not(HasSubstr("hunter2")));
}

/// As table_of_secrets(), with the PEM files of one certificate.
expected<loaded_secret, std::string> with_certificate(const secret_source& source) {
    static const auto made = tests::make_authority("relay.example");
    if (source.from != secret_source::kind::pem) return table_of_secrets(source);
    if (source.name == "/relay.pem") return loaded_secret{secret(made.certificate), {}};
    if (source.name == "/relay.key") return loaded_secret{secret(made.key), "readable by all"};
    return unexpected("cannot read " + source.name);
}

std::string tls_errors_of(const std::string& tls) {
    std::string all;
    const auto text = "[[listen]]\ntype = \"http\"\naddress = \"127.0.0.1:1\"\ntls = " + tls + "\n";
    for (const auto& error : load_text(text, with_certificate).found.errors)
        all += to_string("f.toml", error) + "\n";
    return all;
}

TEST(listener_tls, is_read_with_the_content_of_its_files) {
    const std::string good = "{ certificate = \"/relay.pem\", key = \"/relay.key\" }";
    const auto found = load_text(minimal + "tls = 1\n", with_certificate);  // in [[cluster]]
    EXPECT_FALSE(found.found.errors.empty());

    EXPECT_EQ(tls_errors_of(good), "");
    const auto read = load_text("[admin]\ntls = " + good + "\n" + minimal, with_certificate);
    ASSERT_TRUE(read.settings);
    EXPECT_TRUE(read.settings->admin.tls.enabled());
    EXPECT_THAT(read.found.warnings,
                testing::Contains(testing::Field(&problem::text, HasSubstr("readable by all"))));
}

TEST(listener_tls, says_what_is_wrong_and_where) {
    EXPECT_THAT(tls_errors_of("{ certificate = \"/relay.pem\" }"),
                AllOf(HasSubstr("f.toml:4:"), HasSubstr("`key` is missing")));
    EXPECT_THAT(tls_errors_of("{ certificate = \"/none\", key = \"/relay.key\" }"),
                HasSubstr("cannot read /none"));
    EXPECT_THAT(tls_errors_of("{ certificate = \"/relay.key\", key = \"/relay.key\" }"),
                AllOf(HasSubstr("f.toml:4:"), HasSubstr("`certificate` holds none")));
}

TEST(service_discovery, takes_networks_port_and_labels) {
    const auto found = load(minimal + R"([sd]
networks = ["192.0.2.0/24"]
port = 9182
labels = ["vm_name", "pool"]
)");

    ASSERT_THAT(found.found.errors, IsEmpty());
    EXPECT_THAT(found.settings->sd.networks, ElementsAre("192.0.2.0/24"));
    EXPECT_EQ(found.settings->sd.port, 9182);
    EXPECT_THAT(found.settings->sd.labels,
                ElementsAre(ops::sd_label::vm_name, ops::sd_label::pool));
}

TEST(service_discovery, says_what_is_no_network_and_no_label) {
    const auto errors = errors_of(minimal + R"([sd]
networks = ["192.0.2.7/24"]
port = 0
labels = ["name"]
)");

    EXPECT_THAT(errors,
                AllOf(HasSubstr("f.toml:7:"), HasSubstr("192.0.2.7/24"), HasSubstr("f.toml:8:"),
                      HasSubstr("f.toml:9:"), HasSubstr("no label \"name\"")));
}

}  // namespace
}  // namespace relay::config
