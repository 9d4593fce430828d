// Pushes what a simulated cluster would, and prints what became of it as one line of JSON:
//
//   pusher URL NODES GUESTS_PER_NODE CYCLES INTERVAL_SECONDS
//
// With an interval of 0 it pushes as fast as answers come, and bodies are made before the clock
// starts, so that making load costs little beside what is measured. One connection per POST, as
// Proxmox does.
#include "relay/simulate/simulate.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

relay::simulate::simulate_options options_of(char** arguments) {
    const auto number = [&](int i) { return std::strtoul(arguments[i], nullptr, 10); };
    relay::simulate::simulate_options options;
    options.to = arguments[1];
    options.world.nodes = static_cast<unsigned>(number(2));
    options.world.guests_per_node = static_cast<unsigned>(number(3));
    options.world.guests_per_container = 7;  // 960 VMs and 160 containers on 16 nodes
    options.cycles = number(4);
    options.interval =
        std::chrono::milliseconds(std::lround(std::strtod(arguments[5], nullptr) * 1e3));
    options.concurrency = options.world.nodes;
    options.prepared_cycles = 4;
    options.timeout = std::chrono::seconds(30);
    return options;
}

std::string json_of(const relay::simulate::simulate_result& result) {
    return fmt::format(
        R"({{"pushes":{},"failures":{},"lines":{},"numbers":{},"strings":{},"bytes":{},)"
        R"("seconds":{:.3f},"p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},"error":"{}"}})",
        result.pushes, result.failures(), result.lines, result.numbers, result.strings,
        result.bytes, static_cast<double>(result.took.count()) / 1e3,
        static_cast<double>(result.p50.count()) / 1e3,
        static_cast<double>(result.p99.count()) / 1e3,
        static_cast<double>(result.slowest.count()) / 1e3, result.first_error);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) {
        fmt::print(stderr, "pusher URL NODES GUESTS_PER_NODE CYCLES INTERVAL_SECONDS\n");
        return 64;
    }
    const auto result = relay::simulate::run_simulation(options_of(arguments));
    if (!result) {
        fmt::print(stderr, "pusher: {}\n", result.error());
        return 1;
    }
    fmt::print("{}\n", json_of(*result));
    return 0;
}
