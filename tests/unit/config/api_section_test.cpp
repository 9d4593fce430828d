// [cluster.api]: what is read, what is refused, and with which words.
#include "relay/config/load.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace relay::config {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string before = R"([[listen]]
type = "http"
address = "127.0.0.1:8186"
[[cluster]]
name = "lab"
[cluster.api]
)";
const std::string least = R"(nodes = ["https://192.0.2.11:8006"]
token_id = "relay@pve!relay"
token = { file = "/etc/pverelay/api.token" }
)";
const std::string pin(64, 'a');

loaded load(const std::string& api) {
    return load_text(before + api,
                     [](const secret_source&) -> expected<loaded_secret, std::string> {
                         return loaded_secret{secret("11111111-2222-3333-4444-555555555555"), {}};
                     });
}

std::string said(const std::string& api) {
    std::string all;
    const auto result = load(api);
    for (const auto& one : result.found.errors)
        all += "error: " + one.text + "\n";
    for (const auto& one : result.found.warnings) {
        if (one.text.find("no [[sink]]") == std::string::npos) all += "warning: " + one.text + "\n";
    }
    return all;
}

topology::api_options api_of(const std::string& api) {
    auto result = load(api);
    EXPECT_TRUE(result.settings) << said(api);
    return result.settings && !result.settings->apis.empty() ? result.settings->apis.front()
                                                             : topology::api_options{};
}

TEST(api_section, the_least_gets_every_default) {
    const auto api = api_of(least);

    EXPECT_EQ(api.cluster, "lab");
    EXPECT_EQ(api.token_id, "relay@pve!relay");
    EXPECT_EQ(api.token.reveal(), "11111111-2222-3333-4444-555555555555");
    EXPECT_EQ(api.timeout, 10s);
    EXPECT_EQ(api.requests_per_second, 1u);
    EXPECT_FALSE(api.guest_addresses);
    EXPECT_TRUE(api.smart);
    EXPECT_EQ(api.bucket, "");
    EXPECT_THAT(said(least), IsEmpty());
}

TEST(api_section, every_value_is_read) {
    const auto api = api_of(least +
                            "timeout = \"20s\"\nrequests_per_second = 3\n"
                            "guest_addresses = true\nsmart = false\nbucket = \"b\"\n"
                            "answer_bytes_max = \"64MiB\"\nproxy = \"http://p:3128\"\n"
                            "tls = { fingerprint = [\"" +
                            pin + "\", \"" + pin + "\"] }\n");

    EXPECT_EQ(api.timeout, 20s);
    EXPECT_EQ(api.requests_per_second, 3u);
    EXPECT_TRUE(api.guest_addresses);
    EXPECT_FALSE(api.smart);
    EXPECT_EQ(api.bucket, "b");
    EXPECT_EQ(api.answer_bytes_max, 64_MiB);
    EXPECT_EQ(api.tls.fingerprints.size(), 2u);
}

TEST(api_section, what_is_missing_is_said) {
    EXPECT_THAT(said(""), AllOf(HasSubstr("`nodes` is missing"), HasSubstr("`token_id` is missing"),
                                HasSubstr("`token` is missing")));
}

TEST(api_section, a_token_in_the_file_is_refused_and_not_repeated) {
    const auto text = said(R"(nodes = ["https://192.0.2.11:8006"]
token_id = "relay@pve!relay"
token = "s3cr3t"
)");

    EXPECT_THAT(text, AllOf(HasSubstr("a secret does not stand in the configuration"),
                            Not(HasSubstr("s3cr3t"))));
}

TEST(api_section, an_id_that_is_none_is_refused) {
    for (const std::string id : {"relay", "relay@pve", "relay@pve!", "a@b!c=d", "a@b!c d"}) {
        EXPECT_THAT(
            said("nodes = [\"https://a\"]\ntoken_id = \"" + id + "\"\ntoken = { file = \"/x\" }\n"),
            HasSubstr("user@realm!token"))
            << id;
    }
}

TEST(api_section, a_fingerprint_that_is_none_is_refused) {
    EXPECT_THAT(said(least + "tls = { fingerprint = \"AA:BB\" }\n"),
                HasSubstr("no SHA-256 fingerprint"));
}

TEST(api_section, what_would_not_be_checked_is_said) {
    EXPECT_THAT(said(least + "tls = { verify = false }\n"), HasSubstr("warning: the certificate"));
    EXPECT_THAT(said(least + "tls = { verify = false, fingerprint = \"" + pin + "\" }\n"),
                IsEmpty());
    EXPECT_THAT(said(least + "tls = { verify = false, ca = \"/ca.pem\" }\n"),
                HasSubstr("error: `ca` has no effect"));
    EXPECT_THAT(
        said(least + "proxy = \"https://p:3128\"\ntls = { fingerprint = \"" + pin + "\" }\n"),
        HasSubstr("cannot be checked behind a proxy"));
    EXPECT_THAT(said("nodes = [\"http://192.0.2.11:8006\"]\ntoken_id = \"a@b!c\"\n"
                     "token = { file = \"/x\" }\n"),
                HasSubstr("the token goes there unencrypted"));
}

TEST(api_section, its_lines_go_where_the_senders_go) {
    const auto with_bucket = load_text(
        "[[listen]]\ntype = \"http\"\naddress = \"127.0.0.1:1\"\nbuckets = [\"pve\"]\n"
        "[[cluster]]\nname = \"lab\"\n[cluster.api]\n" +
            least,
        [](const secret_source&) -> expected<loaded_secret, std::string> {
            return loaded_secret{secret("x"), {}};
        });

    ASSERT_TRUE(with_bucket.settings);
    const auto& of = *with_bucket.settings;
    EXPECT_EQ(bucket_choice_of(of, of.clusters.at(0)), (bucket_choice{"", "pve"}));
    EXPECT_EQ(with_bucket.settings->apis.at(0).bucket, "");
}

TEST(api_section, a_cluster_is_named_by_the_file_or_by_its_api) {
    const auto load_clusters = [](const std::string& clusters) {
        return load_text("[[listen]]\ntype = \"http\"\naddress = \"127.0.0.1:1\"\n" + clusters,
                         [](const secret_source&) -> expected<loaded_secret, std::string> {
                             return loaded_secret{secret("x"), {}};
                         });
    };
    const auto by_api =
        load_clusters("[[cluster]]\naccept = { buckets = [\"a\"] }\n[cluster.api]\n" + least +
                      "[[cluster]]\naccept = { buckets = [\"b\"] }\n[cluster.api]\n" + least +
                      "[[sink]]\nname = \"s\"\ntype = \"prometheus\"\nurl = \"http://p/w\"\n"
                      "only = { cluster = [\"whatever\"] }\n");
    ASSERT_TRUE(by_api.settings) << by_api.found.errors.front().text;
    EXPECT_EQ(by_api.settings->clusters.at(1).name, "");
    EXPECT_EQ(by_api.settings->apis.at(1).cluster, "");

    EXPECT_FALSE(load_clusters("[[cluster]]\n").settings);
    EXPECT_FALSE(load_clusters("[[cluster]]\nname = \"\"\n[cluster.api]\n" + least).settings);
}

}  // namespace
}  // namespace relay::config
