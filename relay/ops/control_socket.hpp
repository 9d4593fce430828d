// The unix socket over which `pverelay journal` speaks to the running relay: a line in, lines out.
// A thread of its own, far from the data; for the relay's own user alone (mode 0600). At most a few
// clients, each with a bounded line and a deadline: whoever is slow, silent or hostile is closed.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/ops/control.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace relay::ops {

struct control_limits {
    std::size_t clients = 4;
    std::size_t line_bytes = control_line_bytes_max;
    std::chrono::milliseconds line_wait{10'000};  // from one line, or the connection, to the next
    std::chrono::milliseconds send_wait{2'000};   // a client that does not read
};

class control_socket {
public:
    /// Called on the socket's thread, one line at a time.
    using handler = std::function<void(std::string_view line, const control_emit& emit)>;

    /// A socket that stands at `path` is a dead relay's, since the caller holds the journal's lock,
    /// and is replaced; anything else there is left alone.
    /// @returns the socket, served; or a sentence for the operator
    [[nodiscard]] static expected<std::unique_ptr<control_socket>, std::string> open(
        std::filesystem::path path, handler answer, control_limits limits = {});

    /// Ends the thread and removes the socket.
    ~control_socket();
    control_socket(const control_socket&) = delete;
    control_socket& operator=(const control_socket&) = delete;

private:
    struct client {
        unique_fd fd;
        std::string received;
        std::chrono::steady_clock::time_point deadline;
        bool gone = false;
    };

    control_socket(std::filesystem::path path, unique_fd listening, handler answer,
                   control_limits limits);

    void run();
    [[nodiscard]] int time_to_wait() const;
    void accept_one();
    void receive(client& from);
    void answer_lines(client& from);
    void send(client& to, std::string_view line) const;

    const std::filesystem::path path_;
    const handler answer_;
    const control_limits limits_;
    const unique_fd listening_;
    unique_fd stop_read_, stop_write_;  // a pipe: closed, it ends the thread
    std::vector<client> clients_;       // the thread's
    std::thread thread_;
};

}  // namespace relay::ops
