// gzip of a batch as ingest hands it over: ISA-L at level 1 beside zlib at level 1, and both
// ways back. Reports bytes of text per second and how far it shrank.
#include "protocol/gzip_member.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

namespace {

using relay::protocol::gzip_compressor;
using relay::protocol::inflate_member;

// What pvestatd writes for a guest, with values that move.
std::string batch_of(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) {
        const auto n = std::to_string(i);
        text += "system,cluster=lab,object=qemu,vmid=" + std::to_string(100 + i % 400) +
                ",nodename=pve" + std::to_string(i % 16) + ",host=guest-" + n + " cpu=0.0" +
                std::to_string(i * 7919 % 99991) +
                ",cpus=4,disk=0,diskread=" + std::to_string(i * 104729) +
                ",diskwrite=" + std::to_string(i * 1299709) +
                ",maxmem=8589934592,mem=" + std::to_string(4'000'000'000 + i * 4096) +
                ",netin=" + std::to_string(i * 15485863) + ",uptime=" + std::to_string(86400 + i) +
                " 1700000000000000000\n";
    }
    text.resize(bytes);
    return text;
}

gzip_compressor::engine engine_of(const benchmark::State& state) {
    return static_cast<gzip_compressor::engine>(state.range(0));
}

void compress(benchmark::State& state) {
    const auto text = batch_of(static_cast<std::size_t>(state.range(1)));
    gzip_compressor compressor(engine_of(state));
    std::string member, back;
    compressor.compress(text, "PV", member);
    if (!inflate_member(member, text.size(), back) || back != text) std::abort();
    for (auto _ : state) {
        member.clear();
        compressor.compress(text, "PV", member);
        benchmark::DoNotOptimize(member.data());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
    state.counters["ratio"] = static_cast<double>(text.size()) / static_cast<double>(member.size());
}
BENCHMARK(compress)->ArgNames({"zlib", "bytes"})->ArgsProduct({{0, 1}, {87 << 10, 1 << 20}});

void inflate(benchmark::State& state) {
    const auto text = batch_of(static_cast<std::size_t>(state.range(1)));
    std::string member, back;
    gzip_compressor(engine_of(state)).compress(text, "PV", member);
    for (auto _ : state) {
        back.clear();
        if (!inflate_member(member, text.size(), back) || back.size() != text.size()) std::abort();
    }
    if (back != text) std::abort();
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(inflate)->ArgNames({"zlib", "bytes"})->ArgsProduct({{0, 1}, {87 << 10, 1 << 20}});

}  // namespace

BENCHMARK_MAIN();
