#include "protocol/gzip_member.hpp"

#include "relay/base/check.hpp"

#include <zlib.h>
#ifdef RELAY_HAVE_ISAL
#include <isa-l.h>
#endif

#include <algorithm>
#include <optional>

namespace relay::protocol {
namespace {

// RFC 1952, section 2.3.1.
constexpr unsigned char flag_crc = 2, flag_extra = 4, flag_name = 8, flag_comment = 16;
constexpr unsigned char flags_reserved = 0xe0;
constexpr std::size_t fixed_bytes = 10;
[[maybe_unused]] constexpr std::size_t trailer_bytes = 8;  // zlib's twin reads it itself

// Bytes of deflate at least: an empty block. Growth beyond what was foreseen goes by this.
constexpr std::size_t growth_bytes = 64 << 10;

unsigned char byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

void append_le(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out.push_back(static_cast<char>(value >> (8 * i)));
}

// No time, no name: equal text gives equal bytes. 4: "fastest algorithm"; 255: unknown system.
void append_header(std::string& out, std::string_view extra) {
    const char flags = extra.empty() ? '\0' : static_cast<char>(flag_extra);
    out.append({'\x1f', '\x8b', '\x08', flags, 0, 0, 0, 0, '\x04', '\xff'});
    if (extra.empty()) return;
    append_le(out, static_cast<std::uint32_t>(extra.size()), 2);
    out.append(extra);
}

// Where the zero-terminated field that begins at `from` ends, or nothing.
std::optional<std::size_t> after_zero(std::string_view member, std::size_t from) {
    const auto zero = member.find('\0', from);
    if (zero == std::string_view::npos) return std::nullopt;
    return zero + 1;
}

// Bytes before the deflate stream.
expected<std::size_t, gzip_errc> header_bytes(std::string_view member) {
    constexpr std::string_view magic("\x1f\x8b\x08", 3);
    if (member.substr(0, 3) != magic.substr(0, member.size())) {
        return unexpected(gzip_errc::not_gzip);
    }
    if (member.size() < fixed_bytes) return unexpected(gzip_errc::truncated);
    const auto flags = byte_at(member, 3);
    if ((flags & flags_reserved) != 0) return unexpected(gzip_errc::not_gzip);
    std::optional<std::size_t> at = fixed_bytes;
    if ((flags & flag_extra) != 0) {
        if (member.size() < fixed_bytes + 2) return unexpected(gzip_errc::truncated);
        at = fixed_bytes + 2 + byte_at(member, 10) + 256u * byte_at(member, 11);
    }
    if ((flags & flag_name) != 0) at = after_zero(member, *at);
    if (at && (flags & flag_comment) != 0) at = after_zero(member, *at);
    if (at && (flags & flag_crc) != 0) *at += 2;
    if (!at || *at > member.size()) return unexpected(gzip_errc::truncated);
    return *at;
}

// A little more than the text asks for in most members of ours (they shrink to a fifth), never more
// than one byte beyond the bound: that one byte tells "full" from "too large".
std::size_t next_size(std::size_t now, std::size_t member_bytes, std::size_t text_bytes_max) {
    const auto wish = now == 0 ? member_bytes * 6 + 1024 : now * 2 + growth_bytes;
    return std::min(wish, text_bytes_max + 1);
}

// Both inflaters verify the trailer and say how much of `body` (deflate and trailer) they took.
#ifdef RELAY_HAVE_ISAL

class inflater {
public:
    explicit inflater(std::string_view body)
        : state_(std::make_unique_for_overwrite<inflate_state>()),
          bytes_(body.size()) {
        isal_inflate_init(state_.get());
        state_->crc_flag = ISAL_GZIP_NO_HDR_VER;
        state_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(body.data()));
        state_->avail_in = static_cast<std::uint32_t>(body.size());
    }
    // Fills the room as far as it can.
    std::optional<gzip_errc> fill(char* room, std::size_t bytes, std::size_t& made) {
        state_->next_out = reinterpret_cast<std::uint8_t*>(room);
        state_->avail_out = static_cast<std::uint32_t>(bytes);
        const auto result = isal_inflate(state_.get());
        made = bytes - state_->avail_out;
        if (result != ISAL_DECOMP_OK) return gzip_errc::corrupt;
        if (!finished() && state_->avail_in == 0 && state_->avail_out > 0) {
            return gzip_errc::truncated;
        }
        return std::nullopt;
    }
    bool finished() const { return state_->block_state == ISAL_BLOCK_FINISH; }
    std::size_t taken() const {
        return bytes_ - state_->avail_in - static_cast<std::size_t>(state_->read_in_length / 8);
    }

private:
    std::unique_ptr<inflate_state> state_;
    std::size_t bytes_;
};

#else

class inflater {
public:
    explicit inflater(std::string_view body) : body_(body) {
        RELAY_CHECK(inflateInit2(&stream_, -MAX_WBITS) == Z_OK);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
        stream_.avail_in = static_cast<uInt>(body.size());
    }
    ~inflater() { inflateEnd(&stream_); }
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;

