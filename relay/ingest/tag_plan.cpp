#include "relay/ingest/tag_plan.hpp"

#include "relay/schema/known_fields.hpp"

#include <algorithm>
#include <cstring>

namespace relay::ingest {
namespace {

std::uint64_t load_8(const char* at) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

std::uint32_t load_4(const char* at) noexcept {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

void survey(tag_plan& plan, std::span<const protocol::tag> tags) {
    plan.object.reset();
    plan.vmid.reset();
    plan.nodename.reset();
    plan.host.reset();
    plan.type.reset();
    plan.foreign = 0;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const auto key = tags[i].key;
        if (key == "object") plan.object = i;
        if (key == "vmid") plan.vmid = i;
        if (key == "nodename") plan.nodename = i;
        if (key == "host") plan.host = i;
        if (key == "type") plan.type = i;
        plan.foreign += schema::is_tag(key) ? 0U : 1U;
    }
}

}  // namespace

// A merge of two sorted lists; where both have a key, ours goes out.
void make_tag_plan(tag_plan& plan, std::span<const protocol::tag> tags,
                   std::span<const std::string> ours) {
    survey(plan, tags);
    auto& steps = plan.steps;
    steps.resize(tags.size());
    for (std::size_t i = 0; i < tags.size(); ++i) {
        steps[i] = {.ours = 0, .tag = i};
    }
    std::sort(steps.begin(), steps.end(),
              [&](const auto& a, const auto& b) { return tags[a.tag].key < tags[b.tag].key; });

    std::size_t before = 0;
    std::size_t kept = 0;
    for (const auto& step : steps) {
        const auto key = tags[step.tag].key;
        while (before < ours.size() && ours[before] < key)
            ++before;
        if (before < ours.size() && ours[before] == key) continue;
        steps[kept++] = {.ours = before, .tag = step.tag};
    }
    steps.resize(kept);
    plan.replaced = tags.size() - kept;
}

// Its first and its last bytes, which overlap where it is shorter than both.
tag_planner::key_image tag_planner::image_of(std::string_view key) noexcept {
    const char* const at = key.data();
    const auto bytes = key.size();
    if (bytes >= 8) return {load_8(at), load_8(at + bytes - 8), bytes};
    if (bytes >= 4) return {load_4(at), load_4(at + bytes - 4), bytes};
    std::uint64_t all = 0;
    for (const char c : key) {
        all = all << 8 | static_cast<unsigned char>(c);
    }
    return {all, 0, bytes};
}

const tag_plan& tag_planner::plan_of(std::span<const protocol::tag> tags, const tag_keys& ours) {
    const auto is_long = [](const protocol::tag& tag) { return tag.key.size() > key_bytes_max; };
    if (tags.size() > tags_max || std::any_of(tags.begin(), tags.end(), is_long)) {
        make_tag_plan(unusual_, tags, *ours);
        return unusual_;
    }
    std::uint64_t mixed = tags.size();
    for (std::size_t i = 0; i < tags.size(); ++i) {
        keys_[i] = image_of(tags[i].key);
        // Fibonacci hashing (Knuth, volume 3, section 6.4).
        mixed = (mixed ^ keys_[i].first ^ keys_[i].last << 1) * 0x9E3779B97F4A7C15;
    }
    auto& slot = plans_[mixed >> 58];
    static_assert(plans_max == std::size_t{1} << (64 - 58));

    if (slot && slot->ours == ours && slot->tags == tags.size() &&
        std::equal(keys_.begin(), keys_.begin() + tags.size(), slot->keys.begin())) {
        return slot->plan;
    }
    if (!slot) slot = std::make_unique<remembered>();
    slot->ours = ours;
    slot->tags = tags.size();
    slot->keys = keys_;
    make_tag_plan(slot->plan, tags, *ours);
    return slot->plan;
}

}  // namespace relay::ingest
