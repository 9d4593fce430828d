#include "relay/ops/given_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <system_error>
#include <unistd.h>

namespace relay::ops {
namespace {

constexpr int first_file = 3;  // SD_LISTEN_FDS_START
constexpr int files_max = 1024;

std::optional<long> number_of(std::string_view text) {
    long number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end != last) return std::nullopt;
    return number;
}

std::string_view variable(const char* name) {
    const char* const text = std::getenv(name);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

expected<std::vector<std::string>, std::string> given_file_names(
    const given_files_variables& variables, pid_t own) {
    std::vector<std::string> names;
    if (variables.count.empty() || number_of(variables.pid) != own) return names;
    const auto count = number_of(variables.count);
    if (!count || *count < 0 || *count > files_max) {
        return unexpected(fmt::format("LISTEN_FDS is 0 to {}", files_max));
    }
    auto rest = variables.names;
    for (long i = 0; i < *count; ++i) {
        const auto end = std::min(rest.find(':'), rest.size());
        names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return names;
}

expected<std::vector<listen::given_socket>, std::string> take_given_files() {
    const auto names = given_file_names({.pid = variable("LISTEN_PID"),
                                         .count = variable("LISTEN_FDS"),
                                         .names = variable("LISTEN_FDNAMES")},
                                        ::getpid());
    if (!names) return unexpected(names.error());
    std::vector<listen::given_socket> files;
    for (const auto& name : *names) {
        const int fd = first_file + static_cast<int>(files.size());
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
            return unexpected(
                fmt::format("LISTEN_FDS says {}, but there is no file {}", names->size(), fd));
        }
        files.push_back({unique_fd(fd), name});
    }
    for (const char* const one : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(one);
    return files;
}

}  // namespace relay::ops
