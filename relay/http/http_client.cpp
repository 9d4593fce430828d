#include "relay/http/http_client.hpp"

#include "relay/base/check.hpp"
#include "relay/base/log.hpp"
#include "relay/http/answer.hpp"
#include "relay/http/peer_certificate.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>

// Debian's libcurl brings GnuTLS, for protocols that we never speak, and its constructor would take
// 0.8 MB for good. This is how a program says that it need not: GNUTLS_SKIP_GLOBAL_INIT of
// gnutls.h, which is not ours to include. CMake exports it, as GnuTLS must find it.
extern "C" int _gnutls_global_init_skip();  // NOLINT(readability-identifier-naming)
extern "C" int _gnutls_global_init_skip() {
    return 1;
}

namespace relay::http {
namespace {

struct easy_closer {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct multi_closer {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct list_closer {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using easy_handle = std::unique_ptr<CURL, easy_closer>;
using multi_handle = std::unique_ptr<CURLM, multi_closer>;
using header_list = std::unique_ptr<curl_slist, list_closer>;

void append(header_list& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

/// One request in flight. Stays where it is: curl holds pointers into it.
struct transfer {
    transfer(ticket number, const http_target& target)
        : id(number),
          reply(target.body_bytes_max),
          pins(target.tls.fingerprints) {}

    ticket id;
    answer reply;
    std::vector<fingerprint> pins;
    std::string refusal;  // why the server was sent nothing
    header_list headers;
    std::array<char, CURL_ERROR_SIZE> error_text{};
    easy_handle handle;
};

std::size_t on_header(char* data, std::size_t, std::size_t bytes, void* context) noexcept {
    static_cast<transfer*>(context)->reply.header_line({data, bytes});
    return bytes;
}

std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* context) noexcept {
    return static_cast<transfer*>(context)->reply.body_bytes({data, bytes}) ? bytes : 0;
}

/// Asked before each request, on a fresh connection and on one that is used again: whoever opened
/// it may not have asked for a pin. Nothing but TLS was said until now.
int on_connected(void* context, char*, char*, int, int) noexcept {
    auto& asked = *static_cast<transfer*>(context);
    const curl_tlssessioninfo* session = nullptr;
    curl_easy_getinfo(asked.handle.get(), CURLINFO_TLS_SSL_PTR, &session);
    const bool has_tls =
        session != nullptr && session->backend == CURLSSLBACKEND_OPENSSL && session->internals;
    const auto shown = has_tls ? certificate_of(session->internals) : std::nullopt;
    if (shown && std::ranges::find(asked.pins, *shown) != asked.pins.end()) {
        return CURL_PREREQFUNC_OK;
    }
    asked.refusal = shown ? "the server shows a certificate that is not pinned, with the "
                            "fingerprint " +
                                to_string(*shown)
                          : "the server shows no certificate, but a fingerprint is pinned";
    return CURL_PREREQFUNC_ABORT;
}

bool names(const http_request& request, std::string_view lower_case_name) {
    return std::ranges::any_of(request.headers, [&](const http_header& header) {
        return std::ranges::equal(header.first, lower_case_name, [](char sent, char wanted) {
            return (sent >= 'A' && sent <= 'Z' ? sent - 'A' + 'a' : sent) == wanted;
        });
    });
}

header_list header_lines(const http_request& request) {
    header_list list;
    // "name;" is curl's spelling of a header without value.
    for (const auto& [name, value] : request.headers) {
        append(list, value.empty() ? name + ";" : name + ": " + value);
    }
    // Without these curl would wait a second for "100 Continue" and call every body a form.
    append(list, "Expect:");
    if (!names(request, "content-type")) append(list, "Content-Type:");
    return list;
}

void set_method(CURL* handle, const http_request& request) {
    if (request.method == "GET") {
        curl_easy_setopt(handle, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    if (request.method != "POST") {
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
}

void set_tls(CURL* handle, const tls_options& tls) {
    // A pin is the proof by itself, unless an authority was named as well.
    const bool by_pin = !tls.fingerprints.empty() && tls.ca.empty();
    const bool full = tls.verify == server_check::full && !by_pin;
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, full ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, full ? 2L : 0L);
    if (!tls.ca.empty()) {
        curl_easy_setopt(handle, CURLOPT_CAINFO, tls.ca.c_str());
        // Read for each new connection, like certificate and key: a renewed file needs no restart.
        // curl would keep it for a day.
        curl_easy_setopt(handle, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    }
    if (!tls.certificate.empty()) {
        curl_easy_setopt(handle, CURLOPT_SSLCERT, tls.certificate.c_str());
    }
    if (!tls.key.empty()) curl_easy_setopt(handle, CURLOPT_SSLKEY, tls.key.c_str());
    if (!tls.pinned_public_key.empty()) {
        curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, tls.pinned_public_key.c_str());
    }
}

void set_target(CURL* handle, const http_target& target) {
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(target.connect_timeout.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(target.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_PROXY, target.proxy.c_str());  // "": not the environment's
    if (target.accepts_gzip) curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
    set_tls(handle, target.tls);
}

void set_manners(CURL* handle) {
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    // One request in flight per server: multiplexing would buy nothing and cost memory.
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    // A request goes out in one piece where the network takes it. With curl's 64 KiB it would be as
    // many turns as pieces.
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512L << 10);
}

void set_callbacks(CURL* handle, transfer& into) {
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, into.error_text.data());
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &into);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &into);
    curl_easy_setopt(handle, CURLOPT_PRIVATE, &into);
    if (into.pins.empty()) return;
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &on_connected);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, &into);
}

/// curl's words: they name hosts, ports, files and TLS reasons, never headers, bodies or queries.
std::string sentence(CURLcode result, const transfer& done) {
    if (!done.refusal.empty()) return done.refusal;
    const std::string_view detail = done.error_text.data();
    return printable(detail.empty() ? curl_easy_strerror(result) : detail, 300);
}

http_response finished(transfer& done, CURLcode result) {
    http_response response = std::move(done.reply.response());
    curl_off_t microseconds = 0;
    curl_easy_getinfo(done.handle.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
    response.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::microseconds(microseconds));
    if (result == CURLE_OK || done.reply.cut()) {
        long status = 0;
        curl_easy_getinfo(done.handle.get(), CURLINFO_RESPONSE_CODE, &status);
        response.status = static_cast<int>(status);
        return response;
    }
    // An answer that broke off is no answer, even where its status line had arrived.
    response.headers.clear();
    response.reason.clear();
    response.body.clear();
    response.error = sentence(result, done);
    return response;
}

}  // namespace

http_library::http_library() {
    RELAY_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}
http_library::~http_library() {
    curl_global_cleanup();
}

struct http_client::state {
    multi_handle multi{curl_multi_init()};
    std::vector<std::unique_ptr<transfer>> running;
    std::vector<easy_handle> spare;  // a used handle saves some kilobytes of set-up
    std::vector<completed> failed;   // refused by curl before anything was sent
    ticket last = 0;

