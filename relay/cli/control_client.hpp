// The other end of the running relay's control socket.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/ops/control.hpp"

#include <boost/json.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace relay::cli {

class control_client {
public:
    /// None where no relay listens.
    [[nodiscard]] static std::optional<control_client> connect(const std::filesystem::path& path);

    /// Asks and waits for the result. @param progress called with what comes before it
    /// @returns the result, or the relay's sentence why not
    [[nodiscard]] expected<boost::json::object, std::string> ask(
        const ops::control_request& request,
        const std::function<void(const boost::json::object&)>& progress = {});

private:
    explicit control_client(unique_fd fd) : fd_(std::move(fd)) {}
    [[nodiscard]] std::optional<std::string> read_line();

    unique_fd fd_;
    std::string received_;
};

}  // namespace relay::cli
