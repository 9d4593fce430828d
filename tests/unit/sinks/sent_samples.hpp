// What a Prometheus sink sends of some lines, as text.
#pragma once

#include "sinks/prometheus.hpp"
#include "tests/support/remote_write_reader.hpp"
#include "tests/unit/sinks/records.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace relay::sinks {

/// name{labels} -> value
using samples = std::map<std::string, double>;

inline prometheus_options sent_options(std::vector<naming_kind> naming) {
    prometheus_options o;
    o.url = "http://127.0.0.1:9090/api/v1/write";
    o.naming = std::move(naming);
    return o;
}

/// Of one record, in as many requests as it takes; the last value of a series.
inline samples sent_by(prometheus& sink, const std::string& text, journal::sequence sequence = 1) {
    const std::vector<journal::record_ptr> records{text_record(sequence, text)};
    samples out;
    for (place at; at.record < records.size();) {
        const auto e = sink.encode(records, at, 1'000'000);
        EXPECT_GT(e.end, at);
        at = e.end;
        const auto series = test_support::read_remote_write_body(e.request.body);
        EXPECT_TRUE(series);
        if (!series) break;
        for (const auto& one : *series)
            out[one.text()] = one.samples.at(0).value;
    }
    return out;
}

inline samples sent_samples(const std::string& text, prometheus_options o) {
    prometheus sink(std::move(o));
    return sent_by(sink, text);
}

}  // namespace relay::sinks
