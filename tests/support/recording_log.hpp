// A log whose messages a test can read.
#pragma once

#include "relay/base/log.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::tests {

class recording_log final : public log {
public:
    void write(severity level, std::string_view message) noexcept override {
        messages.emplace_back(level, message);
    }
    std::vector<std::pair<severity, std::string>> messages;
};

}  // namespace relay::tests
