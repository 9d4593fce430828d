#include "relay/simulate/push_record.hpp"

#include "relay/base/durable_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>

namespace relay::simulate {

expected<push_record, std::string> push_record::open(const std::filesystem::path& path) {
    push_record record;
    record.fd_ = unique_fd(::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644));
    if (!record.fd_) return unexpected(fmt::format("{}: {}", path.string(), std::strerror(errno)));
    return record;
}

void push_record::add(std::string_view node, const transaction& pushed, std::string_view status,
                      std::string_view durable) {
    if (!fd_) return;
    auto block = fmt::format("# node={} kind={} status={}", node, to_string(pushed.kind), status);
    if (!durable.empty()) block += fmt::format(" durable={}", durable);
    block.append("\n").append(pushed.text);
    const std::lock_guard guard(mutex_);
    // A record that cannot be written ends short, and whoever compares with it will see that.
    static_cast<void>(write_all(fd_.get(), block));
}

}  // namespace relay::simulate
