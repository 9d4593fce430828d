// What Proxmox is known to get wrong in its lines, put right before they are written again. Knows
// every version from PVE 6 to 9 and PBS; lines of other senders pass, but for fields that repeat a
// tag or one another.
//
// In place and without allocating once warm: views it puts into a point belong to it and hold until
// its next call. Used by one thread.
#pragma once

#include "protocol/point.hpp"
#include "relay/ingest/tag_plan.hpp"
#include "relay/schema/known_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// What was mended since the counts were last taken.
struct mend_counts {
    std::uint64_t repeated_fields = 0;   // that said what a tag of their line says
    std::uint64_t duplicate_fields = 0;  // of which the last one won
    std::uint64_t retyped_fields = 0;    // text that was sent bare
    std::uint64_t filled_names = 0;      // names that looked like nan or inf to Perl
    std::uint64_t false_zeros = 0;       // counters that a hung QMP had set to 0
    std::uint64_t foreign_tags = 0;      // tags of a Proxmox line that Proxmox does not have
};

/// What the lines of one body say about the later ones.
struct body_memory {
    /// Whether all lines of a guest come in one body, in order: so over HTTP, while a datagram is
    /// cut anywhere.
    bool whole_transactions = false;
    /// The virtual machine whose block devices were seen last; a guest's `system` line comes last.
    std::string blockstat_vmid;
};

class proxmox_mender {
public:
    /// @param plan of the point's tags
    /// @returns whether fields were changed: then they are no longer spelt as in the input.
    bool mend(protocol::point& point, const tag_plan& plan, body_memory& memory);

    /// Whether nothing would have to be mended in any line with the same keys, of the same kinds of
    /// values, of the same object.
    /// @param point that mend() left unchanged
    [[nodiscard]] static bool is_sound(const protocol::point& point);
    /// What mend() does with a line that is.
    /// @param point its fields are not looked at
    void pass(const protocol::point& point, const tag_plan& plan, body_memory& memory);

    /// Leaves out the fields of those names, as far as others remain.
    /// @returns whether there were any
    bool drop_fields(protocol::point& point, std::span<const std::string_view> names);

    mend_counts counts;

private:
    struct tag_survey;
    struct field_survey;

    [[nodiscard]] static field_survey survey(const protocol::point& point,
                                             std::span<const std::string_view> strings);
    void note(const protocol::point& point, const tag_plan& plan, schema::object object,
              body_memory& memory);
    void drop_repeated_fields(protocol::point& point);
    void drop_duplicate_fields(protocol::point& point);
    void retype(protocol::point& point, std::span<const std::string_view> strings);
    void mend_storage(protocol::point& point);
    void mend_guest(protocol::point& point, const tag_survey& tags, body_memory& memory);
    void fill_name(protocol::point& point, std::string_view name);

    template <class Keep>
    std::size_t keep_fields(protocol::point& point, Keep keep);

    bool changed_ = false;                 // fields of the point at hand
    std::vector<std::uint32_t> order_;     // of fields by key
    std::vector<std::string_view> words_;  // of a comma list
    std::string list_;                     // a comma list, sorted
    std::vector<protocol::field> fields_;  // of a point that got one more
};

}  // namespace relay::ingest
