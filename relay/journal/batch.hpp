// What ingest hands to the journal: owned text of one lane and the receipt that tells its sender
// what became of it. The one thing that crosses from the listeners' threads.
#pragma once

#include "relay/journal/record.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace relay::journal {

/// What a batch survives once its receipt is settled.
enum class durability : std::uint8_t {
    disk,     // synced: a power cut
    kernel,   // written: our crash, not the machine's
    memory,   // the disk takes nothing: not even our crash
    refused,  // not taken at all: the queue was full
};

/// Handed down with a batch, told by the journal's threads. Shared by the batches of one body and
/// the session that waits. Must not block and must not throw.
class receipt {
public:
    virtual ~receipt() = default;
    /// The batch's bytes are in the kernel (append thread). Not called for memory or refused.
    virtual void written() noexcept = 0;
    /// The last word on the batch (append or sync thread), after written().
    virtual void settled(durability result) noexcept = 0;
};

struct batch {
    journal::lane lane;
    std::string text;  // canonical line protocol, whole lines, at most 1 MiB
    std::uint32_t points = 0;
    std::int64_t oldest_ns = 0;
    std::int64_t newest_ns = 0;
    std::shared_ptr<journal::receipt> receipt;  // null where nobody waits (UDP)
};

/// A batch becomes one record; its text may not be longer.
inline constexpr std::size_t batch_text_bytes_max = 1 << 20;

}  // namespace relay::journal
