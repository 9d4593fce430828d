#include "relay/ops/control_socket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace relay::ops {
namespace {

using clock = std::chrono::steady_clock;

std::string failure(const std::filesystem::path& path, std::string_view what) {
    return fmt::format("cannot {} the control socket {}: {}", what, path.string(),
                       std::strerror(errno));
}

/// Whether there is nothing at `path`, or was a socket until now.
bool clear_path(const std::filesystem::path& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return errno == ENOENT;
    errno = EEXIST;
    return S_ISSOCK(found.st_mode) && ::unlink(path.c_str()) == 0;
}

expected<unique_fd, std::string> listen_at(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        return unexpected(
            fmt::format("the control socket's path {} is longer than {} bytes: set "
                        "`control` in [journal] to a shorter one",
                        path.string(), sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return unexpected(failure(path, "make"));
    if (!clear_path(path)) return unexpected(failure(path, "replace"));
    // Nobody can connect before listen(), so the mode is right in time.
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0600) != 0 || ::listen(fd.get(), 8) != 0) {
        return unexpected(failure(path, "bind"));
    }
    return fd;
}

}  // namespace

expected<std::unique_ptr<control_socket>, std::string> control_socket::open(
    std::filesystem::path path, handler answer, control_limits limits) {
    auto listening = listen_at(path);
    if (!listening) return unexpected(std::move(listening.error()));
    return std::unique_ptr<control_socket>(
        new control_socket(std::move(path), *std::move(listening), std::move(answer), limits));
}

control_socket::control_socket(std::filesystem::path path, unique_fd listening, handler answer,
                               control_limits limits)
    : path_(std::move(path)),
      answer_(std::move(answer)),
      limits_(limits),
      listening_(std::move(listening)) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) == 0) {
        stop_read_ = unique_fd(ends[0]);
        stop_write_ = unique_fd(ends[1]);
    }
    thread_ = std::thread([this] { run(); });
}

control_socket::~control_socket() {
    stop_write_.reset();
    thread_.join();
    ::unlink(path_.c_str());
}

void control_socket::run() {
    std::vector<pollfd> waiting;
    for (;;) {
        waiting.assign({{.fd = stop_read_.get(), .events = POLLIN, .revents = 0},
                        {.fd = listening_.get(), .events = POLLIN, .revents = 0}});
        for (const auto& one : clients_)
            waiting.push_back({.fd = one.fd.get(), .events = POLLIN, .revents = 0});
        if (::poll(waiting.data(), waiting.size(), time_to_wait()) < 0 && errno != EINTR) return;
        if (waiting[0].revents != 0) return;
        for (std::size_t i = 0; i < clients_.size(); ++i) {
            if (waiting[i + 2].revents != 0) receive(clients_[i]);
        }
        std::erase_if(clients_, [now = clock::now()](const client& one) {
            return one.gone || one.deadline <= now;
        });
        if (waiting[1].revents != 0) accept_one();
    }
}

int control_socket::time_to_wait() const {
    if (clients_.empty()) return -1;
    const auto first = std::ranges::min_element(clients_, {}, &client::deadline)->deadline;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

void control_socket::accept_one() {
    unique_fd fd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || clients_.size() >= limits_.clients) return;
    clients_.push_back(
        {.fd = std::move(fd), .received = {}, .deadline = clock::now() + limits_.line_wait});
}

void control_socket::receive(client& from) {
    char buffer[64 << 10];
    const auto got = ::recv(from.fd.get(), buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        from.gone = true;
        return;
    }
    from.received.append(buffer, static_cast<std::size_t>(got));
    // What was looked at before holds no newline.
    if (std::memchr(buffer, '\n', static_cast<std::size_t>(got)) != nullptr) answer_lines(from);
    if (from.received.size() > limits_.line_bytes) from.gone = true;
}

void control_socket::answer_lines(client& from) {
    const auto emit = [&](std::string_view line) { send(from, line); };
    std::size_t begin = 0;
    for (auto end = from.received.find('\n'); end != std::string::npos && !from.gone;
         end = from.received.find('\n', begin)) {
        if (end > begin) answer_(std::string_view(from.received).substr(begin, end - begin), emit);
        begin = end + 1;
    }
    from.received.erase(0, begin);
    from.deadline = clock::now() + limits_.line_wait;
}

void control_socket::send(client& to, std::string_view line) const {
    const auto deadline = clock::now() + limits_.send_wait;
    while (!line.empty() && !to.gone) {
        const auto sent = ::send(to.fd.get(), line.data(), line.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            line.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
        to.gone = (errno != EAGAIN && errno != EINTR) || left.count() <= 0;
        pollfd room{.fd = to.fd.get(), .events = POLLOUT, .revents = 0};
        if (!to.gone) ::poll(&room, 1, static_cast<int>(left.count()));
    }
}

}  // namespace relay::ops
