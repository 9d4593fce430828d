// In which order the tags of a line are written, with our constant tags among them, and what their
// keys tell: it follows from the keys alone, and Proxmox has a dozen combinations of them. So it is
// worked out once for each, and not once per line.
//
// Owned by an intake's refiner, used by its thread.
#pragma once

#include "protocol/point.hpp"
#include "relay/ingest/constant_tags.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// For all lines that have the same tag keys in the same order, and get tags of ours of the same
/// keys.
struct tag_plan {
    /// Of our tags the first so many, but for those that went out before; then a tag of the line.
    struct step {
        std::size_t ours = 0;
        std::size_t tag = 0;
    };
    std::vector<step> steps;  // ascending by key: PBS sends tags in a random order
    // Behind the last step comes what is left of ours.

    std::size_t replaced = 0;  // of the line's tags, by ours
    std::size_t foreign = 0;   // that Proxmox does not have
    std::optional<std::size_t> object, vmid, nodename, host, type;
};

/// Works it out. A constant tag replaces the sender's of the same key: who could send `cluster`
/// could write into another's series.
void make_tag_plan(tag_plan& plan, std::span<const protocol::tag> tags,
                   std::span<const std::string> ours);

/// Remembers the plans that were needed lately. What it gives equals make_tag_plan()'s.
class tag_planner {
public:
    /// Holds until the next call.
    [[nodiscard]] const tag_plan& plan_of(std::span<const protocol::tag> tags,
                                          const tag_keys& ours);

private:
    // Combinations of keys in use at a time: Proxmox VE and Backup Server have a dozen, and of ours
    // there are two lists in a body: a guest's and everybody else's.
    static constexpr std::size_t plans_max = 64;
    // What has more tags or longer keys is rare, and planned each time.
    static constexpr std::size_t tags_max = 12;
    static constexpr std::size_t key_bytes_max = 16;

    /// A key of at most 16 bytes, to be compared without a loop.
    struct key_image {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::size_t bytes = 0;
        bool operator==(const key_image&) const = default;
    };
    struct remembered {
        tag_keys ours;  // held, so that its address is no other list's meanwhile
        std::size_t tags = 0;
        std::array<key_image, tags_max> keys;
        tag_plan plan;
    };

    [[nodiscard]] static key_image image_of(std::string_view key) noexcept;

    std::array<std::unique_ptr<remembered>, plans_max> plans_;
    std::array<key_image, tags_max> keys_;  // of the line at hand
    tag_plan unusual_;
};

}  // namespace relay::ingest
