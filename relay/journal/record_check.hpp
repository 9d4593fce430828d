// Whether what a record holds is what its header says: every line of it parses, as many as there
// should be, none outside of its times. The checksums were checked when it was read. Pure; reused,
// because a parser costs memory.
#pragma once

#include "protocol/line_parser.hpp"
#include "relay/journal/record.hpp"

#include <optional>
#include <string>

namespace relay::journal {

class record_check {
public:
    /// @pre the record's text was asked for.
    /// @returns a clause that says what is wrong: "line 3, byte 17: missing field value".
    [[nodiscard]] std::optional<std::string> fault(const record& of);

private:
    protocol::line_parser parser_{{.line_bytes = 1 << 20,
                                   .name_bytes = 1 << 20,
                                   .string_bytes = 1 << 20,
                                   .tags = 1 << 16,
                                   .fields = 1 << 16}};
};

}  // namespace relay::journal
