// Any bytes as a configuration: refused with a reason or taken, never a crash, never a secret read
// that was not named.
#include "relay/config/load.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

using namespace relay;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto secrets = [](const config::secret_source& source) {
        if (source.name.empty()) std::abort();
        return expected<config::loaded_secret, std::string>(
            config::loaded_secret{secret("s3cret"), {}});
    };
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto result = config::load_text(text, secrets);
    // Either settings or a reason why not.
    if (result.settings.has_value() != result.found.errors.empty()) std::abort();
    if (result.settings && result.settings->clusters.empty()) std::abort();
    for (const auto& error : result.found.errors) {
        if (to_string("f", error).empty() || error.text.empty()) std::abort();
    }
    return 0;
}
