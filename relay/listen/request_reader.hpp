// The requests of one connection, from bytes: the only place that knows Beast. No I/O, no clock.
//
//     reader.feed(bytes);
//     for (;;) switch (reader.next()) {
//         case event::head:      decide(reader.head()); break;
//         case event::body:      use(reader.body()); break;
//         case event::done:      answer(); reader.begin_next(); break;
//         case event::need_more: return;                     // and feed again
//         case event::failed:    refuse(reader.failure()); return;
//     }
//
// Any chunking of the same bytes gives the same heads and bodies. Not thread-safe.
#pragma once

#include "relay/listen/http_handler.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace relay::listen {

class request_reader {
public:
    enum class event : std::uint8_t { need_more, head, body, done, failed };

    /// @param head_bytes_max of a head, and of what a chunked body has between its chunks
    explicit request_reader(std::size_t head_bytes_max);
    ~request_reader();

    /// More bytes of the connection. They must hold until next() returns need_more or done: only
    /// then is what was not used copied. Call only after need_more, or at the start.
    void feed(std::string_view bytes);

    [[nodiscard]] event next();

    /// From event::head until begin_next(). `peer` is left empty.
    [[nodiscard]] const request& head() const noexcept;
    /// Of the last event::body: some bytes of the body, as they came in.
    [[nodiscard]] std::string_view body() const noexcept;

    /// After event::done: forgets the request; the next one may already wait behind it.
    void begin_next();

    /// Whether the connection goes on after this request (version and Connection header).
    [[nodiscard]] bool keep_alive() const noexcept;
    [[nodiscard]] bool http_1_0() const noexcept;
    /// The client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool expects_continue() const noexcept;
    /// Bytes of a request have come in, and it is not yet done.
    [[nodiscard]] bool underway() const noexcept;

    struct problem {
        int status;  // 400 or 431
        std::string_view message;
    };
    /// Why the last event was failed. The connection cannot go on.
    [[nodiscard]] problem failure() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace relay::listen
