// Coroutines under g++ 12: a co_await expression holds names only. A closure or an aggregate made
// inside one is destroyed twice (chriskohlhoff/asio#858; Debian 12 has no newer compiler).
#include "relay/listen/http_session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace relay::listen {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// After so many reads without a pause others get their turn: a megabyte.
constexpr unsigned reads_at_a_stretch = 16;

using outcome = byte_stream::outcome;

// To who speaks HTTP to a listener that speaks HTTPS, as other servers answer it.
constexpr std::string_view plain_http_answer =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    "Content-Length: 41\r\n\r\nthis port speaks HTTPS: use https:// here\n";

api api_of(route asked) noexcept {
    return asked == route::write_v1 || asked == route::query ? api::v1 : api::v2;
}

}  // namespace

http_session::http_session(tcp::socket socket, std::string peer, session_services& services)
    : services_(services),
      stream_(std::move(socket), services.identity.get()),
      peer_(std::move(peer)),
      reader_(services.limits.head_bytes_max.bytes),
      timer_(stream_.socket().get_executor()),
      answer_timer_(stream_.socket().get_executor()) {}

asio::awaitable<void> http_session::run(std::shared_ptr<http_session>) {
    bool open = true;
    if (stream_.is_secure()) open = co_await shake_hands();
    while (open) {
        keep_ = false;
        whole_ = false;
        route_ = route::unknown;
        answer_.reset();
        const bool readable = co_await read_head();
        if (readable) {
            decide();
            if (upload_) {
                const bool complete = co_await read_body();
                if (complete) co_await await_journal();
            }
        }
        upload_.reset();
        serving_.reset();
        if (!answer_) break;
        prepare_answer();
        const bool sent = co_await send();
        if (!sent) break;
        ++served_;
        services_.counters.count_request(route_, answer_->status);
        services_.counters.answers.add(clock::now() - asked_at_);
        if (!whole_) co_await linger();
        if (keep_) reader_.begin_next();
        open = keep_;
    }
    stream_.close();
    timer_.cancel();
}

asio::awaitable<bool> http_session::shake_hands() {
    arm(services_.limits.head_wait);
    for (;;) {
        const auto now = stream_.handshake().now;
        if (now == outcome::done) co_return true;
        if (now == outcome::end || timed_out_ || aborted_) break;
        co_await wait_for_socket(now);
    }
    refuse_handshake();
    co_return false;
}

void http_session::refuse_handshake() {
    services_.counters.tls_failures.add();
    const auto why = timed_out_ || aborted_ ? "it took too long" : stream_.tls_failure();
    services_.refusals.report_handshake(peer_, why, clock::now());
    if (stream_.met_plain_http()) stream_.write_plain(plain_http_answer);
}

asio::awaitable<void> http_session::wait_for_socket(outcome side) {
    const auto what =
        side == outcome::wait_write ? tcp::socket::wait_write : tcp::socket::wait_read;
    co_await stream_.socket().async_wait(what, as_result);
}

asio::awaitable<bool> http_session::read_head() {
    using event = request_reader::event;
    const auto& limits = services_.limits;
    idle_ = !reader_.underway();
    arm(idle_ && served_ > 0 ? limits.idle_wait : limits.head_wait);
    for (;;) {
        const auto now = reader_.next();
        if (now == event::head) {
            idle_ = false;
            co_return true;
        }
        if (now == event::failed) {
            answer_failure();
            co_return false;
        }
        const bool more = co_await receive();
        if (!more) {
            // A connection on which nothing was ever asked gets no answer.
            if (!idle_) end_before_its_end();
            co_return false;
        }
        if (std::exchange(idle_, false)) arm(limits.head_wait);
    }
}

void http_session::decide() {
    request head = reader_.head();
    head.peer = peer_;
    serving_ = services_.handler;
    auto decided = serving_->begin(head);
    route_ = decided.route;
    answer_ = std::move(decided.answer);
    upload_ = std::move(decided.body);
    if (upload_ && reader_.expects_continue()) send_continue();
    if (!upload_) skim_body();
}

// Where the answer does not depend on the body and the body is here already, the connection can go
// on; it is not waited for.
void http_session::skim_body() {
    auto now = reader_.next();
    while (now == request_reader::event::body) {
        now = reader_.next();
    }
    whole_ = now == request_reader::event::done;
    asked_at_ = clock::now();
}

asio::awaitable<bool> http_session::read_body() {
    using event = request_reader::event;
    const auto end = clock::now() + services_.limits.whole_wait;
    for (;;) {
        const auto now = reader_.next();
        if (now == event::body) {
            answer_ = upload_->feed(reader_.body());
            asked_at_ = clock::now();
            if (answer_) co_return false;
        } else if (now == event::done) {
            whole_ = true;
            asked_at_ = clock::now();
            co_return true;
        } else if (now == event::failed) {
            answer_failure();
            co_return false;
        } else {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
            arm(std::min(services_.limits.body_wait, left));
            const bool more = co_await receive();
            if (more) continue;
            end_before_its_end();
            co_return false;
        }
    }
}

