#include "relay/ingest/known_shapes.hpp"

#include "protocol/delimiters.hpp"
#include "protocol/timestamp.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace relay::ingest {
namespace {

// A shape is made in the time in which the parser reads ten lines. Where none of a full slot fits,
// one goes for every so many lines, so that lines which are all different cost little more.
constexpr unsigned patience = 16;

/// A measurement is shorter than this, if its lines have shapes.
constexpr std::size_t measurement_bytes_max = 32;

/// The measurement, and enough of the first tag to tell `object=qemu` from `object=lxc`.
constexpr std::size_t beginning_bytes = measurement_bytes_max + 2 * sizeof(std::uint64_t);

std::uint64_t load(const char* at) noexcept {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

}  // namespace

known_shapes::known_shapes(const protocol::parse_limits& limits, std::size_t shapes_max)
    : limits_(limits) {
    if (shapes_max == 0) return;
    slots_.resize(std::bit_ceil((shapes_max + ways - 1) / ways));
    shift_ = 64U - static_cast<unsigned>(std::countr_zero(slots_.size()));
}

/// Of the lines that begin like this one; null: it is too short, or too long in its measurement.
known_shapes::slot* known_shapes::slot_of(std::string_view text) noexcept {
    if (slots_.empty() || text.size() < beginning_bytes) return nullptr;
    const auto comma = protocol::plain_name_bytes(text.substr(0, measurement_bytes_max));
    if (text[comma] != ',') return nullptr;
    auto hash = (load(text.data()) ^ comma) * 0x9E3779B97F4A7C15;
    hash = (hash ^ hash >> 32 ^ load(text.data() + comma)) * 0x9E3779B97F4A7C15;
    return &slots_[shift_ == 64 ? 0 : hash >> shift_];
}

std::size_t known_shapes::read(std::string_view text, std::int64_t unit_ns) {
    const char* const behind = read_shape(text);
    if (behind == nullptr) return 0;
    const auto before_time = static_cast<std::size_t>(behind - text.data());
    const auto time_bytes = read_time(text.substr(before_time), unit_ns);
    const auto bytes = before_time + time_bytes;
    if (time_bytes == 0 || bytes > limits_.line_bytes) return 0;
    make_point(text.data(), behind - 1);
    return bytes;
}

/// @returns behind the space that ends the fields; null where no shape fits
const char* known_shapes::read_shape(std::string_view text) {
    auto* const candidates = slot_of(text);
    if (candidates == nullptr) return nullptr;
    auto& shapes = candidates->shapes;
    for (std::size_t i = 0; i < ways && shapes[i]; ++i) {
        auto& one = *shapes[i];
        const char* const behind = read_as(one.shape, text);
        if (behind == nullptr || !fits(one)) continue;
        if (i > 0) std::swap(shapes[i], shapes[i - 1]);
        shape_ = &one;
        return behind;
    }
    return nullptr;
}

const char* known_shapes::read_as(const line_shape& shape, std::string_view text) {
    if (values_.size() < shape.values()) values_.resize(shape.values());
    return shape.read(text.data(), text.data() + text.size(), values_);
}

/// Whether the object that was read is of its kind.
bool known_shapes::fits(const known_shape& one) const noexcept {
    return !one.object_tag || values_[*one.object_tag] == one.object;
}

/// @returns its bytes, its newline included; 0 where it is not spelt plainly
std::size_t known_shapes::read_time(std::string_view text, std::int64_t unit_ns) {
    if (unit_ns == unit_ns_ && text.starts_with(time_text_)) return time_text_.size();
    constexpr std::size_t bytes_max = 20;
    const auto newline = text.substr(0, bytes_max + 1).find('\n');
    if (newline == std::string_view::npos) return 0;
    const auto time = protocol::read_timestamp(text.substr(0, newline), unit_ns);
    if (!time) return 0;
    time_text_ = text.substr(0, newline + 1);
    unit_ns_ = unit_ns;
    time_ns_ = *time;
    return time_text_.size();
}

void known_shapes::make_point(const char* begin, const char* fields_end) {
    const auto& shape = shape_->shape;
    tags_.resize(shape.tags());
    for (std::size_t i = 0; i < tags_.size(); ++i) {
        const auto bytes = shape.tag_key_bytes(i);
        tags_[i] = {.key = {values_[i].data() - 1 - bytes, bytes}, .value = values_[i]};
    }
    point_ = {.measurement = {begin, shape.measurement_bytes()},
              .tags = tags_,
              .fields = {},
              .time_ns = time_ns_};
    const char* const fields_begin = tags_.back().value.data() + tags_.back().value.size() + 1;
    fields_text_ = {fields_begin, static_cast<std::size_t>(fields_end - fields_begin)};
}

void known_shapes::learn(std::string_view text, protocol::line_parser& parser,
                         std::optional<std::size_t> object_tag) {
    auto* const to = slot_of(text);
    if (to == nullptr) return;
    const auto free = std::ranges::find_if(to->shapes, [](const auto& one) { return !one; });
    const bool is_full = free == to->shapes.end();
    if (is_full && ++to->misses < patience) return;
    auto shape = line_shape::of(text, parser, limits_);
    // Its own line may be one that it leaves to the parser: then it may be here already.
    if (!shape || read_as(*shape, text) == nullptr) return;
    to->misses = 0;
    auto& place = is_full ? to->shapes.back() : *free;
    place = std::make_unique<known_shape>(*std::move(shape));
    place->object_tag = object_tag;
    if (object_tag) place->object = parser.point().tags[*object_tag].value;
}

}  // namespace relay::ingest
