// [enrich], [[tenant]], and sinks that go by tenant.
#include "relay/config/load.hpp"

#include <gmock/gmock.h>

#include <string>
#include <variant>

namespace relay::config {
namespace {

using ingest::guest_property;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string minimal = R"([[listen]]
type = "http"
address = "127.0.0.1:8186"
[[cluster]]
name = "lab"
api = { nodes = ["https://192.0.2.11:8006"], token_id = "relay@pve!relay", token = { env = "T" } }
)";

const std::string influx = R"([[sink]]
name = "influx"
type = "influxdb"
url = "http://127.0.0.1:8086"
)";

const std::string mimir = R"([[sink]]
name = "mimir"
type = "prometheus"
url = "http://127.0.0.1:9009/api/v1/push"
)";

const std::string tenant_a = "[[tenant]]\nname = \"a\"\npool = [\"a\"]\n";

loaded load(const std::string& text) {
    return load_text(text, [](const secret_source&) -> expected<loaded_secret, std::string> {
        return loaded_secret{secret("of the API's token"), {}};
    });
}

std::string told(const std::vector<problem>& all) {
    std::string out;
    for (const auto& one : all)
        out += to_string("f.toml", one) + "\n";
    return out;
}

std::string errors_of(const std::string& text) {
    return told(load(text).found.errors);
}

std::string warnings_of(const std::string& text) {
    return told(load(text).found.warnings);
}

settings settings_of(const std::string& text) {
    auto result = load(text);
    EXPECT_TRUE(result.settings) << told(result.found.errors);
    return result.settings.value_or(settings{});
}

TEST(enrich_section, names_what_lines_are_tagged_with) {
    EXPECT_THAT(settings_of(minimal + influx + "bucket = \"b\"\n").ingest.enrich, IsEmpty());
    const auto all = settings_of(minimal +
                                 "[enrich]\ntags = [\"pool\", \"tags\", \"template\", \"hastate\", "
                                 "\"ostype\", \"onboot\"]\n");
    EXPECT_THAT(
        all.ingest.enrich,
        ElementsAre(guest_property::pool, guest_property::tags, guest_property::is_template,
                    guest_property::ha_state, guest_property::os_type, guest_property::onboot));
}

TEST(enrich_section, refuses_what_it_cannot_do) {
    const auto tags = [](const std::string& list) {
        return errors_of(minimal + "[enrich]\ntags = [" + list + "]\n");
    };
    EXPECT_THAT(tags("\"uptime\""), HasSubstr("f.toml:8:8: \"uptime\" is nothing that a guest's"));
    EXPECT_THAT(tags("\"pool\", \"pool\""), HasSubstr("stands there twice"));
    EXPECT_THAT(errors_of("[tags]\npool = \"x\"\n" + minimal + "[enrich]\ntags = [\"pool\"]\n"),
                HasSubstr("`pool` stands in [tags] as well"));
}

TEST(tenant_section, tells_guests_by_pool_tag_and_number) {
    const auto all = settings_of(minimal + tenant_a +
                                 "[[tenant]]\nname = \"b\"\ncluster = [\"lab\"]\n"
                                 "tag = [\"x\"]\nvmid = [\"100-199\", \"205\"]\n");
    ASSERT_EQ(all.ingest.tenants.size(), 2U);
    EXPECT_EQ(all.ingest.tenants[0],
              (ingest::tenant_rule{
                  .name = "a", .clusters = {}, .pools = {"a"}, .tags = {}, .vmids = {}}));
    EXPECT_EQ(all.ingest.tenants[1], (ingest::tenant_rule{.name = "b",
                                                          .clusters = {"lab"},
                                                          .pools = {},
                                                          .tags = {"x"},
                                                          .vmids = {{100, 199}, {205, 205}}}));
}

