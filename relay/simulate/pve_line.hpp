// One line in PVE's own words, appended to a transaction. The caller gives the fields sorted by
// bytes, as the plugin's `sort keys` does.
#pragma once

#include "relay/simulate/transactions.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::simulate {

/// A tag value as the plugin writes those of guests and storages: white space gets a backslash and
/// nothing else does (s/\s/\\ /g).
[[nodiscard]] std::string pve_tag_value(std::string_view text);

class pve_line {
public:
    /// @param tags "object=…,host=…", already escaped; @param instance may be empty
    pve_line(transaction& out, std::string_view measurement, std::string_view tags,
             std::string_view instance = {});

    pve_line& number(std::string_view name, std::uint64_t value);
    /// As Perl prints a float: 15 significant digits, an exponent where it is small.
    pve_line& decimal(std::string_view name, double value);
    /// A number in the spelling of /proc, as "0.00".
    pve_line& two_digits(std::string_view name, double value);
    pve_line& string(std::string_view name, std::string_view value);
    void at(std::int64_t seconds);

private:
    void begin_field(std::string_view name);

    transaction& out_;
    char separator_ = ' ';
};

}  // namespace relay::simulate
