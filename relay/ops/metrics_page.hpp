// What a page of metrics is made of: families with their rows. The only header that knows
// prometheus-cpp, of which we take the text format alone. Used by the pages of ops, nobody else.
#pragma once

#include "relay/base/counter.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ops::metrics {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

inline double seconds(std::int64_t nanoseconds) {
    return static_cast<double>(nanoseconds) / 1e9;
}
inline double number(const counter& from) {
    return static_cast<double>(from.value());
}
inline double number(const shared_counter& from) {
    return static_cast<double>(from.value());
}
inline double number(const gauge& from) {
    return static_cast<double>(from.value());
}

/// The page as it grows. Names get their `pverelay_` here.
class page {
public:
    MetricFamily& family(std::string_view name, std::string_view help, MetricType type) {
        return families_.emplace_back(
            MetricFamily{"pverelay_" + std::string(name), std::string(help), type, {}});
    }
    [[nodiscard]] std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return std::move(out).str();
    }

private:
    std::vector<MetricFamily> families_;
};

inline void add(MetricFamily& family, labels with, double value) {
    auto& metric = family.metric.emplace_back();
    metric.label = std::move(with);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

/// One row per metric: its name, its sentence, and where its number stands.
template <class Source>
struct row {
    std::string_view name;
    std::string_view help;
    MetricType type;
    double (*read)(const Source&);
};

constexpr auto counted = MetricType::Counter;
constexpr auto level = MetricType::Gauge;

}  // namespace relay::ops::metrics
