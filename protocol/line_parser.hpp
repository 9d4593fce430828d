// Line protocol, bytes to points. One pass, no copy; nothing is allocated per line once the
// parser's buffers have grown to the widest line. The grammar and each choice where stores
// disagree: docs/line-protocol.md.
//
//     line_parser parser(limits);
//     std::string_view rest = body;
//     for (;;) switch (parser.next(rest, input_end::yes)) {
//         case outcome::point:   use(parser.point()); break;
//         case outcome::failure: count(parser.error()); break;
//         default:               return;
//     }
//
// Not thread-safe. A parser may be used for any number of bodies; reset() where one is abandoned.
#pragma once

#include "protocol/parse_error.hpp"
#include "protocol/point.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {

/// What one unit of a timestamp means: InfluxDB's ns, us, ms, s and the v1 API's m and h.
enum class precision : std::uint8_t { ns, us, ms, s, m, h };

/// Nanoseconds in one unit.
[[nodiscard]] constexpr std::int64_t nanoseconds_per(precision unit) noexcept {
    constexpr std::int64_t table[] = {
        1, 1'000, 1'000'000, 1'000'000'000, 60'000'000'000, 3'600'000'000'000};
    return table[static_cast<std::size_t>(unit)];
}

/// Which spellings are accepted. `proxmox` adds what only pvestatd and proxmox-backup-proxy write:
/// a leading plus in a number (+5), and `null`, whose field is left out. It refuses what it knows
/// as broken: a line without timestamp before one that begins with a comma is the first half of a
/// line that a newline in a value tore in two.
enum class dialect : std::uint8_t { common, proxmox };

struct parse_limits {
    std::size_t line_bytes = 1 << 20;  // InfluxDB's bound of a string is 1 MiB
    std::size_t name_bytes = 65'535;   // InfluxDB's bound of a series key, as it stands in the line
    std::size_t string_bytes = 65'536;  // InfluxDB 3 refuses longer ones
    std::size_t tags = 4'096;
    std::size_t fields = 4'096;
    bool operator==(const parse_limits&) const = default;
};

/// Whether more bytes of the same body may follow.
enum class input_end : std::uint8_t { no, yes };

class line_parser {
public:
    enum class outcome : std::uint8_t {
        point,      // point() holds it
        failure,    // error() says why; only this line is lost
        need_more,  // the line may go on beyond `text` (only with input_end::no)
        end,        // nothing but blank lines and comments was left (only with input_end::yes)
    };

    explicit line_parser(parse_limits limits = {});

    /// Reads one line from the front of `text`, past blank lines and comments, and moves `text`
    /// behind it. On need_more `text` stands at the beginning of the unfinished line. A refused
    /// line ends at the first newline that cannot belong to a string of it, so that no neighbour
    /// is swallowed and no text inside a string is ever read as a line. A quote that does not
    /// close within the body, or within line_bytes of its line's beginning, begins no string.
    [[nodiscard]] outcome next(std::string_view& text, input_end end);

    /// Forgets a line that was too long to wait for, where its body will not be read to its end.
    void reset() noexcept { skipping_ = false; }

    /// Whether the next text begins where a line may: not within one that was too long.
    [[nodiscard]] bool is_between_lines() const noexcept { return !skipping_; }

    /// How timestamps are read from now on. Default ns.
    void set_precision(precision unit) noexcept {
        unit_ = nanoseconds_per(unit);
        last_time_ = {};
    }
    void set_dialect(dialect which) noexcept { dialect_ = which; }

    /// The point of the last call. Its views point into that call's text or into this parser, and
    /// hold until the next call. Its tags and fields may be reordered in place.
    [[nodiscard]] protocol::point& point() noexcept { return point_; }

    /// The point's measurement and tags as they stand in the text: equal texts are one series key,
    /// so that what follows from it need be found out only once. Holds as long as the text.
    [[nodiscard]] std::string_view series_key() const noexcept { return series_key_; }

    /// The point's field set as it stands in the text, if that is how line_writer would spell it:
    /// nothing was unescaped or left out, no number is mended. Else empty. Holds as long as the
    /// text.
    [[nodiscard]] std::string_view canonical_fields() const noexcept { return canonical_fields_; }

    [[nodiscard]] const parse_error& error() const noexcept { return error_; }

private:
    class reading;  // of one line

    /// A timestamp as it was spelt, and what it was: most lines have that of the line before.
    struct spelt_time {
        std::array<char, 20> text{};
        std::size_t bytes = 0;
        std::int64_t time_ns = 0;
    };

    /// Moves `text` to the beginning of the next line. @returns whether there is one.
    bool skip_to_line(std::string_view& text, input_end end);
    /// Whether what was read may be the first half of a broken line.
    [[nodiscard]] bool may_be_torn() const noexcept {
        return dialect_ == dialect::proxmox && !point_.time_ns;
    }
    outcome refuse_too_long(std::string_view& text, input_end end);

    parse_limits limits_;
    std::int64_t unit_ = 1;
    dialect dialect_ = dialect::common;
    /// The text stands inside of a line or comment longer than line_bytes, already dealt with.
    bool skipping_ = false;
    protocol::point point_;
    std::string_view series_key_;
    std::string_view canonical_fields_;
    spelt_time last_time_;  // in this precision
    parse_error error_;
    std::vector<tag> tags_;
    std::vector<field> fields_;
    std::vector<std::string_view> sorted_keys_;  // of many tags, in search of one given twice
    std::string unescaped_;  // what needed unescaping; reserved so that views into it stay valid
};

}  // namespace relay::protocol
