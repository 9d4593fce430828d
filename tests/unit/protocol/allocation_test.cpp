// An executable of its own: it counts every allocation of the process.
#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

namespace {

std::size_t allocations = 0;

}  // namespace

// Inlined, g++ 12 would see a free() of what it knows came from new.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* block = std::malloc(bytes)) return block;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* block) noexcept {
    std::free(block);
}
[[gnu::noinline]] void operator delete(void* block, std::size_t) noexcept {
    std::free(block);
}

namespace relay::protocol {
namespace {

constexpr std::string_view body =
    "blockstat,object=qemu,vmid=100,host=VM\\ 100 rd=257846302969,wr=.5,flush=1e-07 17557\n"
    "system,object=qemu,vmid=100 name=\"a \\\"quoted\\\" name\",uptime=7i,ok=t\n"
    "m,a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1 f=1 5\n"
    "refused f=oops 5\n";

void read_and_write(line_parser& parser, std::string& out) {
    out.clear();
    std::string_view rest = body;
    for (;;) {
        const auto outcome = parser.next(rest, input_end::yes);
        if (outcome == line_parser::outcome::end) return;
        if (outcome == line_parser::outcome::point) append_line(out, parser.point());
    }
}

TEST(line_parser, allocates_nothing_per_line_once_warm) {
    line_parser parser;
    std::string out;
    out.reserve(4096);
    read_and_write(parser, out);
    ASSERT_GT(allocations, 0u) << "the counter counts";
    const auto before = allocations;

    for (int i = 0; i < 100; ++i)
        read_and_write(parser, out);

    EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace relay::protocol
