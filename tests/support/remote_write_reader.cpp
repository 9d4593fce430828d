#include "tests/support/remote_write_reader.hpp"

#include "remote.pb.h"

#include <snappy.h>

namespace relay::test_support {

std::string read_series::label(std::string_view name) const {
    for (const auto& [key, value] : labels) {
        if (key == name) return value;
    }
    return {};
}

std::string read_series::text() const {
    std::string out;
    for (const auto& [key, value] : labels) {
        if (key == "__name__") continue;
        out += (out.empty() ? "" : ",") + key + "=\"" + value + '"';
    }
    return label("__name__") + '{' + out + '}';
}

namespace {

/// Whether the message, with everything in it, has no field that the specification lacks.
template <class Message>
bool is_pure(const Message& message) {
    return message.GetReflection()->GetUnknownFields(message).empty();
}

std::optional<read_series> read_one(const prometheus_reader::TimeSeries& series) {
    if (!is_pure(series)) return {};
    read_series out;
    for (const auto& label : series.labels()) {
        if (!is_pure(label)) return {};
        out.labels.emplace_back(label.name(), label.value());
    }
    for (const auto& sample : series.samples()) {
        if (!is_pure(sample)) return {};
        out.samples.push_back({sample.value(), sample.timestamp()});
    }
    return out;
}

}  // namespace

std::optional<std::vector<read_series>> read_write_request(std::string_view bytes) {
    prometheus_reader::WriteRequest request;
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
    if (!is_pure(request) || request.metadata_size() > 0) return {};
    std::vector<read_series> out;
    for (const auto& series : request.timeseries()) {
        auto one = read_one(series);
        if (!one) return {};
        out.push_back(std::move(*one));
    }
    return out;
}

std::optional<std::vector<read_series>> read_remote_write_body(std::string_view body) {
    std::string bytes;
    if (!snappy::Uncompress(body.data(), body.size(), &bytes)) return {};
    return read_write_request(bytes);
}

std::optional<std::vector<read_metadata>> read_metadata_body(std::string_view body) {
    std::string bytes;
    prometheus_reader::WriteRequest request;
    if (!snappy::Uncompress(body.data(), body.size(), &bytes)) return {};
    if (!request.ParseFromString(bytes) || !is_pure(request)) return {};
    if (request.timeseries_size() > 0) return {};
    std::vector<read_metadata> out;
    for (const auto& one : request.metadata()) {
        if (!is_pure(one)) return {};
        out.push_back({one.type(), one.metric_family_name(), one.help(), one.unit()});
    }
    return out;
}

}  // namespace relay::test_support
