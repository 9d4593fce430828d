// The rules of presence for one cluster: from what was seen, the time, and what the API knows to
// what is up and what has ended (docs/presence.md has them as a table). Pure: `now` is handed in,
// lines are handed out. Whoever shares it locks it.
//
// A node's silence is told by our own clock. What is absent from a node's transactions is told by
// their timestamps alone, so a node may live in whatever time it likes; only where two nodes report
// one guest are their clocks compared, by what each is known to be ahead of ours.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/ingest/presence_lines.hpp"
#include "relay/ingest/presence_options.hpp"
#include "relay/ingest/sightings.hpp"
#include "relay/schema/known_fields.hpp"
#include "relay/topology/snapshot.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace relay::ingest {

/// What presence has to say: lines of one cluster, and words for the log.
struct announcement {
    std::string cluster;
    std::string text;
    std::vector<std::string> words;
};

/// How a cluster stands, for the operator.
struct presence_overview {
    struct silent_node {
        std::string name;
        std::int64_t heard_ns;  // when it last sent something
    };
    std::string cluster;
    std::size_t nodes = 0;  // the silent ones included
    std::vector<silent_node> silent;
    std::size_t guests = 0, guests_running = 0, guests_gone = 0;
    std::size_t storages = 0, storages_gone = 0;
};

/// One object as a file keeps it.
struct remembered_object {
    schema::object what = schema::object::foreign;
    std::uint32_t vmid = 0;
    std::string_view node{}, host{}, type{};
    bool is_absent = false;  // silent or gone
    bool is_running = false;
    bool is_known_to_api = false;
    std::chrono::milliseconds interval{0};  // of a node
    std::int64_t heard_ns = 0;
};

class cluster_presence {
public:
    cluster_presence(std::string cluster, const presence_options& options,
                     presence_counters& counters)
        : cluster_(std::move(cluster)),
          options_(&options),
          counters_(&counters) {}

    /// A body or datagram has ended.
    void take(const sightings& seen, std::string_view bucket, moment now);

    /// What time and the API have changed, about once a second.
    /// @param known of this cluster; null where there is none
    void look(moment now, const topology::snapshot_ptr& known);

    /// All there is to say since the last call; with every object's state where that is due.
    [[nodiscard]] announcement speak(moment now);

    [[nodiscard]] presence_overview overview() const;

    /// What was, before this process: nothing is up or has ended because of it.
    void restore(const remembered_object& one, moment now);
    void restore_bucket(std::string_view bucket) { bucket_ = bucket; }
    /// Calls `each(remembered_object)` for all there is.
    template <class F>
    void remember(F&& each) const {
        for (const auto& [key, node] : nodes_)
            each(remembered(key, node));
        for (const auto& [vmid, guest] : guests_)
            each(remembered(guest));
        for (const auto& [name, storage] : storages_)
            each(remembered(storage));
    }
    [[nodiscard]] const std::string& bucket() const noexcept { return bucket_; }
    /// Changes with all that a file should know.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
    void clear();

private:
    // Guests and storages that are absent from so many transactions are gone.
    static constexpr unsigned misses_max = 2;
    // Whoever begins to look has seen too little to judge.
    static constexpr unsigned cycles_unjudged = 3;

    /// A node's transactions of one kind of object.
    struct stream {
        std::int64_t time_ns = 0;  // of the last one, by the node's clock
        std::int64_t counted_ns = std::numeric_limits<std::int64_t>::min();  // absence was, in it
        steady_time heard{};
        std::uint64_t cycle = 0;  // of the node, when it was heard
        unsigned transactions = 0;
        bool is_open = false;
    };
    struct node_state {
        moment heard{};
        steady_time cycle_begun{};
        std::uint64_t cycles = 0;  // since we look
        std::chrono::nanoseconds interval{std::chrono::seconds(10)};
        std::int64_t ahead_ns = 0;  // its clock, before ours
        bool is_clock_known = false;
        bool is_interval_known = false;
        bool is_silent = false;
        bool is_known_to_api = false;
        bool was_heard = false;  // since this process began
        std::array<stream, 4> streams{};
    };
    /// A guest or a storage.
    struct thing {
        schema::object what = schema::object::foreign;
        std::uint32_t vmid = 0;
        std::string node{}, host{}, type{};
        bool is_running = false;
        bool is_gone = false;
        bool is_known_to_api = false;
        bool was_heard = false;
        unsigned missed = 0;
        std::int64_t time_ns = 0;  // of the last transaction it was in, by its node's clock
        std::int64_t newest_ns = std::numeric_limits<std::int64_t>::min();  // the same, by ours
        moment heard{};
    };
    using node_map = std::map<std::tuple<schema::object, std::string>, node_state>;
    using storage_map = std::map<std::tuple<std::string, std::string>, thing>;
    using guest_map = boost::unordered_flat_map<std::uint32_t, thing>;

