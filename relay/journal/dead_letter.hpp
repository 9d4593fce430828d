// A line that was refused, with everything that is needed to understand it and to send it again;
// and its form on disk, one line of JSON (docs/journal-format.md). Pure.
#pragma once

#include "relay/journal/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::journal {

struct dead_letter {
    std::int64_t time_ns = 0;   // wall clock when it was refused
    std::string listener;       // where it arrived …
    std::string from;           // … and who sent it; both empty where a store refused it
    relay::journal::lane lane;  // whose it is
    std::string sink;           // whose store refused it; empty: this relay did
    std::string reason;         // "missing field value", "too_old"
    sequence record = 0;        // that it was delivered from; 0: it never got into one
    std::uint64_t number = 0;   // of the line in its body, datagram or record, from 1; 0: unknown
    std::uint64_t offset = 0;   // bytes from its beginning to what is wrong
    std::string line;           // any bytes, without the newline at its end

    bool operator==(const dead_letter&) const = default;
};

/// One line with its newline, valid JSON whatever the texts hold: one that is not UTF-8 stands
/// under its key with `_escaped` behind it, see escape_bytes().
[[nodiscard]] std::string to_json_line(const dead_letter& one);

/// Bytes as text that reads back exactly: a backslash becomes two, a byte that belongs to no valid
/// UTF-8 sequence becomes \xNN.
[[nodiscard]] std::string escape_bytes(std::string_view bytes);
[[nodiscard]] std::string unescape_bytes(std::string_view text);

}  // namespace relay::journal
