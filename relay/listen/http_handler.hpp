// What the HTTP code serves: handlers take a request's head as a value and answer at once, or take
// its body as a stream and answer later. They know no sockets; sockets know nothing else.
// A handler belongs to one HTTP thread.
#pragma once

#include "relay/listen/http_reply.hpp"
#include "relay/listen/http_target.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::listen {

/// The head of a request. Views hold for the call.
struct request {
    std::string_view method;
    std::string_view target;
    std::vector<std::pair<std::string_view, std::string_view>> headers;
    std::string_view peer;  // the client's address, without port
    std::optional<std::uint64_t> content_length;

    /// The first header of that name, in any case; empty where there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// A body on its way. Destroyed without finish() where the client went away: what can still be
/// forgotten is forgotten, because a line that was cut off may look whole.
class upload {
public:
    virtual ~upload() = default;
    /// The next bytes, as sent. @returns an answer where the body shall not go on
    [[nodiscard]] virtual std::optional<reply> feed(std::string_view bytes) = 0;
    /// The end of the body. @returns the answer, or nothing where it has to be waited for: then
    /// `wake` is called once, from any thread, before destruction or never.
    [[nodiscard]] virtual std::optional<reply> finish(std::function<void()> wake) = 0;
    /// After wake, or when the client can wait no longer: the best answer there is now.
    [[nodiscard]] virtual reply answer() = 0;
};

/// What a handler makes of a head: one of the two is set, or neither: the connection then ends
/// without a word.
struct verdict {
    std::optional<reply> answer;
    std::unique_ptr<upload> body;
    listen::route route = listen::route::unknown;  // for the counters and the JSON of errors
};

class http_handler {
public:
    virtual ~http_handler() = default;
    [[nodiscard]] virtual verdict begin(const request& head) = 0;
};

/// Serves pages: values in, values out. Bodies are not read.
class page_handler final : public http_handler {
public:
    using page = std::function<reply(const request&)>;
    explicit page_handler(page answer) : answer_(std::move(answer)) {}
    [[nodiscard]] verdict begin(const request& head) override {
        return {.answer = answer_(head), .body = nullptr, .route = route::unknown};
    }

private:
    page answer_;
};

}  // namespace relay::listen
