// The hand-laid remote write bytes against protozero's: any labels, any name, any value, any time.
// The input is cut at 0xff into texts: a header of 16 bytes, the metric, an extra label, labels.

#include "protocol/remote_write.hpp"
#include "relay/base/check.hpp"

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

    label_block block;
    write_request request;
    block.assign(labels, time_ms);
    request.add(block, metric, value);
    RELAY_CHECK(request.bytes() == plainly(labels, metric, value, time_ms));

    const auto is_extra = [&](const label& l) { return l.name == extra.name; };
    if (extra.name == metric_name_label || std::ranges::any_of(labels, is_extra)) return 0;
    request.clear();
    request.add(block, metric, extra, value);
    labels.push_back(extra);
    RELAY_CHECK(request.bytes() == plainly(labels, metric, value, time_ms));
    return 0;
}