    std::optional<gzip_errc> fill(char* room, std::size_t bytes, std::size_t& made) {
        stream_.next_out = reinterpret_cast<Bytef*>(room);
        stream_.avail_out = static_cast<uInt>(bytes);
        const auto result = ::inflate(&stream_, Z_NO_FLUSH);
        made = bytes - stream_.avail_out;
        crc_ = ::crc32(crc_, reinterpret_cast<const Bytef*>(room), static_cast<uInt>(made));
        text_bytes_ += made;
        if (result == Z_STREAM_END) return check_trailer();
        if (result == Z_BUF_ERROR || (result == Z_OK && stream_.avail_in == 0)) {
            if (stream_.avail_out > 0) return gzip_errc::truncated;
            return std::nullopt;
        }
        if (result != Z_OK) return gzip_errc::corrupt;
        return std::nullopt;
    }
    bool finished() const { return finished_; }
    std::size_t taken() const { return body_.size() - stream_.avail_in + trailer_bytes; }

private:
    std::optional<gzip_errc> check_trailer() {
        if (stream_.avail_in < trailer_bytes) return gzip_errc::truncated;
        std::string trailer;
        append_le(trailer, static_cast<std::uint32_t>(crc_), 4);
        append_le(trailer, static_cast<std::uint32_t>(text_bytes_), 4);
        const auto at = body_.size() - stream_.avail_in;
        if (body_.substr(at, trailer_bytes) != trailer) return gzip_errc::corrupt;
        finished_ = true;
        return std::nullopt;
    }

    std::string_view body_;
    z_stream stream_{};
    uLong crc_ = 0;
    std::size_t text_bytes_ = 0;
    bool finished_ = false;
};

#endif

// Appends the text to `out`. On failure `out` is longer by what had come out; the caller cuts it.
expected<std::size_t, gzip_errc> inflate_body(std::string_view body, std::size_t text_bytes_max,
                                              std::string& out) {
    const auto before = out.size();
    inflater stream(body);
    std::size_t text_bytes = 0;
    std::size_t room = 0;
    do {
        if (text_bytes == room) {
            room = next_size(room, body.size(), text_bytes_max);
            out.resize(before + room);
        }
        std::size_t made = 0;
        const auto failure = stream.fill(out.data() + before + text_bytes, room - text_bytes, made);
        text_bytes += made;
        if (text_bytes > text_bytes_max) return unexpected(gzip_errc::too_large);
        if (failure) return unexpected(*failure);
    } while (!stream.finished());
    out.resize(before + text_bytes);
    return stream.taken();
}

}  // namespace

std::string_view to_string(gzip_errc code) noexcept {
    switch (code) {
        case gzip_errc::not_gzip:
            return "not a gzip member";
        case gzip_errc::corrupt:
            return "the gzip member is damaged";
        case gzip_errc::truncated:
            return "the gzip member ends too early";
        case gzip_errc::too_large:
            return "the gzip member inflates to more than is allowed";
    }
    return "unknown";
}

struct gzip_compressor::state {
    virtual ~state() = default;
    /// Appends deflate stream and trailer.
    virtual void deflate(std::string_view text, std::string& out) = 0;
};