    /// Sightings in a row of one transaction.
    struct run {
        sighting first{};
        node_map::value_type* node = nullptr;
        stream* of = nullptr;  // null: a late datagram's, or of a node that is one too many
    };

    [[nodiscard]] run begin_run(const sighting& first, moment now);
    [[nodiscard]] node_map::value_type* node_of(const sighting& one);
    void hear(node_map::value_type& node, moment now);
    [[nodiscard]] bool advance(node_state& node, stream& of, const sighting& one, moment now);
    static void begin_cycle(node_state& node, steady_time now);
    static void compare_clocks(node_state& node, std::int64_t time_ns, wall_time now);
    void end_run(const run& ended, moment now);

    void see(const run& in, const sighting& one, moment now);
    void see_guest(const run& in, const sighting& one, moment now);
    void see_storage(const sighting& one, moment now);
    void mark_seen(thing& which, const sighting& one, moment now);
    [[nodiscard]] bool admit();

    void close(std::string_view node, stream& of, schema::object what, moment now);
    void miss(thing& which, moment now);
    void lose(thing& which, moment now);
    void count_silence(moment now);
    void count_empty_transactions(node_map::value_type& node, moment now);
    void fall_silent(node_map::value_type& node, moment now);
    [[nodiscard]] std::chrono::nanoseconds patience_with(const node_state& node) const;

    void confirm(moment now);
    void follow_guest(thing& which, const topology::guest& as, moment now);
    [[nodiscard]] bool is_deleted(const thing& which) const;
    [[nodiscard]] bool is_deleted(const node_map::value_type& node) const;
    void forget(moment now);
    void tell_end(const object_tags& of, std::string_view name, std::string_view why, moment now);
    [[nodiscard]] bool api_has(const thing& which) const;
    [[nodiscard]] bool is_older_than_api(const moment& heard) const;
    [[nodiscard]] bool api_lacks_right(std::string_view right) const;
    [[nodiscard]] bool is_past(const moment& heard, steady_time now) const;
    [[nodiscard]] bool is_api_recent(wall_time now) const;
    [[nodiscard]] bool holds_judgement(std::string_view node, wall_time now) const;
    [[nodiscard]] bool is_offline(std::string_view node, wall_time now) const;

    /// Also of one that nothing was ever heard of.
    [[nodiscard]] bool is_silent(std::string_view node) const;
    [[nodiscard]] bool is_absent(const thing& which) const;
    [[nodiscard]] bool is_up(const thing& which) const;
    [[nodiscard]] bool is_up(const node_map::value_type& node, wall_time now) const;
    void move(thing& which, std::string_view to, moment now);
    void rename(thing& which, std::string_view to, moment now);
    void replace(thing& which, const sighting& by, moment now);
    [[nodiscard]] static object_tags tags_of(const node_map::key_type& node);
    [[nodiscard]] static object_tags tags_of(const thing& which);
    [[nodiscard]] static std::string name_of(const thing& which);
    void tell(const object_tags& of, const event& what, moment now);
    [[nodiscard]] static remembered_object remembered(const node_map::key_type& key,
                                                      const node_state& node);
    [[nodiscard]] static remembered_object remembered(const thing& which);
    void tell_up(const thing& which, moment now);
    void append_round(moment now);

    template <class F>
    void for_each_thing(F&& f) {
        for (auto& [vmid, guest] : guests_)
            f(guest);
        for (auto& [name, storage] : storages_)
            f(storage);
    }
    /// Those that `is_over` says so of.
    template <class F>
    void erase_things(F&& is_over) {
        const auto in = [&](auto& named) { return is_over(named.second); };
        const auto erased = boost::unordered::erase_if(guests_, in) + std::erase_if(storages_, in);
        dismiss(erased);
    }
    void dismiss(std::size_t objects);

    std::string cluster_;
    const presence_options* options_;
    presence_counters* counters_;
    node_map nodes_;
    guest_map guests_;
    storage_map storages_;
    std::string bucket_;
    steady_time bucket_used_{};
    topology::snapshot_ptr known_;
    steady_time looked_{};          // the last time; at first never
    steady_time watching_since_{};  // without a pause in which we saw nothing of what was sent
    steady_time next_round_{};
    std::string text_;     // events not yet spoken
    std::string changes_;  // what went up or down since, unless all is said anyway
    std::vector<std::string> words_;
    std::int64_t last_event_ns_ = 0;
    std::uint64_t version_ = 0;
};

}  // namespace relay::ingest
