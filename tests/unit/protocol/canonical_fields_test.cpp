#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace relay::protocol {
namespace {

/// The field set as the parser gives it whole, and as the writer spells it.
struct both {
    std::string whole;
    std::string written;
};

both fields_of(std::string_view line, dialect which = dialect::common) {
    line_parser parser;
    parser.set_dialect(which);
    auto rest = line;
    EXPECT_EQ(parser.next(rest, input_end::yes), line_parser::outcome::point);
    both result;
    result.whole = parser.canonical_fields();
    for (const auto& [key, value] : parser.point().fields) {
        append_field(result.written, key, value, field_position::later);
    }
    result.written.erase(0, 1);
    return result;
}

TEST(canonical_fields, are_given_as_they_stand_in_the_text) {
    for (const auto* fields : {
             "f=1",
             "rd_bytes=344348,wr_bytes=0,idle_time_ns=170803536780303",
             "avg1=0.00,cpu=6.25312656328164e-05,wait=1e-07,neg=-0.5,e=1E+5,zero=007",
             R"(name="VM 100",status="running",tags="a;b",running-qemu="10.1.2")",
             "i=12i,u=12u,n=-3i,z=0i,b=true,c=F",
             "s=\"\",t=\"a,b=c d\",u=\"tab\there\"",
             "v1.2=1,.=2,a\"b=3",
             "\xc3\xa4=1,s=\"\xe2\x82\xac\"",
         }) {
        for (const auto* end : {" 5\n", "   5 \r\n", "\n", "  ", ""}) {
            const auto both = fields_of(std::string("m,t=a\\ b  ") + fields + end);
            EXPECT_EQ(both.whole, fields);
            EXPECT_EQ(both.written, fields);
        }
    }
}

TEST(canonical_fields, are_none_where_the_writer_spells_them_otherwise) {
    for (const auto* fields :
         {"f=.5", "f=5.", "f=1.e3", "f=-.5", "f=1,g=.5,h=1", "f=007i", "f=-01i", "f=00u",
          R"(s="a\"b")", R"(s="a\\b")", R"(s="a\b")", "s=\"a\nb\"", "a\\ b=1", "a=1,b\\,c=2"}) {
        EXPECT_EQ(fields_of(std::string("m ") + fields + " 5\n").whole, "") << fields;
    }
    EXPECT_EQ(fields_of("m f=+5 5\n", dialect::proxmox).whole, "");
    EXPECT_EQ(fields_of("m f=1,g=null,h=2 5\n", dialect::proxmox).whole, "");
}

TEST(canonical_fields, are_those_of_the_last_line) {
    line_parser parser;
    std::string_view lines = "m a=.5\nm b=2 5\nm c=5. 5\n";

    for (const auto* expected : {"", "b=2", ""}) {
        ASSERT_EQ(parser.next(lines, input_end::yes), line_parser::outcome::point);
        EXPECT_EQ(parser.canonical_fields(), expected);
    }
}

}  // namespace
}  // namespace relay::protocol
