// An HTTP body on its way into the journal: keeps the line that a chunk broke off until the rest of
// it comes. Used by its intake's thread.
#pragma once

#include "protocol/line_parser.hpp"
#include "relay/ingest/batch_outlet.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/ingest/refiner.hpp"
#include "relay/ingest/sightings.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// Parsers whose buffers have grown, waiting for the next body: a push of Proxmox is a few lines,
/// too few to warm up a new one each time.
using idle_parsers = std::vector<std::unique_ptr<protocol::line_parser>>;

/// The same of what a body's lines spoke of.
using idle_sightings = std::vector<std::unique_ptr<sightings>>;

/// Tells who was seen, where there was anybody and where somebody asks; `seen` is empty then.
void tell_presence(presence::shared_cluster* watch, sightings& seen, const journal::lane& lane,
                   moment now);

class streamed_body final : public body {
public:
    struct parts {
        refiner& refine;
        idle_parsers& idle;
        std::unique_ptr<protocol::line_parser> parser;
        idle_sightings& idle_seen;
        std::unique_ptr<sightings> seen;  // with watch: both or neither
        presence::shared_cluster* watch;
        std::function<batch_outlet(const journal::lane&)> open_outlet;
        journal::lane lane;
        const constant_tags& tags;
        guest_book* guests;  // null: nothing is looked up
        node_homes* homes;   // null: nobody wants to know
        std::string from;
        protocol::precision unit;
        moment now;
    };

    explicit streamed_body(parts with);
    ~streamed_body() override;
    streamed_body(const streamed_body&) = delete;
    streamed_body& operator=(const streamed_body&) = delete;

    void expect(std::size_t bytes) override { expected_ = bytes; }
    void feed(std::string_view bytes) override;
    [[nodiscard]] body_result finish() override;
    [[nodiscard]] std::size_t bytes_held() const override;

private:
    [[nodiscard]] static bool sorts_by_tenant(const parts& with);
    /// @returns what of `bytes` is still to be read.
    [[nodiscard]] std::string_view complete_unfinished(std::string_view bytes);
    void refine_unfinished(protocol::input_end end);
    void keep_unfinished(std::string_view rest);

    /// Those of the tenants that had a line so far.
    class opened_outlets final : public tenant_outlets {
    public:
        explicit opened_outlets(const parts& with) : with_(with) {}
        [[nodiscard]] batch_outlet& of(const tenant_rule& tenant) override;
        std::map<const tenant_rule*, batch_outlet> by_tenant;

    private:
        const parts& with_;
    };

    parts with_;
    batch_outlet own_;  // of the sender's lane
    opened_outlets tenants_;
    passage passage_;           // refers to all of them
    std::size_t expected_ = 0;  // bytes, and no buffer was made for them yet
    std::string unfinished_;
    /// unfinished_ is not looked at again before it has this size: a line that comes byte by byte
    /// is then read twice at most in all, not once per byte.
    std::size_t worth_reading_bytes_ = 0;
};

}  // namespace relay::ingest
