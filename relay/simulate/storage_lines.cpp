// What a node says of a storage: one `system` line, `type` both as tag and as field. `content`
// comes in the order of a Perl hash, which is another one in every process.
#include "relay/simulate/pve_line.hpp"
#include "relay/simulate/readings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::simulate {
namespace {

std::string content_of(const storage& it, std::int64_t t) {
    auto order = it.content;
    const auto turn = mix(it.own, static_cast<std::uint64_t>(t / 3600)) % order.size();
    std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(turn), order.end());
    return fmt::format("{}", fmt::join(order, ","));
}

}  // namespace

storage_reading read_storage(const storage& it, std::int64_t seconds) {
    return {.used = level_at(it.own, it.total_bytes / 4, it.total_bytes / 2, seconds / 60),
            .content = content_of(it, seconds)};
}

void append_storage(transaction& out, const node& host, const storage& it, std::int64_t seconds) {
    const auto tags = fmt::format("object=storages,nodename={},host={},type={}", host.name,
                                  pve_tag_value(it.name), it.type);
    const auto [used, content] = read_storage(it, seconds);
    pve_line(out, "system", tags)
        .number("active", 1)
        .number("avail", it.total_bytes - used)
        .string("content", content)
        .number("enabled", 1)
        .number("shared", it.shared ? 1 : 0)
        .number("total", it.total_bytes)
        .string("type", it.type)
        .number("used", used)
        .at(seconds);
}

}  // namespace relay::simulate
