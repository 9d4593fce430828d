#include "tests/support/remote_write_2_reader.hpp"

#include "remote_2.pb.h"

#include <snappy.h>

#include <algorithm>
#include <set>

namespace relay::test_support {

namespace {

namespace wire = prometheus_reader_2;

template <class Message>
bool is_pure(const Message& message) {
    return message.GetReflection()->GetUnknownFields(message).empty();
}

/// One message, with what the receiver knows so far.
class reader {
public:
    explicit reader(read_request_2& into) : into_(into) {}

    void read(const wire::Request& request) {
        if (!is_pure(request)) return fail("a field that the specification lacks");
        into_.symbols.assign(request.symbols().begin(), request.symbols().end());
        check_symbols();
        for (const auto& series : request.timeseries())
            read(series);
        const auto unused = std::ranges::find(used_, false);
        if (unused != used_.end()) fail("a symbol that nothing refers to");
    }

private:
    void fail(std::string why) {
        if (into_.problem.empty()) into_.problem = std::move(why);
    }

    void check_symbols() {
        const auto& all = into_.symbols;
        if (all.empty() || !all.front().empty()) return fail("the first symbol is not empty");
        if (std::set(all.begin(), all.end()).size() != all.size()) fail("a symbol stands twice");
        used_.assign(all.size(), false);
        used_.front() = true;
    }

    std::string symbol(std::uint32_t number) {
        if (number >= used_.size()) {
            fail("a reference beyond the symbols");
            return {};
        }
        used_[number] = true;
        return into_.symbols[number];
    }

    void read(const wire::TimeSeries& series) {
        if (!is_pure(series) || !is_pure(series.metadata())) {
            return fail("a field that the specification lacks");
        }
        read_series_2 one;
        if (series.labels_refs_size() == 0) fail("a series without labels");
        if (series.labels_refs_size() % 2 != 0) return fail("an odd number of references");
        for (int i = 0; i < series.labels_refs_size(); i += 2) {
            auto name = symbol(series.labels_refs(i));
            one.series.labels.emplace_back(std::move(name), symbol(series.labels_refs(i + 1)));
        }
        check_labels(one.series.labels);
        if (series.samples().empty()) fail("a series without samples");
        for (const auto& sample : series.samples()) {
            if (!is_pure(sample)) fail("a field that the specification lacks");
            const auto& before = one.series.samples;
            if (!before.empty() && before.back().time_ms >= sample.timestamp()) {
                fail("samples out of order");
            }
            one.series.samples.push_back({sample.value(), sample.timestamp()});
            one.start_times_ms.push_back(sample.start_timestamp());
        }
        one.has_metadata = series.has_metadata();
        one.type = series.metadata().type();
        if (one.type < 0 || one.type > 7) fail("an unknown type of metric");
        one.help = symbol(series.metadata().help_ref());
        one.unit = symbol(series.metadata().unit_ref());
        into_.series.push_back(std::move(one));
    }

    void check_labels(const std::vector<std::pair<std::string, std::string>>& labels) {
        for (std::size_t i = 0; i < labels.size(); ++i) {
            if (labels[i].first.empty() || labels[i].second.empty()) fail("an empty label");
            if (i > 0 && labels[i - 1].first >= labels[i].first) fail("labels are not sorted");
        }
    }

    read_request_2& into_;
    std::vector<bool> used_;
};

}  // namespace

std::vector<read_series> read_request_2::plain() const {
    std::vector<read_series> out;
    for (const auto& one : series)
        out.push_back(one.series);
    return out;
}

read_request_2 read_write_request_2(std::string_view bytes) {
    read_request_2 out;
    wire::Request request;
    if (request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        reader(out).read(request);
    } else {
        out.problem = "no message";
    }
    return out;
}

read_request_2 read_remote_write_2_body(std::string_view body) {
    std::string bytes;
    if (snappy::Uncompress(body.data(), body.size(), &bytes)) return read_write_request_2(bytes);
    return {.problem = "no snappy block", .symbols = {}, .series = {}};
}

}  // namespace relay::test_support
