#include "relay/cli/control_client.hpp"

#include "relay/base/durable_file.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <utility>

namespace relay::cli {
namespace {

// A relay that deletes thousands of files says so file by file; only a dead one is silent.
constexpr timeval patience{.tv_sec = 60, .tv_usec = 0};

}  // namespace

std::optional<control_client> control_client::connect(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) return {};
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return {};
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return control_client(std::move(fd));
}

std::optional<std::string> control_client::read_line() {
    for (;;) {
        const auto newline = received_.find('\n');
        if (newline != std::string::npos) {
            auto line = received_.substr(0, newline);
            received_.erase(0, newline + 1);
            return line;
        }
        char buffer[4096];
        const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        received_.append(buffer, static_cast<std::size_t>(got));
    }
}

expected<boost::json::object, std::string> control_client::ask(
    const ops::control_request& request,
    const std::function<void(const boost::json::object&)>& progress) {
    if (const auto error = write_all(fd_.get(), to_line(request))) {
        return unexpected("the running relay does not listen: " + error.message());
    }
    while (const auto line = read_line()) {
        boost::json::error_code error;
        const auto value = boost::json::parse(*line, error);
        if (error || !value.is_object()) break;
        const auto& object = value.get_object();
        if (const auto* ok = object.if_contains("ok"); ok != nullptr && ok->is_bool()) {
            if (ok->get_bool()) return object;
            const auto* why = object.if_contains("error");
            const bool text = why != nullptr && why->is_string();
            return unexpected(text ? std::string(why->get_string()) : *line);
        }
        const auto* so_far = object.if_contains("progress");
        if (so_far != nullptr && so_far->is_object() && progress) progress(so_far->get_object());
    }
    return unexpected(std::string("the running relay gave no answer"));
}

}  // namespace relay::cli
