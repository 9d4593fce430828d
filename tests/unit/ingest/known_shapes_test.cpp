// Lines that are read by their shape come out as the parser's do: its twin is an intake that
// remembers none.
#include "relay/ingest/known_shapes.hpp"

#include "intake_fixture.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {
namespace {

constexpr std::string_view nics =
    "nics,object=qemu,vmid=101,nodename=pve1,host=web,instance=tap101i0 "
    "netin=17,netout=4.5 1755785270000000000\n";

/// Nothing is read so near the end that a look ahead would go beyond it.
const std::string behind = "\n" + std::string(64, '#') + "\n";

/// Knows the shape of a line.
struct taught {
    explicit taught(std::string_view line, const protocol::parse_limits& with = {}) : limits(with) {
        text = std::string(line) + behind;
        std::string_view rest = text;
        protocol::line_parser parser(limits);
        EXPECT_EQ(parser.next(rest, protocol::input_end::yes),
                  protocol::line_parser::outcome::point);
        tag_planner planner;
        const auto& plan = planner.plan_of(parser.point().tags, make_constant_tags("c", {}).keys);
        known.learn(text, parser, plan.object);
    }
    std::size_t read(std::string_view line, std::int64_t unit_ns = 1) {
        text = std::string(line) + behind;
        return known.read(text, unit_ns);
    }

    protocol::parse_limits limits;
    known_shapes known{limits, 8};
    std::string text;
};

TEST(known_shapes, reads_a_line_that_differs_in_its_values) {
    taught one(nics);
    const std::string_view other =
        "nics,object=qemu,vmid=7,nodename=pve-2,host=db.example,instance=tap7i0 "
        "netin=0,netout=123456789012345678901 1755785280000000000\n";

    ASSERT_EQ(one.read(other), other.size());

    const auto& point = one.known.point();
    EXPECT_EQ(point.measurement, "nics");
    ASSERT_EQ(point.tags.size(), 5U);
    EXPECT_EQ(point.tags[1], (protocol::tag{"vmid", "7"}));
    EXPECT_EQ(point.tags[3], (protocol::tag{"host", "db.example"}));
    EXPECT_EQ(point.time_ns, 1'755'785'280'000'000'000);
    EXPECT_EQ(one.known.fields(), "netin=0,netout=123456789012345678901");
}

TEST(known_shapes, leaves_to_the_parser_what_is_not_spelt_plainly) {
    taught one(nics);
    const auto with = [](std::string_view was, std::string_view is) {
        std::string line(nics);
        return line.replace(line.find(was), was.size(), is);
    };
    EXPECT_NE(one.read(nics), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=")), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=a\\ b")), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=a\"b")), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=a=b")), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=a,b=c")), 0U);
    EXPECT_EQ(one.read(with("host=web", "host=\xc3\xa4")), 0U);
    EXPECT_EQ(one.read(with("object=qemu", "object=lxc")), 0U) << "another object";
    for (const auto* number : {"", "-1", "1e5", "17i", ".5", "5.", "1.2.3", "true", "\"17\""}) {
        EXPECT_EQ(one.read(with("netin=17", std::string("netin=") + number)), 0U) << number;
    }
    EXPECT_EQ(one.read(with(" netin", "  netin")), 0U);
    EXPECT_EQ(one.read(with("4.5 1", "4.5  1")), 0U);
    EXPECT_EQ(one.read(with("4.5 1755785270000000000", "4.5")), 0U) << "no time";
    EXPECT_EQ(one.read(with("0000\n", "0000\r\n")), 0U);
    EXPECT_EQ(one.read(with("0000\n", "0000 \n")), 0U);
    EXPECT_EQ(one.read(with("1755785270000000000", "9955785270000000000")), 0U) << "out of range";
    EXPECT_EQ(one.read(std::string(nics.substr(0, 50))), 0U);
}

