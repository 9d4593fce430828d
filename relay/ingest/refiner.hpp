// Raw lines in, canonical lines out: parse, judge the time, mend, sort, write. What differs between
// one body or datagram and the next is its passage; everything that is reused is the refiner's.
// Allocates nothing per line once warm. One per intake, used by its thread.
#pragma once

#include "protocol/line_parser.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/ingest/batch_outlet.hpp"
#include "relay/ingest/canonical.hpp"
#include "relay/ingest/clock_watch.hpp"
#include "relay/ingest/constant_tags.hpp"
#include "relay/ingest/guest_book.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/known_shapes.hpp"
#include "relay/ingest/proxmox_mender.hpp"
#include "relay/ingest/rejection_log.hpp"
#include "relay/ingest/sightings.hpp"
#include "relay/ingest/tag_plan.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// Where a line goes, and the tags that it gets.
struct lane_exit {
    const constant_tags* tags;
    batch_outlet* outlet;
};

/// Where the lines of tenants' guests go.
class tenant_outlets {
public:
    virtual ~tenant_outlets() = default;
    /// Opened with the tenant's first line.
    [[nodiscard]] virtual batch_outlet& of(const tenant_rule& tenant) = 0;
};

/// One body or datagram on its way through the refiner. Refers to what its owner keeps.
struct passage {
    const journal::lane& lane;          // of the sender
    lane_exit exit;                     // of that lane
    guest_book* guests = nullptr;       // null: no guest is looked up
    tenant_outlets* tenants = nullptr;  // null: all lines go to the sender's lane
    protocol::line_parser& parser;      // keeps its place in a body between two feeds
    std::string_view from;
    protocol::precision unit = protocol::precision::ns;
    moment now;  // of its beginning: what a missing timestamp becomes

    clock_vote vote;
    /// Set where the line before was Proxmox's and had no timestamp, as Proxmox never sends one.
    struct half_line {
        batch_outlet* outlet;
        batch_outlet::mark mark;
    };
    std::optional<half_line> before_half_line;
    body_memory memory;
    /// The node of Proxmox that sends, as its first line names it; empty: another kind of sender.
    std::optional<std::string> node;
    std::uint64_t newlines = 0;  // of what was read before
    std::uint64_t rejected = 0;
    std::string first_error;
    sightings* seen = nullptr;  // null where nobody asks who is there
};

/// At the end of a passage. @param homes null: nobody wants to know
void tell_home(node_homes* homes, const passage& through);

class refiner {
public:
    refiner(const ingest_options& options, ingest_counters& counters, log& log,
            refusal_outlet refused);

    /// Takes the lines at the front of `text` to the passage's outlet.
    /// @returns the unfinished line at its end, empty with input_end::yes.
    [[nodiscard]] std::string_view refine(passage& through, std::string_view text,
                                          protocol::input_end end);

private:
    /// A line where it stands.
    struct place {
        std::string_view text;  // that refine() was given
        std::string_view line;
        std::size_t offset = 0;  // within the line, of what is wrong
    };

    /// A line that was read, and how.
    struct reading {
        protocol::point& point;
        std::string_view canonical_fields;        // as the parser has them
        known_shape* shape = nullptr;             // null: it was parsed …
        protocol::line_parser* parser = nullptr;  // … by that one
    };

    /// Takes the lines at the front of `rest` whose like was parsed before, and moves it behind
    /// them.
    void take_known(passage& through, std::string_view text, std::string_view& rest);
    void take_parsed(passage& through, protocol::line_parser& parser, const place& at);
    void take(passage& through, const reading& read, const place& at);
    [[nodiscard]] const tag_plan& plan_of(const reading& read, const tag_keys& ours);
    bool mend(passage& through, const reading& read, const tag_plan& plan, const lane_exit& exit);
    void learn_shape(protocol::line_parser& parser, const tag_plan& plan, const place& at);
    [[nodiscard]] static lane_exit exit_of(passage& through, const protocol::point& point);
    void refuse(passage& through, const place& at, const protocol::parse_error& error);
    void take_back_half_line(passage& through, const place& second_half);
    [[nodiscard]] bool read_as_proxmox(const passage& through, std::string_view line);
    void count(passage& through, rejection reason);
    void reject(passage& through, const place& at, rejection reason);
    /// As a dead letter. @param number of the line in its body, 0: unknown
    void keep(const passage& through, std::string_view line, rejection reason, std::uint64_t number,
              std::size_t offset);
    [[nodiscard]] std::uint64_t number_of(const passage& through, std::string_view line);
    [[nodiscard]] std::string describe(const passage& through, const place& at,
                                       rejection reason) const;
    void publish_counts();

    const ingest_options options_;
    const refusal_outlet refused_;
    const std::vector<std::string_view> fields_as_tags_;  // of [enrich]: they leave the fields
    ingest_counters& counters_;
    clock_watch clocks_;
    rejection_log rejections_;
    known_shapes known_;
    tag_planner planner_;
    proxmox_mender mender_;
    time_writer times_;
    protocol::line_parser proxmox_parser_;
    std::uint64_t replaced_tags_ = 0;  // since counts were published
    // Of the text that refine() is at: so many newlines stand before this place.
    const char* counted_to_ = nullptr;
    std::uint64_t counted_ = 0;
};

}  // namespace relay::ingest
