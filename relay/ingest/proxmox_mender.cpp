#include "relay/ingest/proxmox_mender.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>
#include <span>

namespace relay::ingest {
namespace {

using protocol::field;
using protocol::field_kind;
using protocol::point;
using protocol::tag;

std::uint64_t big_endian(std::uint64_t bytes) noexcept {
    return std::endian::native == std::endian::little ? __builtin_bswap64(bytes) : bytes;
}

std::uint64_t big_endian(std::uint32_t bytes) noexcept {
    return std::endian::native == std::endian::little ? __builtin_bswap32(bytes) : bytes;
}

std::uint64_t prefix_of_short(std::string_view name) noexcept {
    const auto bytes = name.size();
    if (bytes >= sizeof(std::uint32_t)) {
        // The last four bytes, of which those that are among the first four are shifted out.
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::memcpy(&first, name.data(), sizeof first);
        std::memcpy(&last, name.data() + bytes - sizeof last, sizeof last);
        const auto behind = big_endian(last) << 8 * (8 - bytes) & 0xFFFFFFFF;
        return big_endian(first) << 32 | behind;
    }
    std::uint64_t first = 0;
    for (const char c : name) {
        first = first << 8 | static_cast<unsigned char>(c);
    }
    return first << 8 * (8 - bytes);
}

/// The first eight bytes as a number that sorts as they do.
inline std::uint64_t prefix_of(std::string_view name) noexcept {
    if (name.size() < sizeof(std::uint64_t)) return prefix_of_short(name);
    std::uint64_t first = 0;
    std::memcpy(&first, name.data(), sizeof first);
    return big_endian(first);
}

/// One of 64 bits for a name that begins so: what a name's bit is not in, it is not among.
constexpr std::uint64_t bit_of(std::uint64_t prefix) noexcept {
    return std::uint64_t{1} << (prefix * 0x9E3779B97F4A7C15 >> 58);
}

/// Whether the field says nothing that a tag does not say. A field of that name with another text
/// is not a repetition.
bool repeats_a_tag(const field& candidate, std::span<const tag> tags) noexcept {
    return std::any_of(tags.begin(), tags.end(), [&](const tag& tag) {
        return tag.key == candidate.key && tag.value == candidate.value.text;
    });
}

std::string_view value_of(const point& point, const std::optional<std::size_t>& place) noexcept {
    return place ? point.tags[*place].value : std::string_view{};
}

bool is_zero(const field* value) noexcept {
    return value != nullptr && value->value.kind == field_kind::number && value->value.text == "0";
}

field* find(point& point, std::string_view key) noexcept {
    const auto found = std::find_if(point.fields.begin(), point.fields.end(),
                                    [&](const field& one) { return one.key == key; });
    return found == point.fields.end() ? nullptr : &*found;
}

/// PVE's diskread and diskwrite are 0 for a cycle in which QMP did not answer within 3 s
/// (qemu-server before 9.0.23). A machine that has only just begun has truly read nothing.
constexpr double settled_uptime_seconds = 20;

bool runs_for_long(point& point) noexcept {
    const auto* status = find(point, "status");
    const auto* uptime = find(point, "uptime");
    return status != nullptr && status->value.text == "running" && uptime != nullptr &&
           uptime->value.kind == field_kind::number &&
           protocol::to_double(uptime->value) > settled_uptime_seconds;
}

}  // namespace

/// What the tags say.
struct proxmox_mender::tag_survey {
    schema::object object = schema::object::foreign;
    std::string_view vmid;
    std::string_view host;
};

/// Which of the fields need a closer look.
struct proxmox_mender::field_survey {
    bool repeats = false;  // some field says what a tag says
    bool ascends = true;   // each key is greater than the one before: then none is there twice
    bool is_bare = false;  // some field that is text was sent as something else
};

// One pass over the keys, which mostly tells by their first bytes that all is well.
proxmox_mender::field_survey proxmox_mender::survey(const point& point,
                                                    std::span<const std::string_view> strings) {
    std::uint64_t tag_bits = 0;
    std::uint64_t string_bits = 0;
    for (const auto& tag : point.tags) {
        tag_bits |= bit_of(prefix_of(tag.key));
    }
    for (const auto name : strings) {
        string_bits |= bit_of(prefix_of(name));
    }

    field_survey seen;
    std::uint64_t previous = 0;
    const field* before = nullptr;
    for (const auto& one : point.fields) {
        const auto prefix = prefix_of(one.key);
        const auto bit = bit_of(prefix);
        if (prefix <= previous && before != nullptr) {
            seen.ascends = seen.ascends && prefix == previous && before->key < one.key;
        }
        if ((bit & tag_bits) != 0 && repeats_a_tag(one, point.tags)) seen.repeats = true;
        if ((bit & string_bits) != 0 && one.value.kind != field_kind::string &&
            schema::contains(strings, one.key)) {
            seen.is_bare = true;
        }
        previous = prefix;
        before = &one;
    }
    return seen;
}

bool proxmox_mender::mend(point& point, const tag_plan& plan, body_memory& memory) {
    const tag_survey tags{.object = schema::object_of(value_of(point, plan.object)),
                          .vmid = value_of(point, plan.vmid),
                          .host = value_of(point, plan.host)};
    const auto strings = schema::string_fields(tags.object, point.measurement);
    const auto fields = survey(point, strings);

    changed_ = false;
    if (fields.repeats) drop_repeated_fields(point);
    if (!fields.ascends) drop_duplicate_fields(point);

    if (!schema::is_pushed(tags.object)) return changed_;
    note(point, plan, tags.object, memory);
    if (fields.is_bare) retype(point, strings);
    if (point.measurement == "system") {
        if (tags.object == schema::object::storage) mend_storage(point);
        if (schema::is_guest(tags.object)) mend_guest(point, tags, memory);
    }
    return changed_;
}

// Of `system` the values decide.
bool proxmox_mender::is_sound(const point& point) {
    const auto repeats_a_key = [&](const field& one) {
        return std::ranges::find(point.tags, one.key, &tag::key) != point.tags.end();
    };
    return point.measurement != "system" && std::ranges::none_of(point.fields, repeats_a_key);
}

void proxmox_mender::pass(const point& point, const tag_plan& plan, body_memory& memory) {
    const auto object = schema::object_of(value_of(point, plan.object));
    if (schema::is_pushed(object)) note(point, plan, object, memory);
}

/// What is remembered of a line of Proxmox's, whatever its fields are.
void proxmox_mender::note(const point& point, const tag_plan& plan, schema::object object,
                          body_memory& memory) {
    counts.foreign_tags += plan.foreign;
    if (object == schema::object::qemu && point.measurement == "blockstat") {
        memory.blockstat_vmid = value_of(point, plan.vmid);
    }
}

/// Keeps the fields that `keep` wants, in order; one that has none left stays as it was.
template <class Keep>
std::size_t proxmox_mender::keep_fields(point& point, Keep keep) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < point.fields.size(); ++i) {
        if (keep(point.fields[i], i)) point.fields[kept++] = point.fields[i];
    }
    if (kept == 0 || kept == point.fields.size()) return 0;
    const auto dropped = point.fields.size() - kept;
    point.fields = point.fields.first(kept);
    changed_ = true;
    return dropped;
}

