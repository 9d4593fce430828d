// From lines of Proxmox to the body of a remote write request: all of it, and its parts. Each
// benchmark checks its answer before it is timed; `time/sample` is the figure to compare.

#include "protocol/line_parser.hpp"
#include "protocol/remote_write.hpp"
#include "protocol/remote_write_2.hpp"
#include "protocol/snappy_block.hpp"
#include "relay/base/check.hpp"
#include "relay/simulate/transactions.hpp"
#include "sinks/prometheus.hpp"

#include <benchmark/benchmark.h>
#include <snappy.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace relay;

constexpr std::int64_t noon_s = 1'755'785'270;

/// What one push of a node with `vms` guests becomes in the journal, in shape and in length: the
/// lines are Proxmox VE 9's, with the cluster tag and numbers that differ.
std::string push_of(int vms, std::int64_t second) {
    std::string text;
    const auto time = " " + std::to_string(second) + "000000000\n";
    std::uint64_t n = 88'172'645'463'325'252u + static_cast<std::uint64_t>(second);
    const auto number = [&] {  // xorshift64
        n ^= n << 13;
        n ^= n >> 7;
        n ^= n << 17;
        return std::to_string(n % 1'000'000'000'000u);
    };
    const auto blockstat = simulate::blockstat_field_names();
    for (int vm = 100; vm < 100 + vms; ++vm) {
        const auto id = std::to_string(vm);
        const auto tags = ",cluster=lab,host=web" + id + ",nodename=pve1,object=qemu,vmid=" + id;
        text += "ballooninfo" + tags + " actual=" + number() + ",free_mem=" + number() +
                ",last_update=" + number() + ",max_mem=" + number() + ",total_mem=" + number() +
                time;
        for (const auto* drive : {"ide2", "scsi0", "scsi1"}) {
            text += "blockstat,cluster=lab,host=web" + id + ",instance=" + drive +
                    ",nodename=pve1,object=qemu,vmid=" + id + ' ';
            for (const auto field : blockstat)
                text += std::string(field) + '=' + number() + ',';
            text.back() = ' ';
            text += time.substr(1);
        }
        text += "nics" + tags + ",instance=tap" + id + "i0 netin=" + number() +
                ",netout=" + number() + time;
        text +=
            "system" + tags + " balloon=" + number() + ",cpu=0.0288326314267838,cpus=4,disk=0," +
            "diskread=" + number() + ",diskwrite=" + number() +
            ",maxdisk=34359738368,maxmem=" + number() + ",mem=" + number() + ",netin=" + number() +
            ",netout=" + number() +
            ",pid=837736,pressurecpusome=0.33,qmpstatus=\"running\",status=\"running\",uptime=" +
            number() + time;
    }
    return text;
}

journal::record_ptr record_of(std::string text, journal::sequence sequence) {
    journal::record record;
    record.header.sequence = sequence;
    record.header.lane.cluster = "lab";
    record.header.text_bytes = static_cast<std::uint32_t>(text.size());
    record.text = std::move(text);
    return std::make_shared<const journal::record>(std::move(record));
}

/// Four pushes, ten seconds apart.
std::vector<journal::record_ptr> pushes() {
    std::vector<journal::record_ptr> records;
    for (int i = 0; i < 4; ++i) {
        records.push_back(
            record_of(push_of(120, noon_s + 10 * i), static_cast<std::uint64_t>(i + 1)));
    }
    return records;
}

sinks::prometheus_options options() {
    sinks::prometheus_options o;
    o.url = "http://127.0.0.1:9090/api/v1/write";
    return o;
}

