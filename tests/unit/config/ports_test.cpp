// The ports are known whatever else is wrong with the file.
#include "relay/config/ports.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace relay::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// "http 127.0.0.1 8186" of each.
std::vector<std::string> ports_of(const std::string& text) {
    std::vector<std::string> all;
    const auto ports = read_ports(text).value();
    for (const auto& one : ports) {
        all.push_back((one.kind == listen::listen_kind::http ? "http " : "udp ") +
                      to_string(one.where.address) + " " + std::to_string(one.where.port));
    }
    return all;
}

TEST(ports, are_those_of_the_listeners) {
    EXPECT_THAT(ports_of("[[listen]]\ntype = \"http\"\naddress = \"192.0.2.1:443\"\n"
                         "[[listen]]\ntype = \"udp\"\naddress = \"[fd00::1]:8189\"\n"),
                ElementsAre("http 192.0.2.1 443", "udp fd00::1 8189"));
}

TEST(ports, have_the_defaults_of_their_kind) {
    EXPECT_THAT(ports_of("[[listen]]\ntype = \"http\"\n[[listen]]\ntype = \"udp\"\n"),
                ElementsAre("http :: 8186", "udp :: 8189"));
}

TEST(ports, are_known_where_secrets_and_other_sections_are_wrong) {
    EXPECT_THAT(ports_of("[[listen]]\ntype = \"http\"\nbodys_max = 3\n"
                         "tokens = [ { file = \"/nonexistent\" } ]\n"
                         "tls = { certificate = \"/nonexistent\", key = \"/nonexistent\" }\n"
                         "[[sink]]\nurl = 3\n[nonsense]\n"),
                ElementsAre("http :: 8186"));
}

TEST(ports, that_nobody_else_can_open_are_left_out) {
    EXPECT_THAT(ports_of("[[listen]]\ntype = \"http\"\naddress = \"127.0.0.1:0\"\n"
                         "[[listen]]\ntype = \"http\"\naddress = \"nowhere\"\n"),
                IsEmpty());
}

TEST(ports, stand_once) {
    EXPECT_THAT(ports_of("[[listen]]\ntype = \"udp\"\n[[listen]]\ntype = \"udp\"\n"),
                ElementsAre("udp :: 8189"));
}

TEST(ports, of_what_is_no_toml_are_unknown) {
    EXPECT_FALSE(read_ports("[[listen]\n"));
}

TEST(ports, of_an_empty_file_are_none) {
    EXPECT_THAT(ports_of("# nothing yet\n"), IsEmpty());
}

}  // namespace
}  // namespace relay::config
