#include "relay/journal/format.hpp"

#include "relay/base/check.hpp"
#include "relay/journal/crc32c.hpp"
#include "relay/journal/little_endian.hpp"

namespace relay::journal {
namespace {

constexpr std::string_view gzip_begin("\x1f\x8b\x08\x04\0\0\0\0\x04\xff", 10);
constexpr std::string_view subfield("PV", 2);
constexpr std::string_view magic("PVEJ\x01\0\0\0", 8);

// Where things are in a member; the table of docs/journal-format.md.
constexpr std::size_t at_xlen = 10, at_subfield = 12, at_length = 14, at_magic = 16,
                      at_header_checksum = 24, at_payload_checksum = 28, at_member_bytes = 32,
                      at_text_bytes = 36, at_sequence = 40, at_appended = 48, at_oldest = 56,
                      at_newest = 64, at_points_before = 72, at_points = 80, at_cluster_length = 84,
                      at_bucket_length = 86, at_tenant_length = 88, at_names = 90;
static_assert(at_names == header_bytes_min);
static_assert(header_bytes_max - at_subfield <= 65'535, "XLEN is 16 bits");
constexpr std::size_t gzip_trailer_bytes = 8;

std::size_t lane_bytes(const lane& of) noexcept {
    return of.cluster.size() + of.bucket.size() + of.tenant.size();
}

// Of everything in the header but the checksum itself.
std::uint32_t header_checksum(std::string_view header) noexcept {
    const auto behind = at_header_checksum + sizeof(std::uint32_t);
    return crc32c(header.substr(behind), crc32c(header.substr(0, at_header_checksum)));
}

// Whether `bytes` begins like a record as far as it goes.
bool begins_like_header(std::string_view bytes) noexcept {
    const auto same = [bytes](std::size_t at, std::string_view wanted) {
        if (bytes.size() <= at) return true;
        const auto there = bytes.substr(at, wanted.size());
        return there == wanted.substr(0, there.size());
    };
    return same(0, gzip_begin) && same(at_subfield, subfield) && same(at_magic, magic);
}

// The fields of a header whose checksum is right, but for the names.
record_header read_numbers(std::string_view bytes) {
    return {.sequence = get_number<std::uint64_t>(bytes, at_sequence),
            .member_bytes = get_number<std::uint32_t>(bytes, at_member_bytes),
            .text_bytes = get_number<std::uint32_t>(bytes, at_text_bytes),
            .points = get_number<std::uint32_t>(bytes, at_points),
            .points_before = get_number<std::uint64_t>(bytes, at_points_before),
            .oldest_ns = get_number<std::int64_t>(bytes, at_oldest),
            .newest_ns = get_number<std::int64_t>(bytes, at_newest),
            .appended_ns = get_number<std::int64_t>(bytes, at_appended),
            .lane = {}};
}

// @returns whether the three lengths are those of the header.
bool read_names(std::string_view header, lane& into) {
    const std::size_t cluster = get_number<std::uint16_t>(header, at_cluster_length);
    const std::size_t bucket = get_number<std::uint16_t>(header, at_bucket_length);
    const std::size_t tenant = get_number<std::uint16_t>(header, at_tenant_length);
    if (at_names + cluster + bucket + tenant != header.size()) return false;
    into.cluster = header.substr(at_names, cluster);
    into.bucket = header.substr(at_names + cluster, bucket);
    into.tenant = header.substr(at_names + cluster + bucket, tenant);
    return true;
}

}  // namespace

bool fits_header(const lane& of) noexcept {
    return lane_bytes(of) <= lane_bytes_max;
}

std::string encode_extra(const record_header& header) {
    RELAY_CHECK(fits_header(header.lane));
    const auto extra_bytes = at_names - at_subfield + lane_bytes(header.lane);
    std::string extra(subfield);
    extra.reserve(extra_bytes);
    append_number(extra, static_cast<std::uint16_t>(extra_bytes - 4));
    extra += magic;
    extra.append(at_sequence - at_header_checksum, '\0');  // filled in by seal_member
    append_number(extra, header.sequence);
    append_number(extra, header.appended_ns);
    append_number(extra, header.oldest_ns);
    append_number(extra, header.newest_ns);
    append_number(extra, header.points_before);
    append_number(extra, header.points);
    for (const auto* name : {&header.lane.cluster, &header.lane.bucket, &header.lane.tenant}) {
        append_number(extra, static_cast<std::uint16_t>(name->size()));
    }
    extra += header.lane.cluster;
    extra += header.lane.bucket;
    extra += header.lane.tenant;
    RELAY_CHECK(extra.size() == extra_bytes);
    return extra;
}

void seal_member(std::string& member, record_header& header) {
    const auto header_bytes = at_names + lane_bytes(header.lane);
    RELAY_CHECK(member.size() >= header_bytes + gzip_trailer_bytes);
    header.member_bytes = static_cast<std::uint32_t>(member.size());
    const std::string_view whole(member);
    put_number(member, at_payload_checksum, crc32c(whole.substr(header_bytes)));
    put_number(member, at_member_bytes, header.member_bytes);
    put_number(member, at_text_bytes, header.text_bytes);
    put_number(member, at_header_checksum, header_checksum(whole.substr(0, header_bytes)));
}

expected<parsed_header, header_fault> parse_header(std::string_view bytes) {
    if (!begins_like_header(bytes)) return unexpected(header_fault::none);
    if (bytes.size() < header_bytes_min) return unexpected(header_fault::incomplete);
    const std::size_t extra = get_number<std::uint16_t>(bytes, at_xlen);
    const auto header_bytes = at_subfield + extra;
    if (header_bytes < header_bytes_min || header_bytes > header_bytes_max) {
        return unexpected(header_fault::none);
    }
    if (get_number<std::uint16_t>(bytes, at_length) != extra - 4) {
        return unexpected(header_fault::none);
    }
    if (bytes.size() < header_bytes) return unexpected(header_fault::incomplete);
    const auto whole = bytes.substr(0, header_bytes);
    if (get_number<std::uint32_t>(whole, at_header_checksum) != header_checksum(whole)) {
        return unexpected(header_fault::none);
    }
    parsed_header parsed{.header = read_numbers(whole),
                         .header_bytes = header_bytes,
                         .payload_checksum = get_number<std::uint32_t>(whole, at_payload_checksum)};
    const auto& header = parsed.header;
    if (header.member_bytes < header_bytes + gzip_trailer_bytes ||
        header.member_bytes > member_bytes_max || header.sequence == 0 ||
        !read_names(whole, parsed.header.lane)) {
        return unexpected(header_fault::none);
    }
    return parsed;
}

bool payload_intact(std::string_view member, const parsed_header& parsed) noexcept {
    return crc32c(member.substr(parsed.header_bytes)) == parsed.payload_checksum;
}

std::size_t find_header(std::string_view bytes, std::size_t from) noexcept {
    for (auto at = from; at < bytes.size(); ++at) {
        at = bytes.find(gzip_begin.front(), at);
        if (at == std::string_view::npos) return at;
        if (begins_like_header(bytes.substr(at, at_header_checksum))) return at;
    }
    return std::string_view::npos;
}

}  // namespace relay::journal
