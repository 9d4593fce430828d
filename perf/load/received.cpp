#include "perf/load/received.hpp"

#include <protozero/pbf_reader.hpp>
#include <snappy.h>
#include <zlib.h>

namespace relay::load {
namespace {

/// The first of `wanted` in `line` at or after `from` that no backslash and no quote hides.
std::size_t find_bare(std::string_view line, std::size_t from, char wanted) {
    bool is_quoted = false;
    for (auto i = from; i < line.size(); ++i) {
        if (line[i] == '\\') {
            ++i;
        } else if (line[i] == '"') {
            is_quoted = !is_quoted;
        } else if (line[i] == wanted && !is_quoted) {
            return i;
        }
    }
    return line.size();
}

std::uint64_t fields_of(std::string_view line) {
    const auto begin = find_bare(line, 0, ' ') + 1;
    const auto end = find_bare(line, begin, ' ');
    std::uint64_t fields = begin < line.size() ? 1 : 0;
    for (auto i = find_bare(line, begin, ','); i < end; i = find_bare(line, i + 1, ','))
        ++fields;
    return fields;
}

/// Whether a Label (name = 1, value = 2) is a name that is awaited.
bool is_mark(protozero::pbf_reader label) {
    bool is_name = false;
    while (label.next()) {
        const auto view = label.get_view();
        const std::string_view text(view.data(), view.size());
        if (label.tag() == 1) is_name = text == "__name__";
        if (label.tag() == 2 && is_name) return text.starts_with(mark);
    }
    return false;
}

void count_series(protozero::pbf_reader series, counted& sum) {
    ++sum.lines;
    while (series.next()) {
        if (series.tag() == 1) {  // repeated Label labels = 1
            sum.marked += is_mark(series.get_message()) ? 1 : 0;
        } else {  // repeated Sample samples = 2
            series.skip();
            ++sum.samples;
        }
    }
}

}  // namespace

counted count_lines(std::string_view text) {
    counted sum;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        if (!line.empty()) {
            ++sum.lines;
            sum.samples += fields_of(line);
            sum.marked += line.starts_with(mark) ? 1 : 0;
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return sum;
}

std::optional<counted> count_remote_write(std::string_view body, std::string& scratch) {
    if (!snappy::Uncompress(body.data(), body.size(), &scratch)) return std::nullopt;
    counted sum;
    try {
        protozero::pbf_reader request(scratch);
        while (request.next(1)) {  // repeated TimeSeries timeseries = 1
            count_series(request.get_message(), sum);
        }
    } catch (const protozero::exception&) {
        return std::nullopt;
    }
    return sum;
}

bool inflate_members(std::string_view body, std::string& out) {
    static constexpr std::size_t part_bytes = 256 << 10;
    out.clear();
    z_stream stream{};
    if (::inflateInit2(&stream, 15 + 16) != Z_OK) return false;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream.avail_in = static_cast<uInt>(body.size());
    int state = Z_OK;
    do {
        if (state == Z_STREAM_END) ::inflateReset(&stream);
        const auto before = out.size();
        out.resize(before + part_bytes);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = part_bytes;
        state = ::inflate(&stream, Z_NO_FLUSH);  // Z_BUF_ERROR where a member is cut short
        out.resize(before + part_bytes - stream.avail_out);
    } while (state == Z_OK || (state == Z_STREAM_END && stream.avail_in > 0));
    ::inflateEnd(&stream);
    return state == Z_STREAM_END;
}

}  // namespace relay::load
