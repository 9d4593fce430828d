// Any bytes as a segment file: the reader ends, accounts for every byte once, as a record or as
// damage, and what it gives out is what its checksums say.
#include "relay/base/check.hpp"
#include "relay/journal/segment_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

using namespace relay::journal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    relay::unique_fd file(::memfd_create("segment", MFD_CLOEXEC));
    RELAY_CHECK(::write(file.get(), data, size) == static_cast<ssize_t>(size));
    segment_reader reader(std::move(file));
    std::uint64_t accounted = 0;
    std::string member;
    while (const auto parsed = reader.peek(size)) {
        const auto at = reader.position();
        if (!reader.load(*parsed, size, member)) continue;
        RELAY_CHECK(member.size() == parsed->header.member_bytes);
        RELAY_CHECK(payload_intact(member, *parsed));
        RELAY_CHECK(reader.position() == at + member.size());
        accounted += member.size();
    }
    std::uint64_t behind = 0;
    for (const auto& [offset, bytes] : reader.take_damage()) {
        RELAY_CHECK(offset >= behind && bytes > 0);
        behind = offset + bytes;
        accounted += bytes;
    }
    RELAY_CHECK(accounted == size && reader.position() == size);
    return 0;
}
