// What a node says of each storage that is active on it. A storage that is not simply is not
// there; a shared one is reported by every node.
#pragma once

#include "relay/schema/field_row.hpp"

namespace relay::schema {

inline constexpr field_row storage_system_rows[] = {
    unused("active", unit::none, "active", "Always 1: others are not sent."),
    gauge("avail", unit::bytes, "available", "Space of the storage that can be used."),
    text("content", "info", "content", "what may be stored there, sorted, separated by commas"),
    unused("enabled", unit::none, "enabled", "Always 1: others are not sent."),
    word("shared", "info", "shared", "1 where all nodes see the same storage"),
    gauge("total", unit::bytes, "size", "Size of the storage; 0 where its kind has none (iSCSI)."),
    repeated("type", "type", "Repeats the label `type`."),
    gauge("used", unit::bytes, "used", "Used space of the storage."),
};

}  // namespace relay::schema
