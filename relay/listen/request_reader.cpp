#include "relay/listen/request_reader.hpp"

#include "relay/base/check.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <optional>
#include <string>

namespace relay::listen {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

std::string_view to_std(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

// A body that is shown where it lies, once, and kept by nobody.
struct passing_body {
    using value_type = std::string_view;

    class reader {
    public:
        template <bool is_request, class Fields>
        reader(http::header<is_request, Fields>&, value_type& shown) : shown_(shown) {}

        void init(const boost::optional<std::uint64_t>&, error_code& ec) { ec = {}; }

        template <class Buffers>
        std::size_t put(const Buffers& buffers, error_code& ec) {
            ec = {};
            // The parser was given one buffer and hands on a part of it.
            const boost::asio::const_buffer part = *boost::asio::buffer_sequence_begin(buffers);
            shown_ = {static_cast<const char*>(part.data()), part.size()};
            return part.size();
        }

        void finish(error_code& ec) { ec = {}; }

    private:
        value_type& shown_;
    };
};

using parser = http::request_parser<passing_body>;

}  // namespace

struct request_reader::state {
    explicit state(std::size_t limit) : head_bytes_max(limit) {}

    std::size_t head_bytes_max;
    std::optional<http::request_parser<passing_body>> parser;
    std::string kept;       // what was fed and could not be used yet
    std::string_view rest;  // what is to be parsed: of `kept`, or of what was fed
    std::size_t head_bytes = 0;
    bool head_shown = false;
    request head;
    std::string_view body;
    problem why{};

    void begin() {
        parser.emplace();
        parser->header_limit(static_cast<std::uint32_t>(head_bytes_max));
        parser->body_limit(boost::none);  // the handler's to judge: it knows the API's words
        head_bytes = 0;
        head_shown = false;
        head = {};
        body = {};
    }

    // Copies `rest` to where it can wait, which may be a part of where it is already.
    void keep_rest() {
        kept = std::string(rest);
        rest = kept;
    }

    event wait() {
        if (rest.size() > head_bytes_max) {
            return head_shown ? fail(400, "malformed chunked body")
                              : fail(431, "the head is too long");
        }
        keep_rest();
        return event::need_more;
    }

    event fail(int status, std::string_view message) {
        why = {.status = status, .message = message};
        return event::failed;
    }

    event failed_with(const error_code& ec) {
        if (ec == http::error::header_limit) return fail(431, "the head is too long");
        if (ec == http::error::bad_version) return fail(400, "the HTTP version is not 1.0 or 1.1");
        if (ec == http::error::bad_content_length || ec == http::error::bad_transfer_encoding) {
            return fail(400, "the length of the body is ambiguous");
        }
        if (parser->is_header_done()) return fail(400, "malformed chunked body");
        return fail(400, "malformed HTTP request");
    }

    event show_head() {
        head_shown = true;
        const auto& message = parser->get();
        head.method = to_std(message.method_string());
        head.target = to_std(message.target());
        for (const auto& field : message) {
            head.headers.emplace_back(to_std(field.name_string()), to_std(field.value()));
        }
        if (const auto length = parser->content_length()) head.content_length = *length;
        return event::head;
    }
};

request_reader::request_reader(std::size_t head_bytes_max)
    : state_(std::make_unique<state>(head_bytes_max)) {
    state_->begin();
}

request_reader::~request_reader() = default;

void request_reader::feed(std::string_view bytes) {
    auto& s = *state_;
    if (s.rest.empty()) {
        s.rest = bytes;
        return;
    }
    s.kept.append(bytes);  // `rest` is the whole of `kept`, see keep_rest()
    s.rest = s.kept;
}

request_reader::event request_reader::next() {
    auto& s = *state_;
    s.body = {};
    s.parser->get().body() = {};
    for (;;) {
        if (s.parser->is_header_done() && !s.head_shown) return s.show_head();
        if (s.parser->is_done()) {
            s.keep_rest();
            return event::done;
        }
        if (s.rest.empty()) return event::need_more;

        error_code ec;
        const auto used = s.parser->put(boost::asio::buffer(s.rest.data(), s.rest.size()), ec);
        s.rest.remove_prefix(used);
        if (!s.head_shown) s.head_bytes += used;
        if (s.head_bytes > s.head_bytes_max) return s.fail(431, "the head is too long");
        if (ec == http::error::need_more) return s.wait();
        if (ec) return s.failed_with(ec);
        s.body = s.parser->get().body();
        if (!s.body.empty()) return event::body;
    }
}

const request& request_reader::head() const noexcept {
    return state_->head;
}

std::string_view request_reader::body() const noexcept {
    return state_->body;
}

void request_reader::begin_next() {
    RELAY_CHECK(state_->parser->is_done());
    state_->begin();
}

bool request_reader::keep_alive() const noexcept {
    return state_->parser->keep_alive();
}

bool request_reader::http_1_0() const noexcept {
    return state_->parser->get().version() < 11;
}

bool request_reader::expects_continue() const noexcept {
    return !http_1_0() &&
           boost::beast::iequals(state_->parser->get()[http::field::expect], "100-continue");
}

bool request_reader::underway() const noexcept {
    return !state_->rest.empty() || state_->parser->got_some();
}

request_reader::problem request_reader::failure() const noexcept {
    return state_->why;
}

}  // namespace relay::listen
