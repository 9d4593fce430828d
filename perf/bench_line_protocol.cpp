// Line protocol in and out, in nanoseconds per number, on the lines that are most of what a Proxmox
// node pushes. Every benchmark checks first that its answer is right.
//
//     bench_line_protocol
//
// One core of an AMD EPYC 9005 VM that others kept busy, g++ 12.2 -O2, the best rounds: find
// delimiters 5 ns, parse 14, parse to double 21, parse and write 50.
#include "protocol/delimiters.hpp"
#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace relay::protocol;

/// A block device of a VM, as pvestatd pushes it (pve-manager 9.2). The numbers are a real one's.
struct counter {
    std::string_view name;
    std::uint64_t value;
};
constexpr std::array<counter, 31> counters{{
    {"failed_flush_operations", 0},
    {"failed_rd_operations", 0},
    {"failed_unmap_operations", 0},
    {"failed_wr_operations", 0},
    {"failed_zone_append_operations", 0},
    {"flush_operations", 8706392},
    {"flush_total_time_ns", 67987892579027},
    {"idle_time_ns", 1782613543},
    {"invalid_flush_operations", 0},
    {"invalid_rd_operations", 0},
    {"invalid_unmap_operations", 0},
    {"invalid_wr_operations", 0},
    {"invalid_zone_append_operations", 0},
    {"rd_bytes", 257846302969},
    {"rd_merged", 0},
    {"rd_operations", 6196682},
    {"rd_total_time_ns", 2086775373687},
    {"unmap_bytes", 247326204517},
    {"unmap_merged", 0},
    {"unmap_operations", 7065329},
    {"unmap_total_time_ns", 54995781739625},
    {"wr_bytes", 163225619479},
    {"wr_highest_offset", 33262806016},
    {"wr_merged", 0},
    {"wr_operations", 702779},
    {"wr_total_time_ns", 52868443473901},
    {"zone_append_bytes", 0},
    {"zone_append_merged", 0},
    {"zone_append_operations", 0},
    {"zone_append_total_time_ns", 0},
    {"timed_average", 5},
}};
constexpr std::size_t lines = 150;
constexpr std::size_t numbers = lines * counters.size();

/// A body of such lines, as one push has, and the sum of all its numbers.
struct sample {
    std::string body;
    double sum = 0;
};

sample make_sample() {
    sample made;
    for (std::size_t line = 0; line < lines; ++line) {
        made.body +=
            fmt::format("blockstat,object=qemu,vmid={},nodename=pve1,host=web{},instance=scsi0 ",
                        100 + line, line);
        for (const auto& [name, value] : counters) {
            const auto moved = value == 0 ? 0 : value + line;
            made.sum += static_cast<double>(moved);
            made.body += fmt::format("{}={},", name, moved);
        }
        made.body.back() = ' ';
        made.body += "1755785270000000000\n";
    }
    return made;
}

const sample& shared_sample() {
    static const auto made = make_sample();
    return made;
}

void require(bool right, const char* what) {
    if (right) return;
    std::fprintf(stderr, "wrong answer: %s\n", what);
    std::exit(1);
}

void report(benchmark::State& state) {
    const auto rounds = static_cast<double>(state.iterations());
    state.counters["bytes_per_number"] =
        static_cast<double>(shared_sample().body.size()) / static_cast<double>(numbers);
    state.counters["per_number"] = benchmark::Counter(
        rounds * numbers, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Many short rounds, of which the best was disturbed least by what else the machine does.
void in_many_rounds(benchmark::internal::Benchmark* each) {
    each->MinTime(0.02)->Repetitions(50)->ReportAggregatesOnly(true)->ComputeStatistics(
        "best", [](const std::vector<double>& times) { return *std::ranges::min_element(times); });
}

/// Runs `use(point)` for every line of the sample. @returns how many there were.
template <class Use>
std::size_t for_each_point(line_parser& parser, Use use) {
    std::string_view rest = shared_sample().body;
    std::size_t points = 0;
    while (parser.next(rest, input_end::yes) == line_parser::outcome::point) {
        use(parser.point());
        ++points;
    }
    return points;
}

void find_delimiters(benchmark::State& state) {
    const std::string_view body = shared_sample().body;
    const auto count = [body] {
        delimiter_cursor cursor;
        cursor.seat(body.data(), body.data() + body.size());
        std::size_t found = 0;
        while (cursor.next() != body.data() + body.size())
            ++found;
        return found;
    };
    std::size_t expected = 0;
    for (const char c : body)
        expected += is_delimiter(c) ? 1 : 0;
    require(count() == expected, "number of delimiters");
    for (auto _ : state)
        benchmark::DoNotOptimize(count());
    report(state);
}
BENCHMARK(find_delimiters)->Apply(in_many_rounds);

void parse(benchmark::State& state) {
    line_parser parser;
    const auto count_fields = [&] {
        std::size_t fields = 0;
        for_each_point(parser, [&](const point& read) { fields += read.fields.size(); });
        return fields;
    };
    require(count_fields() == numbers, "number of fields");
    for (auto _ : state)
        benchmark::DoNotOptimize(count_fields());
    report(state);
}
BENCHMARK(parse)->Apply(in_many_rounds);

void parse_to_double(benchmark::State& state) {
    line_parser parser;
    const auto sum_all = [&] {
        double sum = 0;
        for_each_point(parser, [&](const point& read) {
            for (const auto& [key, value] : read.fields)
                sum += to_double(value);
        });
        return sum;
    };
    require(sum_all() == shared_sample().sum, "sum of the numbers");
    for (auto _ : state)
        benchmark::DoNotOptimize(sum_all());
    report(state);
}
BENCHMARK(parse_to_double)->Apply(in_many_rounds);

void parse_and_write(benchmark::State& state) {
    line_parser parser;
    std::string out;
    const auto copy = [&] {
        out.clear();
        for_each_point(parser, [&](const point& read) { append_line(out, read); });
    };
    copy();
    require(out == shared_sample().body, "what is written is what was read");
    for (auto _ : state) {
        copy();
        benchmark::DoNotOptimize(out.data());
    }
    report(state);
}
BENCHMARK(parse_and_write)->Apply(in_many_rounds);

}  // namespace

BENCHMARK_MAIN();
