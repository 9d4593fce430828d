#include "relay/simulate/simulate.hpp"

#include "relay/base/locked.hpp"
#include "relay/simulate/cycle_source.hpp"
#include "relay/simulate/moment.hpp"
#include "relay/simulate/push_record.hpp"
#include "relay/simulate/transactions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace relay::simulate {
namespace {

using steady = std::chrono::steady_clock;

// What the timestamps of two cycles are apart where nothing is waited for: PVE's cycle.
constexpr std::int64_t unpaced_cycle_seconds = 10;

struct pushing_node {
    const node* which = nullptr;
    push_identity identity;
    cycle_source cycles;
    const simulated_cluster* within = nullptr;  // where something happens
    std::size_t index = 0;                      // there
};

std::vector<transaction> transactions_at(const pushing_node& from, std::int64_t seconds) {
    if (from.within == nullptr) return transactions_of(*from.which, seconds);
    const auto now = pushing_node_at(*from.within, from.index, seconds);
    if (!now) return {};
    return transactions_of(*now, seconds);
}

struct tally {
    simulate_result result;
    std::vector<std::chrono::microseconds> answers;
};

/// When a turn (a node's cycle) is due and which second it carries.
class timetable {
public:
    timetable(const simulate_options& options, std::size_t nodes, std::int64_t now_seconds)
        : interval_(options.interval),
          nodes_(static_cast<std::int64_t>(nodes)) {
        const bool is_paced = interval_.count() > 0;
        // Two cycles of one node never carry the same second.
        step_ = is_paced ? std::max<std::int64_t>(1, (interval_.count() + 999) / 1000)
                         : unpaced_cycle_seconds;
        const auto history = is_paced ? 0 : static_cast<std::int64_t>(options.cycles) * step_;
        first_ = options.start_seconds.value_or(now_seconds - history);
    }

    /// Turn by turn in the order of time: the nodes share the interval evenly.
    [[nodiscard]] std::chrono::milliseconds due(std::uint64_t turn) const {
        return std::chrono::milliseconds(static_cast<std::int64_t>(turn) * interval_.count() /
                                         nodes_);
    }
    [[nodiscard]] std::int64_t seconds(std::uint64_t turn) const {
        const auto cycle = static_cast<std::int64_t>(turn) / nodes_;
        const auto phase = static_cast<std::int64_t>(turn) % nodes_ * step_ / nodes_;
        return first_ + cycle * step_ + phase;
    }

private:
    std::chrono::milliseconds interval_;
    std::int64_t nodes_;
    std::int64_t step_ = 1;
    std::int64_t first_ = 0;
};

/// The workers and what they share. A node belongs to one of them, so that its pushes follow each
/// other in the order of time, one at a time, as pvestatd makes them.
class pusher {
public:
    pusher(const simulate_options& options, target to, std::vector<pushing_node> nodes,
           push_record record, std::stop_token stop)
        : options_(options),
          to_(std::move(to)),
          nodes_(std::move(nodes)),
          times_(options, nodes_.size(),
                 std::chrono::duration_cast<std::chrono::seconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count()),
          record_(std::move(record)),
          stop_(std::move(stop)) {}

    simulate_result run();

private:
    void work(std::size_t first, std::size_t stride);
    bool wait_until_due(std::uint64_t turn);
    void push(const pushing_node& from, const transaction& it, tally& into);

