// One line of the relay's own, written part by part: tags, then fields, then end(). Whatever is
// empty is left out; a line of which no field is left, or which no store could read (a name that
// ends in a backslash), is left out whole. Numbers have no suffix and flags are 0 or 1, as Proxmox
// writes them.
//
//     own_line(out, "relay_zfs_pool").tag("host", node).field("size_bytes", size).end(time_ns);
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace relay::topology {

class own_line {
public:
    /// Appends to `out`, which must outlive it.
    own_line(std::string& out, std::string_view measurement);

    own_line& tag(std::string_view key, std::string_view value);
    own_line& tag(std::string_view key, std::uint32_t value);

    own_line& text(std::string_view key, std::string_view value);
    own_line& flag(std::string_view key, std::optional<bool> value);
    template <class Number>
    requires std::is_arithmetic_v<Number> own_line& field(std::string_view key, Number value) {
        if constexpr (std::is_floating_point_v<Number>) {
            if (!std::isfinite(value)) return *this;
        }
        number(key, fmt::format("{}", value));
        return *this;
    }
    template <class Number>
    own_line& field(std::string_view key, const std::optional<Number>& value) {
        return value ? field(key, *value) : *this;
    }

    /// Nanoseconds since 1970. Nothing may follow.
    void end(std::int64_t time_ns);

private:
    void number(std::string_view key, std::string_view spelt);

    std::string& out_;
    const std::size_t begin_;
    bool has_field_ = false;
    bool is_readable_ = true;
};

}  // namespace relay::topology
