#include "relay/listen/gunzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace relay::listen {
namespace {

constexpr int gzip_only = 15 + 16;  // zlib.h: windowBits + 16 reads gzip and nothing else

}  // namespace

struct gunzip::state {
    gunzip_limits limits;
    z_stream stream{};
    bool usable = false;
    bool boundary = true;
    std::uint64_t read = 0;
    std::uint64_t made = 0;

    [[nodiscard]] bool suspicious() const noexcept {
        return made > limits.free_bytes && made / limits.ratio_max > read;
    }
};

gunzip::gunzip(gunzip_limits limits) : state_(std::make_unique<state>()) {
    state_->limits = limits;
    state_->usable = ::inflateInit2(&state_->stream, gzip_only) == Z_OK;
}

gunzip::~gunzip() {
    if (state_->usable) ::inflateEnd(&state_->stream);
}

expected<std::string_view, gunzip_errc> gunzip::next(std::string_view& in, std::span<char> out) {
    auto& s = *state_;
    if (!s.usable) return unexpected(gunzip_errc::no_memory);
    constexpr std::size_t step_max = std::numeric_limits<uInt>::max();
    std::size_t made = 0;
    // A member may end without having made a byte, and another may follow it.
    while (made == 0) {
        const auto offered = std::min(in.size(), step_max);
        // zlib reads through a pointer to non-const and never writes there.
        s.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        s.stream.avail_in = static_cast<uInt>(offered);
        s.stream.next_out = reinterpret_cast<Bytef*>(out.data());
        s.stream.avail_out = static_cast<uInt>(std::min(out.size(), step_max));
        const auto room = s.stream.avail_out;

        const int result = ::inflate(&s.stream, Z_NO_FLUSH);

        const auto used = offered - s.stream.avail_in;
        made = room - s.stream.avail_out;
        in.remove_prefix(used);
        s.read += used;
        s.made += made;
        if (used > 0) s.boundary = false;
        if (result == Z_STREAM_END) {
            s.boundary = true;
            ::inflateReset(&s.stream);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return unexpected(result == Z_MEM_ERROR ? gunzip_errc::no_memory
                                                    : gunzip_errc::damaged);
        }
        if (s.made > s.limits.bytes_max) return unexpected(gunzip_errc::too_much);
        if (s.suspicious()) return unexpected(gunzip_errc::suspicious);
        if (in.empty() || used == 0) break;
    }
    return std::string_view(out.data(), made);
}

bool gunzip::at_boundary() const noexcept {
    return state_->boundary;
}

std::string_view message(gunzip_errc error) noexcept {
    switch (error) {
        case gunzip_errc::damaged:
            return "unable to read data: gzip: invalid header or checksum";
        case gunzip_errc::too_much:
            return "unable to read data: points batch is too large";
        case gunzip_errc::suspicious:
            return "unable to read data: the body inflates to more than any measurements do";
        case gunzip_errc::no_memory:
            return "no memory to inflate the body";
    }
    return "";
}

}  // namespace relay::listen