bool proxmox_mender::drop_fields(point& point, std::span<const std::string_view> names) {
    return keep_fields(point, [&](const field& one, std::size_t) {
               return !schema::contains(names, one.key);
           }) > 0;
}

// `type` of a storage, `vmid` before PVE 7.0-2.
void proxmox_mender::drop_repeated_fields(point& point) {
    counts.repeated_fields += keep_fields(
        point, [&](const field& one, std::size_t) { return !repeats_a_tag(one, point.tags); });
}

// Proxmox VE sorts fields, but for a hash below an instance, which is flattened as it comes and may
// repeat a name. The last one wins, as it would in InfluxDB.
void proxmox_mender::drop_duplicate_fields(point& point) {
    order_.resize(point.fields.size());
    std::iota(order_.begin(), order_.end(), 0U);
    const auto& fields = point.fields;
    std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
        const auto by_key = fields[a].key.compare(fields[b].key);
        return by_key != 0 ? by_key < 0 : a < b;
    });

    const auto overruled = [&](std::size_t at) {
        return at + 1 < order_.size() && fields[order_[at]].key == fields[order_[at + 1]].key;
    };
    std::size_t losers = 0;
    for (std::size_t at = 0; at < order_.size(); ++at) {
        if (overruled(at)) order_[losers++] = order_[at];
    }
    if (losers == 0) return;
    order_.resize(losers);
    std::sort(order_.begin(), order_.end());
    counts.duplicate_fields += keep_fields(point, [&](const field&, std::size_t i) {
        return !std::binary_search(order_.begin(), order_.end(), i);
    });
}

// name=66601 before PVE 7.1-11, tags=2024 before 8.3.1. The text is as sent: 1e5 stays "1e5".
void proxmox_mender::retype(point& point, std::span<const std::string_view> strings) {
    for (auto& [key, value] : point.fields) {
        if (value.kind == field_kind::string || !schema::contains(strings, key)) continue;
        value.kind = field_kind::string;
        ++counts.retyped_fields;
        changed_ = true;
    }
}

// The list comes in the order of a Perl hash, another one after each restart.
void proxmox_mender::mend_storage(point& point) {
    auto* content = find(point, "content");
    if (content == nullptr || content->value.kind != field_kind::string) return;

    words_.clear();
    for (auto rest = content->value.text;;) {
        const auto comma = rest.find(',');
        words_.push_back(rest.substr(0, comma));
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (std::is_sorted(words_.begin(), words_.end())) return;

    std::sort(words_.begin(), words_.end());
    list_.clear();
    for (const auto word : words_) {
        if (!list_.empty()) list_.push_back(',');
        list_.append(word);
    }
    content->value.text = list_;
    changed_ = true;
}

void proxmox_mender::mend_guest(point& point, const tag_survey& tags, body_memory& memory) {
    // Every PVE makes the tag `host` of the name, and sends both or neither; but before 7.1-11 it
    // took a guest called "nan" or "inf" for a number that is none and left the field out.
    if (!tags.host.empty() && !tags.vmid.empty() && find(point, "name") == nullptr &&
        find(point, "status") != nullptr) {
        fill_name(point, tags.host);
    }

    if (!memory.whole_transactions || tags.object != schema::object::qemu) return;
    if (memory.blockstat_vmid == tags.vmid) return;
    if (!is_zero(find(point, "diskread")) || !is_zero(find(point, "diskwrite"))) return;
    if (!runs_for_long(point)) return;
    counts.false_zeros += keep_fields(point, [](const field& one, std::size_t) {
        return one.key != "diskread" && one.key != "diskwrite";
    });
}

void proxmox_mender::fill_name(point& point, std::string_view name) {
    const field added{.key = "name", .value = {.kind = field_kind::string, .text = name}};
    fields_.assign(point.fields.begin(), point.fields.end());
    const auto place = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const field& one) { return added.key < one.key; });
    fields_.insert(place, added);
    point.fields = fields_;
    ++counts.filled_names;
    changed_ = true;
}

}  // namespace relay::ingest
