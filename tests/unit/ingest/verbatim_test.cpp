#include "relay/ingest/verbatim.hpp"

#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::ingest {
namespace {

/// The field set as copied, and as the writer spells it.
struct both {
    std::string copied;
    std::string written;
};

both fields_of(std::string_view line, protocol::dialect dialect = protocol::dialect::common) {
    protocol::line_parser parser;
    parser.set_dialect(dialect);
    auto rest = line;
    EXPECT_EQ(parser.next(rest, protocol::input_end::yes), protocol::line_parser::outcome::point);
    both result;
    result.copied = verbatim_fields(parser.point().fields);
    for (const auto& [key, value] : parser.point().fields) {
        protocol::append_field(result.written, key, value, protocol::field_position::later);
    }
    result.written.erase(0, 1);
    return result;
}

TEST(verbatim_fields, what_is_canonical_is_copied) {
    for (const auto* fields : {
             "f=1",
             "rd_bytes=344348,wr_bytes=0,idle_time_ns=170803536780303",
             "avg1=0.00,cpu=6.25312656328164e-05,wait=1e-07,neg=-0.5,e=1E+5,zero=007",
             R"(name="VM 100",status="running",tags="a;b",running-qemu="10.1.2")",
             "i=12i,u=12u,n=-3i,z=0i,b=true,c=F",
             "s=\"\",t=\"a,b=c d\",u=\"tab\there\"",
             "\xc3\xa4=1,s=\"\xe2\x82\xac\"",
         }) {
        const auto both = fields_of(std::string("m ") + fields + " 5\n");
        EXPECT_EQ(both.copied, fields);
        EXPECT_EQ(both.written, fields);
    }
}

TEST(verbatim_fields, what_the_writer_spells_otherwise_is_not_copied) {
    for (const auto* fields :
         {"f=.5", "f=5.", "f=1.e3", "f=-.5", "f=1,g=.5,h=1", "f=007i", "f=-01i", "f=00u",
          R"(s="a\"b")", R"(s="a\\b")", R"(s="a\b")", "s=\"a\nb\"", "a\\ b=1", "a=1,b\\,c=2"}) {
        const auto both = fields_of(std::string("m ") + fields + " 5\n");
        EXPECT_EQ(both.copied, "") << fields;
    }
    EXPECT_EQ(fields_of("m f=+5 5\n", protocol::dialect::proxmox).copied, "");
    EXPECT_EQ(fields_of("m f=1,g=null,h=2 5\n", protocol::dialect::proxmox).copied, "");
}

TEST(verbatim_fields, what_was_changed_is_not_copied) {
    std::string_view line = "m a=1,b=2,c=3 5\n";
    protocol::line_parser parser;
    ASSERT_EQ(parser.next(line, protocol::input_end::yes), protocol::line_parser::outcome::point);
    auto fields = parser.point().fields;
    EXPECT_EQ(verbatim_fields(fields), "a=1,b=2,c=3");

    fields[2].value.kind = protocol::field_kind::string;
    EXPECT_EQ(verbatim_fields(fields), "") << "retyped";
    fields[1] = fields[2];
    EXPECT_EQ(verbatim_fields(fields.first(2)), "") << "dropped";
    EXPECT_EQ(verbatim_fields(fields.first(1)), "a=1") << "dropped at the end";
}

}  // namespace
}  // namespace relay::ingest
