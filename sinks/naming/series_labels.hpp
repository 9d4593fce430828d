// The labels that all samples of a line share: its tags, then what the operator and the relay add.
// A tag of the line wins over an external label, that over job="pve" and instance="<cluster>":
// blockstat and nics of Proxmox carry a tag `instance`, and dashboards ask for it.
#pragma once

#include "protocol/point.hpp"
#include "protocol/remote_write.hpp"
#include "relay/journal/record.hpp"
#include "sinks/naming/text_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace relay::sinks {

using external_labels = std::vector<std::pair<std::string, std::string>>;

/// What is wrong with them, as a sentence.
[[nodiscard]] std::optional<std::string> label_problem(const external_labels& labels);

/// Not thread-safe; keeps its buffers.
class series_labels {
public:
    /// @param constant checked with label_problem()
    explicit series_labels(external_labels constant);

    /// Bytes of the arena that assemble() takes at most.
    [[nodiscard]] static std::size_t arena_bytes(std::span<const protocol::tag> tags) noexcept;

    /// Labels that assemble() makes at most: the tags, the external ones, job and instance.
    [[nodiscard]] std::size_t count_max(std::span<const protocol::tag> tags) const noexcept {
        return tags.size() + constant_.size() + 2;
    }

    /// Fills `out` as named_line::labels is described.
    /// - A tag whose name would begin with "__" gets "tag" before it: `__name__` of a line can
    ///   neither replace the metric's name nor vanish and make two series one.
    /// - Where sanitising makes two names equal, the tag whose raw key sorts first is kept, since
    ///   some senders write their tags in random order; the others are counted.
    /// @returns how many others there were
    [[nodiscard]] std::size_t assemble(std::span<const protocol::tag> tags,
                                       const journal::lane& lane, text_arena& arena,
                                       std::vector<protocol::label>& out);

private:
    /// The lower rank wins.
    enum class rank : std::uint8_t { tag, external, own };
    struct candidate {
        std::string_view name;
        rank from;
        std::string_view raw;
        std::string_view value;
    };
    void add(std::string_view name, rank from, std::string_view raw, std::string_view value);

    const external_labels constant_;
    std::vector<candidate> candidates_;
};

}  // namespace relay::sinks
