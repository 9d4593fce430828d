// A cluster that pushes and a presence that watches it, in time that the test moves.
#pragma once

#include "relay/ingest/intake.hpp"
#include "relay/ingest/presence.hpp"
#include "tests/support/recording_journal.hpp"
#include "tests/support/recording_log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

struct pushed_guest {
    unsigned vmid;
    std::string name;
    std::string status = "running";
};

/// What one node has; a cycle of its pushes is made of it.
struct pushed_node {
    std::string name;
    std::vector<pushed_guest> guests{};
    std::vector<std::string> storages{"local"};
    std::int64_t clock_seconds = 0;  // ahead of everybody else's
};

class presence_test : public testing::Test {
protected:
    static constexpr std::int64_t begin_s = 1'755'785'270;

    presence_test() { start(); }

    /// Another process, with what the one before has remembered.
    void start(const presence_options& options = {}, std::string_view remembered = {}) {
        watch_ = std::make_unique<presence>(options);
        intake_ = std::make_unique<intake>(
            ingest_options{}, journal_, counters_, log_, refusal_outlet{},
            shared_knowledge{.board = nullptr, .homes = nullptr, .watch = watch_.get()});
        if (remembered.empty()) return;
        const auto restored = watch_->restore(remembered, {"lab"}, now());
        EXPECT_TRUE(restored) << restored.error();
    }

    [[nodiscard]] moment now() const {
        return {.steady = steady_time(std::chrono::seconds(1000 + second_)),
                .wall = wall_time(std::chrono::seconds(begin_s + second_))};
    }
    [[nodiscard]] std::int64_t second() const { return second_; }

    /// As PVE does: the node, its virtual machines, its containers' and storages' transactions.
    void cycle(const pushed_node& of) {
        for (const auto& text : transactions_of(of))
            push(text);
    }

    [[nodiscard]] std::vector<std::string> transactions_of(const pushed_node& of) const {
        const auto time = fmt::format("{}000000000\n", begin_s + second_ + of.clock_seconds);
        const auto node = fmt::format(
            "cpustat,object=nodes,host={0} cpu=0.1 {1}"
            "system,object=nodes,host={0} uptime=7 {1}",
            of.name, time);
        std::string guests;
        for (const auto& one : of.guests) {
            const auto tags =
                fmt::format("object=qemu,vmid={},nodename={},host={}", one.vmid, of.name, one.name);
            guests += fmt::format("blockstat,{},instance=scsi0 rd_bytes=1 {}", tags, time);
            guests += fmt::format("system,{} cpu=0.1,name=\"{}\",status=\"{}\",uptime=7 {}", tags,
                                  one.name, one.status, time);
        }
        std::string storages;
        for (const auto& one : of.storages)
            storages += fmt::format("system,object=storages,nodename={},host={},type=dir used=1 {}",
                                    of.name, one, time);
        return {node, guests, storages};
    }

    void push(std::string_view text, const std::string& bucket = "proxmox") {
        if (text.empty()) return;
        const auto body = intake_->open({"lab", bucket, ""}, protocol::precision::ns, now(),
                                        nullptr, "192.0.2.1");
        body->feed(text);
        std::ignore = body->finish();
    }

    /// A second at a time, as the relay looks; what is said is kept.
    void pass(std::int64_t seconds) {
        for (; seconds > 0; --seconds) {
            ++second_;
            look();
        }
    }
    void look() {
        for (const auto& one : watch_->look(now(), board_)) {
            std::istringstream text(one.text);
            for (std::string line; std::getline(text, line);)
                (line.starts_with("relay_event") ? events_ : ups_).push_back(line);
            last_cluster_ = one.cluster;
        }
    }

    /// So many cycles of ten seconds of all of them.
    void run(const std::vector<pushed_node>& nodes, int cycles) {
        for (; cycles > 0; --cycles) {
            for (const auto& node : nodes)
                cycle(node);
            pass(10);
        }
    }

    /// What the API says now.
    void publish(topology::snapshot known) {
        known.cluster = "lab";
        known.taken_s = begin_s + second_;
        board_.publish(std::make_shared<const topology::snapshot>(std::move(known)));
        look();
    }
    [[nodiscard]] static topology::guest known_guest(unsigned vmid, std::string name,
                                                     std::string node) {
        topology::guest one;
        one.id.vmid = vmid;
        one.name = std::move(name);
        one.node = std::move(node);
        return one;
    }
    [[nodiscard]] static topology::node known_node(std::string name,
                                                   std::string status = "online") {
        topology::node one;
        one.name = std::move(name);
        one.status = std::move(status);
        return one;
    }
    [[nodiscard]] static topology::storage known_storage(std::string node, std::string name) {
        topology::storage one;
        one.node = std::move(node);
        one.name = std::move(name);
        return one;
    }

    /// The events since the last call, as "kind object host".
    std::vector<std::string> events() {
        std::vector<std::string> out;
        for (const auto& line : std::exchange(events_, {}))
            out.push_back(fmt::format("{} {} {}", text_of(line, "kind=\""),
                                      text_of(line, ",object="), text_of(line, ",host=")));
        return out;
    }
    /// What was last said to be up: "1", "0", or nothing since the last call of forget_ups().
    [[nodiscard]] std::string up(std::string_view tags) const {
        std::string last;
        for (const auto& line : ups_) {
            if (line.find(fmt::format("{} up=", tags)) == std::string::npos) continue;
            last = text_of(line, " up=");
        }
        return last;
    }
    void forget_ups() { ups_.clear(); }

    static std::string text_of(const std::string& line, std::string_view before) {
        const auto at = line.find(before);
        if (at == std::string::npos) return {};
        const auto rest = line.substr(at + before.size());
        return rest.substr(0, rest.find_first_of(", \""));
    }

    tests::recording_journal journal_;
    tests::recording_log log_;
    ingest_counters counters_;
    topology::snapshot_board board_;
    std::unique_ptr<presence> watch_;
    std::unique_ptr<intake> intake_;
    std::int64_t second_ = 0;
    std::vector<std::string> events_, ups_;  // lines
    std::string last_cluster_;
};

}  // namespace relay::ingest