    easy_handle take_handle() {
        if (spare.empty()) {
            easy_handle fresh(curl_easy_init());
            if (fresh == nullptr) throw std::bad_alloc();
            return fresh;
        }
        easy_handle used = std::move(spare.back());
        spare.pop_back();
        return used;
    }

    std::unique_ptr<transfer> remove(const transfer* done) {
        const auto at = std::ranges::find(running, done, &std::unique_ptr<transfer>::get);
        RELAY_CHECK(at != running.end());
        auto owned = std::move(*at);
        running.erase(at);
        curl_multi_remove_handle(multi.get(), owned->handle.get());
        return owned;
    }

    void keep_handle(transfer& done) {
        curl_easy_reset(done.handle.get());
        spare.push_back(std::move(done.handle));
    }

    void collect(std::vector<completed>& into) {
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            const CURLcode result = message->data.result;  // before removal ends the message
            transfer* done = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &done);
            const auto owned = remove(done);
            into.push_back({.id = owned->id, .response = finished(*owned, result)});
            keep_handle(*owned);
        }
    }
};

http_client::http_client() : state_(std::make_unique<state>()) {
    RELAY_CHECK(state_->multi != nullptr);
}

http_client::~http_client() {
    while (!state_->running.empty())
        cancel(state_->running.back()->id);
}

ticket http_client::start(const http_request& request, const http_target& target) {
    auto next = std::make_unique<transfer>(++state_->last, target);
    const ticket id = next->id;
    next->handle = state_->take_handle();
    next->headers = header_lines(request);
    CURL* handle = next->handle.get();
    set_manners(handle);
    set_target(handle, target);
    set_callbacks(handle, *next);
    set_method(handle, request);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, next->headers.get());
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    if (const auto result = curl_multi_add_handle(state_->multi.get(), handle);
        result != CURLM_OK) {
        http_response response;
        response.error = curl_multi_strerror(result);
        state_->failed.push_back({.id = id, .response = std::move(response)});
        return id;
    }
    state_->running.push_back(std::move(next));
    return id;
}

std::vector<completed> http_client::poll(std::chrono::milliseconds timeout) {
    auto done = std::exchange(state_->failed, {});
    int running = 0;
    curl_multi_perform(state_->multi.get(), &running);
    state_->collect(done);
    if (!done.empty()) return done;
    constexpr std::chrono::milliseconds longest{60'000};
    const auto wait = std::clamp(timeout, std::chrono::milliseconds(0), longest);
    curl_multi_poll(state_->multi.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    curl_multi_perform(state_->multi.get(), &running);
    state_->collect(done);
    return done;
}

void http_client::wakeup() noexcept {
    curl_multi_wakeup(state_->multi.get());
}

void http_client::cancel(ticket id) noexcept {
    std::erase_if(state_->failed, [&](const completed& one) { return one.id == id; });
    const auto at =
        std::ranges::find_if(state_->running, [&](const auto& one) { return one->id == id; });
    if (at == state_->running.end()) return;
    // A name server that does not answer must not hold us until its own timeout.
    curl_easy_setopt((*at)->handle.get(), CURLOPT_QUICK_EXIT, 1L);
    static_cast<void>(state_->remove(at->get()));
}

}  // namespace relay::http