TEST(tenant_section, refuses_what_it_cannot_do) {
    const auto tenant = [](const std::string& keys) {
        return errors_of(minimal + "[[tenant]]\n" + keys);
    };
    EXPECT_THAT(tenant("pool = [\"a\"]\n"), HasSubstr("`name` is missing"));
    EXPECT_THAT(tenant("name = \"a\"\n"), HasSubstr("by `pool`, `tag` or `vmid`"));
    EXPECT_THAT(tenant("name = \"a\\n\"\ntag = [\"a\"]\n"), HasSubstr("must be printable"));
    EXPECT_THAT(tenant("name = \"a\"\nvmid = [\"9-1\"]\n"), HasSubstr("is no vmid"));
    EXPECT_THAT(tenant("name = \"a\"\ntag = [\"a\"]\ncluster = [\"prod\"]\n"),
                HasSubstr("no [[cluster]] is named \"prod\""));
    EXPECT_THAT(tenant("name = \"a\"\ntag = [\"a\"]\n[[tenant]]\nname = \"a\"\ntag = [\"b\"]\n"),
                HasSubstr("a second tenant named \"a\""));
}

TEST(tenant_section, says_what_needs_an_api_that_is_not_asked) {
    const std::string without = minimal.substr(0, minimal.find("api ="));
    EXPECT_THAT(warnings_of(without + tenant_a), HasSubstr("no line goes to a tenant"));
    EXPECT_THAT(warnings_of(without + "[[tenant]]\nname = \"a\"\nvmid = [\"100\"]\n"),
                Not(HasSubstr("no [cluster.api]")));
    EXPECT_THAT(warnings_of(without + "[enrich]\ntags = [\"pool\"]\n"),
                HasSubstr("no line gets a tag"));
    EXPECT_THAT(warnings_of(minimal + tenant_a), Not(HasSubstr("no [cluster.api]")));
    EXPECT_THAT(warnings_of("[ingest]\nlanes_max = 1\n" + minimal + tenant_a),
                HasSubstr("1 tenants leave no room for buckets"));
}

TEST(sinks_by_tenant, take_their_tenants_bucket_or_header) {
    const auto all = settings_of(minimal + tenant_a + influx +
                                 "bucket = \"{tenant}\"\nonly = { tenant = [\"a\", \"\"] }\n" +
                                 mimir + "headers = { X-Scope-OrgID = \"{tenant}\" }\n");
    ASSERT_EQ(all.sinks.size(), 2U);
    EXPECT_THAT(std::get<sinks::influxdb_options>(all.sinks[0].store).only.tenants,
                ElementsAre("a", ""));
    EXPECT_THAT(errors_of(minimal + tenant_a + influx +
                          "bucket = \"b\"\nonly = { tenant = [\"nobody\"] }\n"),
                HasSubstr("no [[tenant]] is named \"nobody\""));
    EXPECT_THAT(errors_of(minimal + influx + "bucket = \"b\"\nonly = { tenant = \"a\" }\n"),
                HasSubstr("`tenant` is a list"));
}

TEST(sinks_by_tenant, say_which_lines_they_take_not) {
    const std::string by_header = mimir + "headers = { X-Scope-OrgID = \"{tenant}\" }\n";
    EXPECT_THAT(warnings_of(minimal + by_header), HasSubstr("there is no [[tenant]], and by"));
    EXPECT_THAT(warnings_of(minimal + tenant_a + by_header),
                HasSubstr("nodes, storages and guests of no tenant have none"));
    EXPECT_THAT(warnings_of(minimal + tenant_a + influx + "bucket = \"{tenant}\"\n"),
                HasSubstr("takes none of their lines"));
    EXPECT_THAT(warnings_of(minimal + tenant_a + by_header + "only = { tenant = [\"a\"] }\n"),
                Not(HasSubstr("takes none of their lines")));
    EXPECT_THAT(warnings_of(minimal + tenant_a + influx + "bucket = \"all-{tenant}\"\n"),
                Not(HasSubstr("takes none of their lines")));
}

}  // namespace
}  // namespace relay::config
