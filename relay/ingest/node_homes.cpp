#include "relay/ingest/node_homes.hpp"

#include <functional>
#include <utility>

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;

// A node pushes every ten seconds; one that came back to a cluster after so long has moved.
constexpr auto memory = 5min;
// A node that has just joined is not in the snapshot yet, and one that left still sends.
constexpr auto strange_wait = 10min;
constexpr auto warning_interval = 1h;

std::uint64_t key_of(std::string_view node, std::string_view from) noexcept {
    constexpr std::hash<std::string_view> hash;
    return hash(node) * 0x9E3779B97F4A7C15 + hash(from);
}

}  // namespace

void node_homes::saw(std::string_view node, std::string_view from, std::string_view cluster,
                     steady_time now) {
    std::string other;
    bool tells = false;
    const auto found = homes_.with([&](auto& homes) {
        const auto key = key_of(node, from);
        // Only forged names are so many; the true ones are soon known again.
        if (homes.size() >= nodes_max && !homes.contains(key)) homes.clear();
        auto& known = homes[key];
        const auto judged = judge(known, node, cluster, now);
        if (judged == finding::none) return judged;
        other = known.other;
        tells = now >= known.next_warning;
        if (tells) known.next_warning = now + warning_interval;
        return judged;
    });
    if (found == finding::none) return;
    (found == finding::two_clusters ? counters_.two_clusters : counters_.strangers).add();
    if (!tells) return;
    if (found == finding::two_clusters) {
        log_.warning(
            "node {} at {} sends as cluster {} and as cluster {}: the rules of [[cluster]] and "
            "[[listen]] do not agree about it, and every store has its guests twice",
            printable(node), printable(from), printable(cluster), printable(other));
    } else {
        log_.warning(
            "node {} at {} sends as cluster {}, whose API has no node of that name: is it another "
            "cluster's?",
            printable(node), printable(from), printable(cluster));
    }
}

// That a node sends as another cluster may be a new configuration; that it returns to the first
// one is none.
node_homes::finding node_homes::judge(home& known, std::string_view node, std::string_view cluster,
                                      steady_time now) const {
    bool returned = false;
    if (known.cluster != cluster) {
        returned = known.other == cluster && now < known.other_until;
        known.other = std::exchange(known.cluster, std::string(cluster));
        known.other_until = now + memory;
        known.is_strange = false;
    }
    if (returned) return finding::two_clusters;
    if (!is_stranger(node, cluster)) {
        known.is_strange = false;
        return finding::none;
    }
    if (!std::exchange(known.is_strange, true)) known.strange_since = now;
    return now - known.strange_since >= strange_wait ? finding::stranger : finding::none;
}

bool node_homes::is_stranger(std::string_view node, std::string_view cluster) const {
    if (board_ == nullptr) return false;
    const auto snapshot = board_->find(cluster);
    return snapshot != nullptr && !snapshot->nodes.empty() && snapshot->find_node(node) == nullptr;
}

}  // namespace relay::ingest
