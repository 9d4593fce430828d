// Request-targets, credentials and what is said back: nothing a client writes may break out of its
// place in the answer.

#include "relay/base/check.hpp"
#include "relay/listen/auth.hpp"
#include "relay/listen/http_reply.hpp"
#include "relay/listen/http_target.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace relay::listen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);

    const auto target = parse_target(text);
    RELAY_CHECK(target.path.starts_with('/'));
    RELAY_CHECK(target.path.find("//") == std::string::npos);
    RELAY_CHECK(target.prefix.size() < target.path.size());
    RELAY_CHECK(target.bucket.size() <= size);
    for (const auto on : {route::write_v1, route::write_v2}) {
        static_cast<void>(parse_precision(target.precision, on));
    }

    const std::vector<relay::secret> tokens{relay::secret("a token that no input holds by chance")};
    static_cast<void>(find_match(presented(text, target), tokens));

    for (const auto speaks : {api::v1, api::v2}) {
        const auto answer = bucket_not_found(speaks, target.bucket);
        const auto wire = to_wire(answer, {.version = "1"});
        // The head ends where the body begins, and nowhere before.
        RELAY_CHECK(wire.find("\r\n\r\n") + 4 + answer.body.size() == wire.size());
        RELAY_CHECK(answer.body.find('\r') == std::string::npos);
    }
    return 0;
}
