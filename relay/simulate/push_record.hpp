// What was pushed, as a file that is itself line protocol:
//
//     # node=pve1 kind=qemu status=204 durable=kernel
//     system,object=qemu,…
//
// The status is that of the answer, 0 where there was none, "udp" where none is expected. A test
// that holds a store against it takes the blocks with 2xx. Thread-safe.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"
#include "relay/simulate/target.hpp"
#include "relay/simulate/transactions.hpp"

#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace relay::simulate {

class push_record {
public:
    /// Without a path nothing is written.
    push_record() = default;
    [[nodiscard]] static expected<push_record, std::string> open(const std::filesystem::path& path);
    push_record(push_record&& other) noexcept : fd_(std::move(other.fd_)) {}
    push_record& operator=(push_record&& other) noexcept {
        fd_ = std::move(other.fd_);
        return *this;
    }

    /// The block is in the kernel when this returns.
    void add(std::string_view node, const transaction& pushed, std::string_view status,
             std::string_view durable);

private:
    unique_fd fd_;
    std::mutex mutex_;
};

}  // namespace relay::simulate
