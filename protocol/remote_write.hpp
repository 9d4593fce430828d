// Remote write 1.0 (https://prometheus.io/docs/specs/prw/remote_write_spec/): samples to the bytes
// of a WriteRequest, before snappy. One sample makes one TimeSeries: a line of Proxmox has one time
// and a value per field, so every series of a request holds a single sample.
//
//     label_block labels;
//     write_request request;
//     labels.assign(sorted, time_ms);            // once per line
//     request.add(labels, "cpustat_cpu", 0.25);  // once per field: three copies and a double
//
// Nothing is allocated per sample once the buffers have grown. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {

struct label {
    std::string_view name;
    std::string_view value;
    bool operator==(const label&) const = default;
};

/// The label that carries the metric's name.
inline constexpr std::string_view metric_name_label = "__name__";

/// Appends one TimeSeries with protozero: the plain twin of write_request, byte for byte.
/// @param labels all of them, `__name__` included, sorted by bytes
void append_series(std::string& out, std::span<const label> labels, double value,
                   std::int64_t time_ms);

/// What all samples of one line share, serialised: its labels and its time.
class label_block {
public:
    /// Copies. @pre sorted by bytes, no name twice, none of them `__name__`.
    void assign(std::span<const label> labels, std::int64_t time_ms);

    /// The serialised fields of all labels, in order.
    [[nodiscard]] std::string_view labels() const noexcept {
        return std::string_view(bytes_).substr(0, labels_size_);
    }

private:
    friend class write_request;
    struct place {
        std::uint32_t begin;  // of the label's field
        std::uint32_t name;   // of its name
        std::uint32_t name_size;
    };
    /// Where a label of that name belongs: the beginning of the first label that sorts after it.
    [[nodiscard]] std::size_t position_of(std::string_view name) const noexcept;

    //  |labels before __name__|labels after it|0x12 n 0x09 <8 bytes> 0x10 time|padding|
    //  0                  name_at_      labels_size_                      size_
    std::string bytes_;
    std::vector<place> places_;
    std::size_t labels_size_ = 0;
    std::size_t name_at_ = 0;
    std::size_t size_ = 0;
};

/// A WriteRequest under construction, in a buffer that is kept from request to request.
class write_request {
public:
    /// Forgets the series, keeps the memory.
    void clear() noexcept { size_ = 0; }

    void add(const label_block& labels, std::string_view metric, double value);

    /// The same with one more label. @pre its name is none of the block's, nor `__name__`.
    void add(const label_block& labels, std::string_view metric, const label& extra, double value);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Takes back what was added since it had that size. @pre a size that it had
    void truncate(std::size_t size) noexcept { size_ = size; }

    /// Holds until the next add() or clear().
    [[nodiscard]] std::string_view bytes() const noexcept { return {storage_.data(), size_}; }

private:
    char* reserve(std::size_t more);

    std::string storage_;  // as long as it has ever been; the first size_ bytes are the request
    std::size_t size_ = 0;
};

}  // namespace relay::protocol
