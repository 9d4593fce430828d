// However a body arrives, the parser makes the same of it.
#include "line_reading.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace relay::protocol {
namespace {

using testing::read_body;
using testing::read_in_chunks;

const std::string_view bodies[] = {
    "",
    "\n\r\n \t\n",
    "m f=1",
    "m f=1\r",
    "m f=1\r\n\r\nn f=2\r\n",
    "# comment \"=\n  # another\nm,t=a\\ b f=1 5\nn f=t",
    "m f=\"a\nb\\\"\\\\\" 5\nn f=1 6\n",
    "m f=\"unterminated\nn f=1 6\no g=2",
    "m f=\"a\"b,g=\"c\nfake f=1\n\"\nn f=1\n",
    "m,t= f=\"a\nfake f=1 1\nb\"\nn f=1\n",
    "m f=oops\" 2\nn g=\"x\" 1\n",
    "m f=1,\xff=2\nn f=1\nm\\\n\\\nm,a=b\\\r\nn f=3",
    "0 \\\\=\"=\"\nn f=1",
    "m f=123456789012345678901234567890123456789\nn f=1\n",
    "m f=\"123456789012345678901234567890123456789\n0\nn f=1\nm g=\"\n\"",
    "#3456789012345678901234567890123456789\nm f=1\n",
    "m 3456789012345678901234567890123456789",
    "m f=\"1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n1\n2\n3\n\"\nn f=1",
    "m f=11111111111111111111111111111111\r\nn f=1\n",
    "m f=12\n,g=1 5\r\nn f=+1\no f=null,g=5\n",
    "m f=111111111111111111111111111\n,g=1 5",
    "m f=1111111111111111111111111111\n,g=1 5",
    "m f=11111111111111111111111111111\n,g=1 5",
};

// 32 bytes make some of the lines too long, so that the parser must skip what it cannot hold.
TEST(line_parser, any_chunking_gives_one_result) {
    for (const std::size_t line_bytes : {32, 1 << 20}) {
        for (const auto body : bodies) {
            line_parser parser({.line_bytes = line_bytes});
            parser.set_dialect(dialect::proxmox);
            const auto whole = read_body(body, parser);
            for (std::size_t chunk = 1; chunk <= body.size(); ++chunk) {
                EXPECT_EQ(read_in_chunks(body, chunk, parser), whole)
                    << body << "\nin chunks of " << chunk << ", lines of " << line_bytes;
            }
        }
    }
}

// One byte short is one more prefix: never a read beyond it, never a point that is not there.
TEST(line_parser, any_prefix_is_read_within_its_bounds) {
    for (const auto body : bodies) {
        for (std::size_t size = 0; size <= body.size(); ++size) {
            const auto made = read_body(body.substr(0, size));
            EXPECT_LE(made.points.size(), read_body(body).points.size() + 1)
                << body.substr(0, size);
        }
    }
}

}  // namespace
}  // namespace relay::protocol