    const simulate_options& options_;
    const target to_;
    std::vector<pushing_node> nodes_;  // each used by its worker alone
    const timetable times_;
    const steady::time_point begin_ = steady::now();
    push_record record_;
    const std::stop_token stop_;
    std::mutex sleep_mutex_;
    std::condition_variable_any sleep_;
    locked<tally> sum_;
};

bool pusher::wait_until_due(std::uint64_t turn) {
    std::unique_lock lock(sleep_mutex_);
    sleep_.wait_until(lock, stop_, begin_ + times_.due(turn), [] { return false; });
    return !stop_.stop_requested();
}

void count_sent(const transaction& it, simulate_result& into) {
    ++into.pushes;
    into.bytes += it.text.size();
    into.lines += it.lines;
    into.numbers += it.numbers;
    into.strings += it.strings;
}

void count_answer(const transaction& it, const answer& got, tally& into) {
    auto& result = into.result;
    ++result.by_status[got.status];
    if (got.status / 100 == 2) result.lines_answered += it.lines;
    if (!got.durable.empty()) ++result.by_durability[got.durable];
    if (result.first_error.empty()) result.first_error = got.error;
    if (got.status != 0) into.answers.push_back(got.elapsed);
}

void pusher::push(const pushing_node& from, const transaction& it, tally& into) {
    count_sent(it, into.result);
    if (to_.carrier == transport::udp) {
        into.result.datagrams += send_datagrams(to_, it.text);
        record_.add(from.which->name, it, "udp", {});
        return;
    }
    const auto got = post(to_, from.identity, it.text, options_.timeout);
    count_answer(it, got, into);
    record_.add(from.which->name, it, std::to_string(got.status), got.durable);
}

/// Adds what one worker counted.
void merge(tally& sum, tally&& part) {
    auto& to = sum.result;
    auto& from = part.result;
    to.pushes += from.pushes;
    to.datagrams += from.datagrams;
    to.bytes += from.bytes;
    to.lines += from.lines;
    to.numbers += from.numbers;
    to.strings += from.strings;
    to.lines_answered += from.lines_answered;
    for (const auto& [status, n] : from.by_status)
        to.by_status[status] += n;
    for (const auto& [durability, n] : from.by_durability)
        to.by_durability[durability] += n;
    if (to.first_error.empty()) to.first_error = std::move(from.first_error);
    sum.answers.insert(sum.answers.end(), part.answers.begin(), part.answers.end());
}

void pusher::work(std::size_t first, std::size_t stride) {
    tally own;
    const bool is_endless = options_.cycles == 0;
    for (std::uint64_t cycle = 0; is_endless || cycle < options_.cycles; ++cycle) {
        for (auto index = first; index < nodes_.size(); index += stride) {
            const auto turn = cycle * nodes_.size() + index;
            if (!wait_until_due(turn)) break;
            const auto transactions = transactions_at(nodes_[index], times_.seconds(turn));
            for (const auto& it : transactions)
                push(nodes_[index], it, own);
        }
        if (stop_.stop_requested()) break;
    }
    sum_.with([&](tally& sum) { merge(sum, std::move(own)); });
}

/// @pre sorted
std::chrono::microseconds percentile(const std::vector<std::chrono::microseconds>& answers,
                                     std::size_t percent) {
    if (answers.empty()) return {};
    return answers[std::min(answers.size() - 1, answers.size() * percent / 100)];
}

simulate_result pusher::run() {
    {
        std::vector<std::jthread> workers;
        const auto count = std::clamp<std::size_t>(options_.concurrency, 1, nodes_.size());
        for (std::size_t i = 0; i < count; ++i)
            workers.emplace_back([this, i, count] { work(i, count); });
    }
    auto done = sum_.with([](tally& sum) { return std::move(sum); });
    std::ranges::sort(done.answers);
    done.result.p50 = percentile(done.answers, 50);
    done.result.p99 = percentile(done.answers, 99);
    done.result.slowest = percentile(done.answers, 100);
    done.result.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begin_);
    return std::move(done.result);
}

/// The clusters with what happens in them; none where nothing does.
std::vector<simulated_cluster> clusters_of(const world& all, const simulate_options& options) {
    std::vector<simulated_cluster> clusters;
    if (!options.course) return clusters;
    for (const auto& it : all.clusters)
        clusters.push_back({it, *options.course, options.start_seconds.value_or(0)});
    return clusters;
}

/// The nodes of all clusters in turn, each with the identity its cluster pushes as.
std::vector<pushing_node> nodes_of(const world& all, const simulate_options& options,
                                   const std::vector<simulated_cluster>& clusters) {
    std::vector<pushing_node> nodes;
    for (std::size_t c = 0; c < all.clusters.size(); ++c) {
        const auto& cluster = all.clusters[c];
        auto identity = options.identity;
        if (all.clusters.size() > 1) identity.bucket = cluster.name;
        const auto* within = clusters.empty() ? nullptr : &clusters[c];
        for (std::size_t n = 0; n < cluster.nodes.size(); ++n) {
            const auto& it = cluster.nodes[n];
            nodes.push_back({&it, identity, cycle_source(it, options.prepared_cycles), within, n});
        }
    }
    return nodes;
}

}  // namespace

std::uint64_t simulate_result::failures() const {
    std::uint64_t sum = 0;
    for (const auto& [status, n] : by_status)
        sum += status / 100 == 2 ? 0 : n;
    return sum;
}

expected<simulate_result, std::string> run_simulation(const simulate_options& options,
                                                      std::stop_token stop) {
    auto to = parse_target(options.to);
    if (!to) return unexpected(std::move(to.error()));
    push_record record;
    if (!options.record.empty()) {
        auto opened = push_record::open(options.record);
        if (!opened) return unexpected(std::move(opened.error()));
        record = std::move(*opened);
    }
    const auto all = make_world(options.world);
    const auto clusters = clusters_of(all, options);
    auto nodes = nodes_of(all, options, clusters);
    if (nodes.empty()) return unexpected(std::string("a world without nodes pushes nothing"));
    return pusher(options, std::move(*to), std::move(nodes), std::move(record), std::move(stop))
        .run();
}

std::string summary(const simulate_result& result) {
    auto text =
        fmt::format("sent      {} lines, {} numbers, {} strings, {} bytes in {} ms\n", result.lines,
                    result.numbers, result.strings, result.bytes, result.took.count());
    if (result.datagrams > 0) return text + fmt::format("datagrams {}\n", result.datagrams);
    text += fmt::format("pushes    {}", result.pushes);
    for (const auto& [status, n] : result.by_status) {
        text += status == 0 ? fmt::format(", {} without answer", n)
                            : fmt::format(", {} answered {}", n, status);
    }
    for (const auto& [durability, n] : result.by_durability) {
        text += fmt::format(", {} durable: {}", n, durability);
    }
    const auto ms = [](std::chrono::microseconds it) {
        return static_cast<double>(it.count()) / 1000;
    };
    text += fmt::format("\nanswered  {} lines; p50 {:.1f} ms, p99 {:.1f} ms, slowest {:.1f} ms\n",
                        result.lines_answered, ms(result.p50), ms(result.p99), ms(result.slowest));
    if (!result.first_error.empty()) text += fmt::format("first     {}\n", result.first_error);
    return text;
}

}  // namespace relay::simulate
