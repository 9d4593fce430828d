// `pverelay setup`: asks nobody, changes nothing, reads no secret.
#include "relay/cli/commands.hpp"
#include "relay/cli/settings_file.hpp"
#include "relay/cli/setup_text.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <unistd.h>

namespace relay::cli {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this-machine";
}

}  // namespace

int setup(const setup_arguments& arguments) {
    const auto settings = read_settings_unread(arguments.config);
    if (!settings) return wrong_config;
    const auto server = arguments.server.empty() ? host_name() : arguments.server;
    fmt::print("{}{}{}# == Then: pverelay doctor --config {}\n", push_setup(*settings, server),
               api_setup(*settings), store_setup(*settings), shell_word(arguments.config.string()));
    return success;
}

}  // namespace relay::cli
