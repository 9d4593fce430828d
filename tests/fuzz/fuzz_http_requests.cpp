// The bytes of an HTTP connection: whatever they are, whole or in pieces they mean the same. The
// first byte chooses the size of the pieces.

#include "relay/base/check.hpp"
#include "relay/listen/request_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace relay::listen;

namespace {

std::vector<std::string> read_all(std::string_view bytes, std::size_t chunk) {
    using event = request_reader::event;
    request_reader reader(512);
    std::vector<std::string> seen(1);
    for (;;) {
        switch (reader.next()) {
            case event::head:
                seen.back() = std::string(reader.head().target) + (reader.keep_alive() ? "+" : "-");
                break;
            case event::body:
                seen.back() += reader.body();
                break;
            case event::done:
                seen.emplace_back();
                reader.begin_next();
                break;
            case event::failed:
                seen.pop_back();
                return seen;
            case event::need_more:
                if (bytes.empty()) {
                    seen.pop_back();
                    return seen;
                }
                reader.feed(bytes.substr(0, chunk));
                bytes.remove_prefix(std::min(chunk, bytes.size()));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read_all(bytes, bytes.size() + 1);
    const auto pieces = read_all(bytes, data[0] % 64 + 1);
    // What stands between two chunks is bounded where it has to wait for more of it, so pieces may
    // be refused sooner; but never read differently.
    RELAY_CHECK(pieces.size() <= whole.size());
    RELAY_CHECK(std::equal(pieces.begin(), pieces.end(), whole.begin()));
    return 0;
}