namespace {

// What incompressible text can grow by, generously: stored blocks cost 5 bytes per 64 KiB.
std::size_t deflate_bound(std::size_t text_bytes) {
    return text_bytes + text_bytes / 512 + 1024;
}

class zlib_state final : public gzip_compressor::state {
public:
    zlib_state() {
        RELAY_CHECK(deflateInit2(&stream_, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) ==
                    Z_OK);
    }
    ~zlib_state() override { deflateEnd(&stream_); }

    void deflate(std::string_view text, std::string& out) override {
        RELAY_CHECK(deflateReset(&stream_) == Z_OK);
        const auto before = out.size();
        const auto room = std::max<std::size_t>(
            deflate_bound(text.size()), deflateBound(&stream_, static_cast<uLong>(text.size())));
        out.resize(before + room);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream_.avail_out = static_cast<uInt>(room);
        RELAY_CHECK(::deflate(&stream_, Z_FINISH) == Z_STREAM_END);
        out.resize(before + room - stream_.avail_out);
        const auto crc =
            ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
        append_le(out, static_cast<std::uint32_t>(crc), 4);
        append_le(out, static_cast<std::uint32_t>(text.size()), 4);
    }

private:
    z_stream stream_{};
};

#ifdef RELAY_HAVE_ISAL

class isal_state final : public gzip_compressor::state {
public:
    isal_state() : tables_(std::make_unique_for_overwrite<std::uint8_t[]>(tables_bytes)) {}

    void deflate(std::string_view text, std::string& out) override {
        isal_deflate_init(&stream_);
        stream_.level = 1;
        stream_.level_buf = tables_.get();
        stream_.level_buf_size = tables_bytes;
        stream_.gzip_flag = IGZIP_GZIP_NO_HDR;
        stream_.end_of_stream = 1;
        stream_.flush = NO_FLUSH;
        stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<std::uint32_t>(text.size());
        const auto before = out.size();
        auto made = before;
        auto room = deflate_bound(text.size());
        do {
            out.resize(made + room);
            stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data() + made);
            stream_.avail_out = static_cast<std::uint32_t>(room);
            RELAY_CHECK(isal_deflate(&stream_) == COMP_OK);
            made += room - stream_.avail_out;
            room = growth_bytes;
        } while (stream_.internal_state.state != ZSTATE_END);
        out.resize(made);
    }

private:
    static constexpr std::uint32_t tables_bytes = ISAL_DEF_LVL1_DEFAULT;

    // Both are ISA-L's to initialise. Zeroed here, they would be resident before the first text.
    isal_zstream stream_;
    std::unique_ptr<std::uint8_t[]> tables_;
};

#endif

}  // namespace

gzip_compressor::gzip_compressor(engine which) {
#ifdef RELAY_HAVE_ISAL
    if (which == engine::isal) {
        state_ = std::make_unique<isal_state>();
        return;
    }
#endif
    static_cast<void>(which);
    state_ = std::make_unique<zlib_state>();
}

gzip_compressor::~gzip_compressor() = default;
gzip_compressor::gzip_compressor(gzip_compressor&&) noexcept = default;
gzip_compressor& gzip_compressor::operator=(gzip_compressor&&) noexcept = default;

void gzip_compressor::compress(std::string_view text, std::string_view extra, std::string& out) {
    RELAY_CHECK(extra.size() <= 65'535);
    append_header(out, extra);
    state_->deflate(text, out);
}

expected<std::size_t, gzip_errc> inflate_member(std::string_view member, std::size_t text_bytes_max,
                                                std::string& out) {
    const auto header = header_bytes(member);
    if (!header) return header;
    const auto before = out.size();
    auto body = inflate_body(member.substr(*header), text_bytes_max, out);
    if (!body) {
        out.resize(before);
        return body;
    }
    return *header + *body;
}

expected<std::size_t, gzip_errc> inflate_member(std::string_view member, std::span<char> room) {
    const auto header = header_bytes(member);
    if (!header) return header;
    inflater stream(member.substr(*header));
    std::size_t text_bytes = 0;
    const auto failure = stream.fill(room.data(), room.size(), text_bytes);
    if (failure) return unexpected(*failure);
    if (!stream.finished()) return unexpected(gzip_errc::too_large);
    return text_bytes;
}

}  // namespace relay::protocol
