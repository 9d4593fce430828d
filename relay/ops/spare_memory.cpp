#include "relay/ops/spare_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <malloc.h>
#include <unistd.h>
#include <utility>

namespace relay::ops {

bool spare_memory::look(std::size_t spare_bytes) noexcept {
    stays_ = std::min(stays_, spare_bytes);
    const bool is_much = spare_bytes - stays_ >= worth_bytes;
    const bool twice = std::exchange(was_much_, is_much) && is_much;
    if (twice) was_much_ = false;
    return twice;
}

std::optional<std::size_t> spare_heap_bytes() {
    std::ifstream statm("/proc/self/statm");  // in pages: proc(5)
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::uint64_t of_files = 0;
    if (!(statm >> size >> resident >> of_files)) return std::nullopt;
    const auto anonymous =
        (resident - of_files) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto heap = ::mallinfo2();
    const auto in_use = heap.uordblks + heap.hblkhd;
    return anonymous > in_use ? anonymous - in_use : 0;
}

void give_back_if_worth(spare_memory& spare) {
    const auto bytes = spare_heap_bytes();
    if (!bytes || !spare.look(*bytes)) return;
    ::malloc_trim(0);
    spare.given_back(spare_heap_bytes().value_or(0));
}

}  // namespace relay::ops
