// Lines in, canonical lines out: what ingest costs per number, journal excluded. The load is that
// of the pushes it was made for: a virtual machine's lines, of which block devices are the most,
// and what the nodes of a simulated cluster push, as in the load on the whole relay.
// First the answer is checked, then it is timed.
#include "relay/ingest/intake.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/simulate/transactions.hpp"
#include "relay/simulate/world.hpp"
#include "tests/support/unread_journal.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relay::ingest {
namespace {

/// Takes every batch and drops it.
class dropping_journal final : public tests::unread_journal {
public:
    bool append(relay::journal::batch batch) override {
        points += batch.points;
        last = std::move(batch.text);
        return true;
    }

    std::uint64_t points = 0;
    std::string last;
};

struct load {
    std::string text;
    std::uint64_t numbers = 0;
};

/// Counters of the sizes that they have in the field: a third are zero.
std::uint64_t counter_value(std::uint64_t seed) {
    return seed % 3 == 0 ? 0 : (seed * 2'654'435'761U) % 300'000'000'000U;
}

void add_blockstat(load& out, std::uint64_t vmid, std::string_view device) {
    out.text += fmt::format("blockstat,object=qemu,vmid={},nodename=pve1,host=web{},instance={} ",
                            vmid, vmid, device);
    for (const auto name : simulate::blockstat_field_names()) {
        out.text += fmt::format("{}={},", name, counter_value(vmid * 31 + out.numbers++));
    }
    out.text.back() = ' ';
    out.text += "1755785270000000000\n";
}

void add_system(load& out, std::uint64_t vmid) {
    out.text += fmt::format(
        "system,object=qemu,vmid={0},nodename=pve1,host=web{0} "
        "balloon=8589934592,cpu=0.0123{0},cpus=4,disk=0,diskread=257846302969,"
        "diskwrite=163225619479,freemem=2215215414,maxdisk=34359738368,maxmem=8589934592,"
        "mem=6110847370,memhost=8714874880,name=\"web{0}\",netin=884736251,netout=9936251,"
        "pid=2514,pressurecpufull=0,pressurecpusome=0.12,pressureiofull=0,pressureiosome=0,"
        "pressurememoryfull=0,pressurememorysome=0,qmpstatus=\"running\","
        "running-machine=\"pc-q35-10.1+pve0\",running-qemu=\"10.1.2\",status=\"running\","
        "tags=\"prod;web\",uptime=1279742 1755785270000000000\n",
        vmid);
    out.numbers += 21;
}

load blockstat_load() {
    load made;
    for (std::uint64_t vmid = 100; made.text.size() < 900'000; ++vmid) {
        add_blockstat(made, vmid, "scsi0");
    }
    return made;
}

/// A node's push of guests: three block devices, one network device, one system line each.
load guest_load() {
    load made;
    for (std::uint64_t vmid = 100; made.text.size() < 220'000; ++vmid) {
        for (const auto* device : {"ide2", "scsi0", "scsi1"}) {
            add_blockstat(made, vmid, device);
        }
        made.text += fmt::format(
            "nics,object=qemu,vmid={0},nodename=pve1,host=web{0},instance=tap{0}i0 "
            "netin=884736251,netout=9936251 1755785270000000000\n",
            vmid);
        made.numbers += 2;
        add_system(made, vmid);
    }
    return made;
}

/// One cycle of a cluster of 8 nodes with 70 guests each: more series than a cache of the machine
/// holds.
load cluster_load() {
    load made;
    simulate::world_options options;
    options.nodes = 8;
    options.guests_per_node = 70;
    options.guests_per_container = 7;
    const auto world = simulate::make_world(options);
    for (const auto& node : world.clusters.front().nodes) {
        for (const auto& pushed : simulate::transactions_of(node, 1'755'785'270)) {
            made.text += pushed.text;
            made.numbers += pushed.numbers;
        }
    }
    return made;
}

void push(intake& in, std::string_view text, std::size_t chunk_bytes) {
    static const journal::lane lane{.cluster = "lab", .bucket = "proxmox", .tenant = ""};
    const moment now{.steady = {}, .wall = wall_time(std::chrono::seconds(1'755'785'271))};
    auto body = in.open(lane, protocol::precision::ns, now, nullptr, "192.0.2.1");
    while (!text.empty()) {
        body->feed(text.substr(0, chunk_bytes));
        text.remove_prefix(std::min(chunk_bytes, text.size()));
    }
    std::ignore = body->finish();
}

void require(bool condition, const char* what) {
    if (condition) return;
    fmt::print(stderr, "wrong answer: {}\n", what);
    std::abort();
}

void check_answer(const load& load, std::size_t chunk_bytes) {
    dropping_journal journal;
    ingest_counters counters;
    null_log log;
    intake in({}, journal, counters, log);
    push(in, load.text, chunk_bytes);
    const auto lines = std::count(load.text.begin(), load.text.end(), '\n');
    require(journal.points == static_cast<std::uint64_t>(lines), "every line arrives");
    require(journal.last.find(" 175578527") != std::string::npos, "times stay");
    require(journal.last.find(",cluster=lab,") != std::string::npos, "tags are sorted");
    require(counters.rejected.value() == 0, "none is refused");
}

void run(benchmark::State& state, const load& load, std::size_t chunk_bytes,
         const ingest_options& options = {}, const topology::snapshot_board* board = nullptr) {
    check_answer(load, chunk_bytes);
    dropping_journal journal;
    ingest_counters counters;
    null_log log;
    presence watch({});
    intake in(options, journal, counters, log, {},
              {.board = board, .homes = nullptr, .watch = &watch});
    for (auto _ : state) {
        push(in, load.text, chunk_bytes);
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * load.text.size()));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * load.numbers));
    state.counters["ns_per_number"] =
        benchmark::Counter(static_cast<double>(state.iterations() * load.numbers) * 1e-9,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.counters["bytes_per_number"] =
        static_cast<double>(load.text.size()) / static_cast<double>(load.numbers);
}

void blockstat_whole(benchmark::State& state) {
    run(state, blockstat_load(), std::string::npos);
}
void guests_whole(benchmark::State& state) {
    run(state, guest_load(), std::string::npos);
}
void guests_in_chunks(benchmark::State& state) {
    run(state, guest_load(), 8192);
}
void cluster_in_reads(benchmark::State& state) {
    run(state, cluster_load(), 65'536);
}

/// The same with a pool and tags on every guest's line, and one guest in four a tenant's.
void cluster_enriched(benchmark::State& state) {
    auto known = std::make_shared<topology::snapshot>();
    known->cluster = "lab";
    for (std::uint32_t vmid = 100; vmid < 1000; ++vmid) {
        topology::guest guest;
        guest.id.vmid = vmid;
        guest.pool = vmid % 4 == 0 ? "team-a" : "everyone";
        guest.tags = {"prod", "web"};
        known->guests.push_back(std::move(guest));
    }
    topology::snapshot_board board;
    board.publish(std::move(known));
    ingest_options options;
    options.enrich = {guest_property::pool, guest_property::tags};
    options.tenants.emplace_back().name = "a";
    options.tenants.back().pools = {"team-a"};
    run(state, cluster_load(), 65'536, options, &board);
}

BENCHMARK(blockstat_whole);
BENCHMARK(guests_whole);
BENCHMARK(guests_in_chunks);
BENCHMARK(cluster_in_reads);
BENCHMARK(cluster_enriched);

// 2026-11-21, g++ 12 -O2, EPYC VM of 2 threads under a load of 5 to 15, best of 40: 65 to 75 ns per
// number where the parser alone took 30 to 35 in the same minutes. The ratio is what to watch.

}  // namespace
}  // namespace relay::ingest

BENCHMARK_MAIN();
