#include "relay/cli/api_access_log.hpp"

#include "relay/simulate/json_writer.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace relay::cli {

expected<api_access_log, std::string> api_access_log::open(const std::filesystem::path& path) {
    api_access_log made;
    made.fd_ = unique_fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!made.fd_) {
        return unexpected(fmt::format("cannot write {}: {}", path.string(),
                                      std::generic_category().message(errno)));
    }
    return made;
}

void api_access_log::add(const api_access& it) const {
    if (!fd_) return;
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    simulate::json_writer json;
    json.object()
        .raw(fmt::format("{}.{:03}", now / 1000, now % 1000), "time")
        .put("cluster", it.cluster)
        .put("node", it.node)
        .put("method", it.method)
        .put("path", it.path)
        .put("status", it.status)
        .put("concurrent", it.concurrent)
        .put("delay_ms", it.delay.count())
        .put("bytes", it.bytes);
    if (it.method != "GET") json.raw("true", "forbidden");
    // Appended in one write: lines of two threads never mix.
    const auto line = json.end().text() + "\n";
    [[maybe_unused]] const auto written = ::write(fd_.get(), line.data(), line.size());
}

}  // namespace relay::cli
