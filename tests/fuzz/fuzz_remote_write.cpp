// The body of remote write against protozero's message: any labels, names, values and times.
// The input is cut at 0xff into texts: a header of 16 bytes, the metric, an extra label, labels.

#include "protocol/remote_write.hpp"
#include "relay/base/check.hpp"

#include <snappy.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace relay::protocol;

std::string_view cut(std::string_view& rest) {
    const auto text = rest.substr(0, rest.find('\xff'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    return text;
}

std::string plainly(std::vector<label> labels, std::string_view metric, double value,
                    std::int64_t time_ms) {
    labels.push_back({metric_name_label, metric});
    std::ranges::sort(labels, {}, &label::name);
    std::string out;
    append_series(out, labels, value, time_ms);
    return out;
}

std::string message_of(write_request& request) {
    const auto body = request.body();
    std::string bytes;
    RELAY_CHECK(snappy::Uncompress(body.data(), body.size(), &bytes));
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    double value = 0;
    std::int64_t time_ms = 0;
    if (size < sizeof value + sizeof time_ms) return 0;
    std::memcpy(&value, data, sizeof value);
    std::memcpy(&time_ms, data + sizeof value, sizeof time_ms);
    std::string_view rest(reinterpret_cast<const char*>(data) + 16, size - 16);
    const auto metric = cut(rest);
    const label extra{cut(rest), cut(rest)};
    std::vector<label> labels;
    while (!rest.empty()) {
        const auto name = cut(rest);
        labels.push_back({name, cut(rest)});
    }
    std::ranges::sort(labels, {}, &label::name);
    const auto same = [](const label& a, const label& b) { return a.name == b.name; };
    labels.erase(std::unique(labels.begin(), labels.end(), same), labels.end());
    std::erase_if(labels, [](const label& l) { return l.name == metric_name_label; });

    const label_block block(labels);
    shared_label name({metric_name_label, metric});
    shared_label more(extra);
    line_series line;
    write_request request;
    std::string plain;
    const auto is_extra = [&](const label& l) { return l.name == extra.name; };
    const bool takes_extra =
        extra.name != metric_name_label && std::ranges::none_of(labels, is_extra);
    auto with_extra = labels;
    with_extra.push_back(extra);
    for (int i = 0; i < 3; ++i) {
        // The second line has the first one's labels, the third one less.
        if (i == 2 && !labels.empty()) {
            labels.pop_back();
            with_extra.erase(with_extra.end() - 2);
        }
        line.begin(i == 2 ? label_block(labels) : block, time_ms);
        for (const double v : {value, value, 0.0}) {
            request.add(line, name, nullptr, v);
            plain += plainly(labels, metric, v, time_ms);
        }
        if (!takes_extra) continue;
        for (const double v : {value, 0.0}) {
            request.add(line, name, &more, v);
            plain += plainly(with_extra, metric, v, time_ms);
        }
    }
    RELAY_CHECK(message_of(request) == plain);
    return 0;
}
