#include "relay/listen/write_upload.hpp"

#include <fmt/format.h>

#include <utility>

namespace relay::listen {
namespace {

reply refusal_of(api speaks, gunzip_errc error) {
    switch (error) {
        case gunzip_errc::too_much:
        case gunzip_errc::suspicious:
            return refused(speaks, 413, message(error));
        case gunzip_errc::no_memory:
            return refused(speaks, 503, message(error));
        case gunzip_errc::damaged:
            break;
    }
    return refused(speaks, 400, message(error));
}

}  // namespace

write_upload::write_upload(upload_parts parts) : parts_(std::move(parts)), share_(parts_.bodies) {
    if (parts_.coded == encoding::gzip) gunzip_.emplace(parts_.limits);
}

write_upload::~write_upload() {
    parts_.receipt->forget();
}

std::optional<reply> write_upload::feed(std::string_view bytes) {
    parts_.counters.body_bytes.add(bytes.size());
    return gunzip_ ? feed_gzip(bytes) : feed_plain(bytes);
}

std::optional<reply> write_upload::feed_plain(std::string_view bytes) {
    plain_bytes_ += bytes.size();
    if (plain_bytes_ > parts_.limits.bytes_max) {
        return refusal_of(parts_.speaks, gunzip_errc::too_much);
    }
    parts_.body->feed(bytes);
    return within_budget();
}

std::optional<reply> write_upload::feed_gzip(std::string_view bytes) {
    for (;;) {
        const auto inflated = gunzip_->next(bytes, parts_.scratch);
        if (!inflated) return refusal_of(parts_.speaks, inflated.error());
        if (inflated->empty()) return std::nullopt;
        parts_.body->feed(*inflated);
        if (auto early = within_budget()) return early;
    }
}

std::optional<reply> write_upload::within_budget() {
    const auto held = parts_.body->bytes_held() + (gunzip_ ? gunzip::bytes_held : 0);
    if (share_.hold(held)) return std::nullopt;
    parts_.counters.over_budget.add();
    return refused(parts_.speaks, 503, "too many large bodies at once");
}

std::optional<reply> write_upload::finish(std::function<void()> wake) {
    if (gunzip_ && !gunzip_->at_boundary()) {
        return refused(parts_.speaks, 400, "unable to read data: unexpected EOF");
    }
    result_ = parts_.body->finish();
    parts_.body.reset();
    gunzip_.reset();
    static_cast<void>(share_.hold(0));
    if (result_.batches == 0) return nothing_taken();
    if (parts_.receipt->expect(result_.batches, std::move(wake))) return answer();
    return std::nullopt;
}

reply write_upload::nothing_taken() const {
    if (result_.rejected == 0) return written(parts_.speaks, durable::disk, 0);
    if (result_.rejected == 1) return refused(parts_.speaks, 400, result_.first_error);
    const auto more = result_.rejected - 1;
    return refused(
        parts_.speaks, 400,
        fmt::format("{} (and {} other{})", result_.first_error, more, more == 1 ? "" : "s"));
}

reply write_upload::answer() {
    switch (parts_.receipt->now()) {
        using enum body_receipt::outcome;
        case disk:
            return written(parts_.speaks, durable::disk, result_.rejected);
        case kernel:
            return written(parts_.speaks, durable::kernel, result_.rejected);
        case memory:
            return written(parts_.speaks, durable::no, result_.rejected);
        case refused:
            return listen::refused(parts_.speaks, 503, "the journal's queue is full");
        case unknown:
            break;
    }
    return listen::refused(parts_.speaks, 503, "the journal did not take the body in time");
}

}  // namespace relay::listen
