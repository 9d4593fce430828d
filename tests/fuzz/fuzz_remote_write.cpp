// The body of remote write against protozero's message: any labels, names, values and times. That
// of 2.0 is read again by libprotobuf, and says the same. The input is cut at 0xff into texts: a
// header of 16 bytes, the metric, an extra label, labels.

#include "protocol/remote_write.hpp"
#include "protocol/remote_write_2.hpp"
#include "relay/base/check.hpp"
#include "tests/support/remote_write_2_reader.hpp"

#include <snappy.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace relay::protocol;
namespace test_support = relay::test_support;

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

/// Labels as a label_block takes them.
void settle(std::vector<label>& labels) {
    std::ranges::stable_sort(labels, {}, &label::name);
    const auto same = [](const label& a, const label& b) { return a.name == b.name; };
    labels.erase(std::unique(labels.begin(), labels.end(), same), labels.end());
    std::erase_if(labels, [](const label& l) { return l.name == metric_name_label; });
}

/// A name of that size that may stand on the other side of `__name__`.
std::string in_other_case(std::string_view name) {
    std::string out(name);
    if (!out.empty()) out.front() = static_cast<char>(out.front() ^ 0x20);
    return out;
}

std::string message_of(write_request& request) {
    const auto body = request.body();
    std::string bytes;
    RELAY_CHECK(snappy::Uncompress(body.data(), body.size(), &bytes));
    return bytes;
}

bool same_bits(double a, double b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Whether 2.0 says what 1.0 says. Only of texts that libprotobuf takes, of names and values that
/// are there, as those that a naming gives are.
void check_2(write_request_2& request, std::string_view message_1) {
    const auto one = test_support::read_write_request(message_1);
    if (!one) return;
    for (const auto& series : *one) {
        for (const auto& [name, value] : series.labels) {
            if (name.empty() || value.empty()) return;
        }
    }
    const auto two = test_support::read_remote_write_2_body(request.body());
    RELAY_CHECK(two.problem.empty());
    RELAY_CHECK(two.series.size() == one->size());
    for (std::size_t i = 0; i < one->size(); ++i) {
        const auto& a = (*one)[i];
        const auto& b = two.series[i].series;
        RELAY_CHECK(a.labels == b.labels);
        RELAY_CHECK(a.samples.front().time_ms == b.samples.front().time_ms);
        RELAY_CHECK(same_bits(a.samples.front().value, b.samples.front().value));
    }
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
    settle(labels);
    auto with_other_case = labels;
    std::vector<std::string> other_names(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
        other_names[i] = in_other_case(labels[i].name);
        with_other_case[i].name = other_names[i];
    }
    settle(with_other_case);
    auto with_one_less = labels;
    if (!labels.empty()) with_one_less.pop_back();

    shared_label name({metric_name_label, metric});
    shared_label more(extra);
    const metric_metadata about{metric, metric_type_number::gauge, metric.substr(0, 100), {}};
    name.describe(&about);
    line_series line;
    write_request request;
    line_symbols line_2;
    write_request_2 request_2;
    std::string plain;
    // Lines that have all in common, the size alone, or all but a label.
    for (const auto* of : {&labels, &labels, &with_other_case, &labels, &with_one_less}) {
        const label_block block(*of);
        line.begin(block, time_ms);
        line_2.begin(block, time_ms);
        for (const double v : {value, value, 0.0}) {
            request.add(line, name, nullptr, v);
            request_2.add(line_2, name, nullptr, v);
            plain += plainly(*of, metric, v, time_ms);
        }
        const auto is_extra = [&](const label& l) { return l.name == extra.name; };
        if (extra.name == metric_name_label || std::ranges::any_of(*of, is_extra)) continue;
        auto with_extra = *of;
        with_extra.push_back(extra);
        for (const double v : {value, 0.0}) {
            request.add(line, name, &more, v);
            request_2.add(line_2, name, &more, v);
            plain += plainly(with_extra, metric, v, time_ms);
        }
    }
    RELAY_CHECK(message_of(request) == plain);
    check_2(request_2, plain);
    return 0;
}