TEST(known_shapes, reads_times_in_the_unit_that_holds) {
    taught one(nics);
    std::string line(nics);
    line.replace(line.find("1755785270000000000"), 19, "1755785270");
    ASSERT_NE(one.read(line, 1'000'000'000), 0U);
    EXPECT_EQ(one.known.point().time_ns, 1'755'785'270'000'000'000);
    ASSERT_NE(one.read(line, 1), 0U);
    EXPECT_EQ(one.known.point().time_ns, 1'755'785'270);
}

TEST(known_shapes, keeps_to_the_limits) {
    protocol::parse_limits limits;
    limits.line_bytes = nics.size();
    limits.name_bytes = nics.find(' ') + 4 + 6;  // netout
    taught one(nics, limits);
    EXPECT_NE(one.read(nics), 0U);
    std::string longer(nics);
    EXPECT_EQ(one.read(longer.replace(longer.find("netin=17"), 8, "netin=170")), 0U);
    longer = nics;
    EXPECT_EQ(
        one.read(
            longer.replace(longer.find("web"), 3, "webs").replace(longer.find("17,"), 3, "1,")),
        0U);
}

/// Both ways, with the same lines.
class known_shapes_twins : public intake_test {
protected:
    void expect_equal(const std::string& text, std::size_t chunk_bytes) {
        ingest_options plain;
        plain.shapes_max = 0;
        restart(plain);
        journal_.batches.clear();
        const auto expected_result = push(text, chunk_bytes);
        const auto expected = journal_.text();
        restart({});
        journal_.batches.clear();
        const auto result = push(text, chunk_bytes);
        EXPECT_EQ(journal_.text(), expected);
        EXPECT_EQ(result.accepted, expected_result.accepted);
        EXPECT_EQ(result.rejected, expected_result.rejected);
        EXPECT_EQ(result.first_error, expected_result.first_error);
    }
};

const std::vector<std::string>& kinds_of_lines() {
    static const std::vector<std::string> lines{
        std::string(nics),
        "nics,object=nodes,host=pve1,instance=eno1 receive=1,transmit=2,type=\"physical\" "
        "1755785270000000000\n",
        "blockstat,object=qemu,vmid=101,nodename=pve1,host=web,instance=scsi0 "
        "failed_rd_operations=0,rd_bytes=17,wr_bytes=18 1755785270000000000\n",
        "system,object=qemu,vmid=101,nodename=pve1,host=web cpu=0.5,diskread=0,diskwrite=0,"
        "name=\"web\",status=\"running\",uptime=1000 1755785270000000000\n",
        "system,object=storages,nodename=pve1,host=local,type=dir active=1,content=\"iso,backup\","
        "type=\"dir\" 1755785270000000000\n",
        "cpustat,object=nodes,host=pve1 avg1=4.22,cpu=0.000975697138235874,cpus=32 "
        "1755785270000000000\n",
        "telegraf,site=b,app=a x=1,note=\"say so\" 1755785270000000000\n"};
    return lines;
}

TEST_F(known_shapes_twins, agree_on_lines_that_repeat) {
    std::string text;
    for (int round = 0; round < 3; ++round) {
        for (const auto& line : kinds_of_lines())
            text += line;
    }
    for (const std::size_t chunk_bytes : {1UL, 97UL, 512UL, std::string::npos}) {
        expect_equal(text, chunk_bytes);
    }
}

TEST_F(known_shapes_twins, agree_on_lines_with_anything_in_them) {
    constexpr std::string_view bytes("=, \"\\\n\r.0915ae#\x7f\x80\xc3", 18);
    std::mt19937 engine(1);
    for (int round = 0; round < 2'000; ++round) {
        std::string text;
        for (int i = 0; i < 12; ++i) {
            auto line = kinds_of_lines()[engine() % kinds_of_lines().size()];
            for (auto changes = engine() % 3; changes > 0; --changes) {
                const auto at = engine() % line.size();
                const auto byte = bytes[engine() % bytes.size()];
                if (engine() % 2 == 0) {
                    line[at] = byte;
                } else {
                    line.insert(at, 1, byte);
                }
            }
            text += kinds_of_lines()[engine() % kinds_of_lines().size()] + line;
        }
        expect_equal(text, std::string::npos);
        if (HasFailure()) FAIL() << "round " << round << ": " << text;
    }
}

}  // namespace
}  // namespace relay::ingest
