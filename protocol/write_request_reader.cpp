#include "protocol/write_request_reader.hpp"

#include "protocol/remote_write.hpp"

#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <snappy.h>

namespace relay::protocol {
namespace {

std::string_view text_of(protozero::pbf_reader& from) {
    const auto view = from.get_view();
    return {view.data(), view.size()};
}

/// In quotes, with the three escapes of Prometheus' text format.
void append_value(std::string& out, std::string_view value) {
    out += '"';
    for (const char c : value) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

struct series_text {
    std::string name, labels;

    void add_label(protozero::pbf_reader label) {
        std::string_view key;
        std::string_view value;
        while (label.next()) {
            if (label.tag() == 1)
                key = text_of(label);
            else if (label.tag() == 2)
                value = text_of(label);
            else
                label.skip();
        }
        if (key == metric_name_label) {
            name = value;
            return;
        }
        if (!labels.empty()) labels += ',';
        labels.append(key).append("=");
        append_value(labels, value);
    }
};

seen_sample read_sample(protozero::pbf_reader sample) {
    seen_sample out;
    while (sample.next()) {
        if (sample.tag() == 1)
            out.value = sample.get_double();
        else if (sample.tag() == 2)
            out.time_ms = sample.get_int64();
        else
            sample.skip();
    }
    return out;
}

void read_series(protozero::pbf_reader series, std::vector<seen_sample>& into) {
    series_text text;
    const auto first = into.size();
    while (series.next()) {
        if (series.tag() == 1)
            text.add_label(series.get_message());
        else if (series.tag() == 2)
            into.push_back(read_sample(series.get_message()));
        else
            series.skip();
    }
    for (auto i = first; i < into.size(); ++i)
        into[i].series = text.name + '{' + text.labels + '}';
}

}  // namespace

std::optional<std::vector<seen_sample>> read_write_request(std::string_view body) {
    std::string bytes;
    if (!snappy::Uncompress(body.data(), body.size(), &bytes)) return {};
    std::vector<seen_sample> out;
    try {
        protozero::pbf_reader request(bytes.data(), bytes.size());
        while (request.next()) {
            if (request.tag() == 1)
                read_series(request.get_message(), out);
            else
                request.skip();
        }
    } catch (const protozero::exception&) {
        return {};
    }
    return out;
}

}  // namespace relay::protocol
