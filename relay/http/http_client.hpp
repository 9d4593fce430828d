// Many HTTP requests at once on one thread: libcurl's multi interface as an owner of handles.
// The one place that knows curl. It neither follows redirects nor retries: what an answer means is
// for others to judge.
//
// One thread calls everything but wakeup(), which any thread may call while the client exists.
// A connection that stays open after an answer is used again for the same server.
#pragma once

#include "relay/base/http_message.hpp"
#include "relay/http/http_target.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace relay::http {

/// libcurl's process-wide state. main makes one before the first thread and keeps it to the end.
class http_library {
public:
    http_library();
    ~http_library();
    http_library(const http_library&) = delete;
    http_library& operator=(const http_library&) = delete;
};

/// Names one request from start() until its response was handed out or it was cancelled.
using ticket = std::uint64_t;

struct completed {
    ticket id = 0;
    http_response response;
};

class http_client {
public:
    http_client();
    ~http_client();  // what is in flight is cancelled
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    /// Begins to send. The body is not copied: `request` must stay as it is until its response was
    /// polled or it was cancelled. Failures of any kind arrive as a response of status 0.
    [[nodiscard]] ticket start(const http_request& request, const http_target& target);

    /// Moves data, for at most `timeout`: returns early with what has completed, after wakeup(),
    /// or empty-handed because a server was busy sending.
    [[nodiscard]] std::vector<completed> poll(std::chrono::milliseconds timeout);

    /// Ends the present poll(), or the next one. Any thread; does not block.
    void wakeup() noexcept;

    /// Forgets a request; its connection is closed. Does nothing where it has completed.
    void cancel(ticket id) noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace relay::http