void report(benchmark::State& state, std::size_t samples, std::size_t bytes) {
    state.counters["time/sample"] = benchmark::Counter(
        static_cast<double>(samples), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes/sample"] = static_cast<double>(bytes) / static_cast<double>(samples);
}

/// Lines in, body out: parse, name, sort out, serialise, compress.
void encode_requests(benchmark::State& state, sinks::remote_write_choice version) {
    const auto records = pushes();
    auto asked = options();
    asked.version = version;
    sinks::prometheus sink(asked);
    std::size_t samples = 0;
    std::size_t bytes = 0;
    const auto once = [&] {
        for (sinks::place at; at.record < records.size();) {
            const auto e = sink.encode(records, at, SIZE_MAX);
            at = e.end;
            samples += e.points;
            bytes += e.request.body.size();
        }
    };
    once();
    // ballooninfo 5, blockstat 3 times 30, nics 2, system 14 numbers and state sets of 13 and 2.
    RELAY_CHECK(samples == 4u * 120 * (5 + 3 * 30 + 2 + 14 + 13 + 2));
    samples = bytes = 0;
    for (auto _ : state)
        once();
    report(state, samples, bytes);
}
BENCHMARK_CAPTURE(encode_requests, of_1, sinks::remote_write_choice::v1);
BENCHMARK_CAPTURE(encode_requests, of_2, sinks::remote_write_choice::v2);

/// The same lines, only read.
void parse_lines(benchmark::State& state) {
    const auto text = pushes().front()->text;
    protocol::line_parser parser;
    std::size_t values = 0;
    for (auto _ : state) {
        std::string_view rest = text;
        while (parser.next(rest, protocol::input_end::yes) ==
               protocol::line_parser::outcome::point) {
            values += parser.point().fields.size();
            benchmark::DoNotOptimize(parser.point().fields.data());
        }
    }
    RELAY_CHECK(values > 0);
    report(state, values, 0);
}
BENCHMARK(parse_lines);

struct named {
    std::vector<protocol::label> labels{
        {"cluster", "lab"},   {"host", "web100"}, {"instance", "scsi0"}, {"job", "pve"},
        {"nodename", "pve1"}, {"object", "qemu"}, {"vmid", "100"}};
    std::vector<std::string> metrics;
    named() {
        for (int i = 0; i < 30; ++i)
            metrics.push_back("blockstat_rd_operations_of_" + std::to_string(i));
    }
};

/// Labels, names and values to a body: nothing but the encoding, of 1.0 or of 2.0.
template <class Line, class Request>
void encode_bodies(benchmark::State& state) {
    const named line;
    std::vector<protocol::shared_label> metrics;
    for (const auto& metric : line.metrics)
        metrics.emplace_back(protocol::label{protocol::metric_name_label, metric});
    const protocol::label_block block(line.labels);
    Line series;
    Request request;
    std::size_t samples = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        request.clear();
        for (int lines = 0; lines < 300; ++lines) {
            series.begin(block, noon_s * 1000 + lines);
            double value = 0.5;
            for (auto& metric : metrics)
                request.add(series, metric, nullptr, value += 1);
        }
        bytes += request.body().size();
        samples += 300 * line.metrics.size();
    }
    report(state, samples, bytes);
}
BENCHMARK_TEMPLATE(encode_bodies, protocol::line_series, protocol::write_request);
BENCHMARK_TEMPLATE(encode_bodies, protocol::line_symbols, protocol::write_request_2);

/// The plain twin: the message by protozero …
void messages_with_protozero(benchmark::State& state) {
    const named line;
    std::string out;
    std::size_t samples = 0;
    std::vector<protocol::label> labels{{"__name__", ""}};
    labels.insert(labels.end(), line.labels.begin(), line.labels.end());
    for (auto _ : state) {
        out.clear();
        for (int lines = 0; lines < 300; ++lines) {
            for (const auto& metric : line.metrics) {
                labels.front().value = metric;
                protocol::append_series(out, labels, 0.5, noon_s * 1000 + lines);
            }
        }
        benchmark::DoNotOptimize(out.data());
        samples += 300 * line.metrics.size();
    }
    report(state, samples, out.size() * samples / (300 * line.metrics.size()));
}
BENCHMARK(messages_with_protozero);

/// … and libsnappy's search in it.
void compress_with_libsnappy(benchmark::State& state) {
    const auto records = pushes();
    sinks::prometheus sink(options());
    const auto e = sink.encode(records, {}, SIZE_MAX);
    std::string bytes;
    RELAY_CHECK(snappy::Uncompress(e.request.body.data(), e.request.body.size(), &bytes));
    protocol::snappy_block block;
    std::size_t samples = 0;
    std::size_t compressed = 0;
    for (auto _ : state) {
        compressed += block.compress(bytes).size();
        samples += e.points;
    }
    report(state, samples, compressed);
}
BENCHMARK(compress_with_libsnappy);

}  // namespace

BENCHMARK_MAIN();