// The journal's word, or the best that can be said when the client can wait no longer.
asio::awaitable<void> http_session::await_journal() {
    answer_ = upload_->finish(waker());
    if (answer_) co_return;
    answer_timer_.expires_at(asked_at_ + services_.limits.answer_wait);
    co_await answer_timer_.async_wait(as_result);
    ++turn_;
    answer_ = upload_->answer();
}

std::function<void()> http_session::waker() {
    return [weak = weak_from_this(), executor = stream_.socket().get_executor(), turn = turn_] {
        asio::post(executor, [weak, turn] {
            const auto self = weak.lock();
            if (self && self->turn_ == turn) self->answer_timer_.cancel();
        });
    };
}

void http_session::prepare_answer() {
    keep_ = whole_ && !draining_ && !answer_->ends_connection && reader_.keep_alive();
    const wire_form form{.http_1_0 = whole_ && reader_.http_1_0(),
                         .keep_alive = keep_,
                         .head = reader_.head().method == "HEAD",
                         .version = services_.version};
    wire_ = to_wire(*answer_, form);
}

void http_session::answer_failure() {
    const auto why = reader_.failure();
    services_.counters.malformed.add();
    answer_ = refused(api_of(route_), why.status, why.message);
    asked_at_ = clock::now();
}

void http_session::answer_timeout() {
    services_.counters.timeouts.add();
    timed_out_ = false;
    answer_ = refused(api_of(route_), 408, "the request did not arrive in time");
    asked_at_ = clock::now();
}

void http_session::end_before_its_end() {
    if (timed_out_) {
        answer_timeout();
    } else if (!aborted_) {
        services_.counters.cut_short.add();
    }
}

// Into an empty socket buffer: 25 bytes always fit, and where they do not, the client sends its
// body without having heard them.
void http_session::send_continue() {
    std::ignore = stream_.write_some("HTTP/1.1 100 Continue\r\n\r\n");
}

outcome http_session::try_receive() {
    const auto buffer = services_.read_buffer;
    const auto came = stream_.read_some(buffer);
    if (came.now == outcome::done) reader_.feed({buffer.data(), came.bytes});
    return came.now;
}

asio::awaitable<bool> http_session::receive() {
    if (++reads_ % reads_at_a_stretch == 0) {
        const auto executor = stream_.socket().get_executor();
        co_await asio::post(executor, as_result);
    }
    for (;;) {
        if (timed_out_ || aborted_) co_return false;
        const auto came = try_receive();
        if (came == outcome::done) co_return true;
        if (came == outcome::end || (is_done() && draining_)) co_return false;
        co_await wait_for_socket(came);
    }
}

asio::awaitable<bool> http_session::send() {
    arm(services_.limits.write_wait);
    std::string_view rest = wire_;
    while (!rest.empty()) {
        if (timed_out_ || aborted_) co_return false;
        const auto sent = stream_.write_some(rest);
        if (sent.now == outcome::end) co_return false;
        rest.remove_prefix(sent.bytes);
        if (sent.now != outcome::done) co_await wait_for_socket(sent.now);
    }
    co_return true;
}

// The client is still sending. Closing now would reset the connection and take the answer away
// before it is read (RFC 9112 section 9.6): what comes is thrown away for a moment.
asio::awaitable<void> http_session::linger() {
    stream_.end_writing();
    arm(services_.limits.linger_wait);
    const auto buffer = services_.read_buffer;
    while (!timed_out_ && !aborted_) {
        const auto came = stream_.read_some(buffer).now;
        if (came == outcome::end) co_return;
        if (came != outcome::done) {
            co_await wait_for_socket(came);
        } else if (++reads_ % reads_at_a_stretch == 0) {
            const auto executor = stream_.socket().get_executor();
            co_await asio::post(executor, as_result);
        }
    }
}

void http_session::arm(std::chrono::milliseconds wait) {
    timed_out_ = false;
    deadline_ = clock::now() + wait;
    if (!timing_ || deadline_ < timer_.expiry()) follow_deadline();
}

void http_session::follow_deadline() {
    timing_ = true;
    timer_.expires_at(deadline_);
    timer_.async_wait([weak = weak_from_this()](const error_code& ec) {
        const auto self = weak.lock();
        if (ec || !self) return;
        self->timing_ = false;
        if (clock::now() < self->deadline_) return self->follow_deadline();
        self->timed_out_ = true;
        error_code ignored;
        self->stream_.socket().cancel(ignored);
    });
}

void http_session::drain() {
    draining_ = true;
    error_code ignored;
    if (is_done()) stream_.socket().cancel(ignored);
}

void http_session::abort() {
    aborted_ = true;
    answer_timer_.cancel();
    error_code ignored;
    stream_.socket().cancel(ignored);
}

}  // namespace relay::listen
