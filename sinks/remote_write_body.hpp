// The body of a remote write request in the version that its receiver speaks. Owned and called by
// one delivery thread.
#pragma once

#include "protocol/remote_write.hpp"
#include "protocol/remote_write_2.hpp"
#include "sinks/metadata_book.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::sinks {

enum class remote_write_version : std::uint8_t { v1, v2 };

/// A line whose samples are being added. Belongs to one remote_write_body.
class body_line {
public:
    /// @pre the labels stay as they are until the last sample of the line is added
    void begin(remote_write_version version, const protocol::label_block& labels,
               std::int64_t time_ms) {
        if (version == remote_write_version::v2) {
            in_2_.begin(labels, time_ms);
        } else {
            in_1_.begin(labels, time_ms);
        }
    }

private:
    friend class remote_write_body;
    protocol::line_series in_1_;
    protocol::line_symbols in_2_;
};

class remote_write_body {
public:
    explicit remote_write_body(metadata_book& book) noexcept : book_(book) {}

    /// Begins anew.
    void clear(remote_write_version version) {
        is_2_ = version == remote_write_version::v2;
        if (is_2_) {
            request_2_.clear();
        } else {
            request_1_.clear();
        }
    }

    // All of these as write_request has them.

    void add(body_line& line, protocol::shared_label& metric, protocol::shared_label* extra,
             double value) {
        if (!metric.is_described()) metric.describe(book_.meet(metric.text().value));
        if (is_2_) {
            request_2_.add(line.in_2_, metric, extra, value);
        } else {
            request_1_.add(line.in_1_, metric, extra, value);
        }
    }
    [[nodiscard]] std::size_t size() const noexcept {
        return is_2_ ? request_2_.size() : request_1_.size();
    }
    /// At most.
    [[nodiscard]] std::size_t size_of(const body_line& line, const protocol::shared_label& metric,
                                      const protocol::shared_label* extra) const noexcept {
        return is_2_ ? request_2_.size_of(line.in_2_, metric, extra)
                     : protocol::write_request::size_of(line.in_1_, metric, extra);
    }
    [[nodiscard]] std::size_t size_of_line(const body_line& line, std::size_t samples,
                                           std::size_t label_bytes) const noexcept {
        return is_2_ ? protocol::write_request_2::size_of_line(line.in_2_, samples, label_bytes)
                     : protocol::write_request::size_of_line(line.in_1_, samples, label_bytes);
    }
    [[nodiscard]] std::string_view body() { return is_2_ ? request_2_.body() : request_1_.body(); }

private:
    metadata_book& book_;
    bool is_2_ = false;
    protocol::write_request request_1_;
    protocol::write_request_2 request_2_;
};

}  // namespace relay::sinks
