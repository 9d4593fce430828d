// A store that keeps nothing: takes remote write and InfluxDB writes, counts what they hold, says
// 204. Both programs under comparison deliver into it, so that what is counted is what arrived.
//
//   counting_receiver [PORT]     prints its port, then serves until it is killed
//   POST …/write with Content-Encoding: snappy    remote write
//   POST …/write otherwise                        line protocol, gzip or plain
//   GET /count                                    the counters as JSON; anything else: 204
//
// A thread for each connection: its clients keep few of them open.
#include "perf/load/received.hpp"
#include "relay/base/unique_fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace relay::load {
namespace {

struct counters {
    std::atomic<std::uint64_t> requests{0}, bytes{0}, lines{0}, samples{0}, marked{0}, broken{0};

    void add(std::size_t body_bytes, const std::optional<counted>& what) {
        ++requests;
        bytes += body_bytes;
        if (!what) {
            ++broken;
            return;
        }
        lines += what->lines;
        samples += what->samples;
        marked += what->marked;
    }
    [[nodiscard]] std::string json() const {
        return fmt::format(
            R"({{"requests":{},"bytes":{},"lines":{},"samples":{},"marked":{},"broken":{}}})",
            requests.load(), bytes.load(), lines.load(), samples.load(), marked.load(),
            broken.load());
    }
};

struct totals {
    counters remote_write, influx;
};

/// One connection: reads requests, answers them.
class session {
public:
    session(unique_fd fd, totals& sums) : fd_(std::move(fd)), sums_(sums) {}

    void serve() {
        while (read_head() && read_body())
            answer();
    }

private:
    bool receive() {
        char part[64 << 10];
        const auto got = ::recv(fd_.get(), part, sizeof part, 0);
        if (got > 0) buffer_.append(part, static_cast<std::size_t>(got));
        return got > 0;
    }
    bool read_head() {
        buffer_.erase(0, consumed_);
        consumed_ = 0;
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
            if (!receive()) return false;
        }
        head_.assign(buffer_, 0, end + 2);
        // The request line keeps its case; header names are compared in lower case.
        std::transform(head_.begin(), head_.end(), head_.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        consumed_ = end + 4;
        return true;
    }
    bool read_body() {
        if (header("transfer-encoding") == "chunked") return read_chunks();
        const auto length =
            std::strtoull(std::string(header("content-length")).c_str(), nullptr, 10);
        return read_exactly(length, body_.assign(""));
    }
    bool read_chunks() {
        body_.clear();
        for (;;) {
            std::size_t end = 0;
            while ((end = buffer_.find("\r\n", consumed_)) == std::string::npos) {
                if (!receive()) return false;
            }
            const auto size = std::strtoull(buffer_.c_str() + consumed_, nullptr, 16);
            consumed_ = end + 2;
            if (!read_exactly(size, body_) || !read_exactly(2, line_end_.assign(""))) return false;
            if (size == 0) return true;
        }
    }
    bool read_exactly(std::size_t bytes, std::string& into) {
        while (buffer_.size() - consumed_ < bytes) {
            if (!receive()) return false;
        }
        into.append(buffer_, consumed_, bytes);
        consumed_ += bytes;
        return true;
    }
    std::string_view header(std::string_view name) const {
        const auto found = head_.find(fmt::format("\r\n{}: ", name));
        if (found == std::string::npos) return {};
        const auto begin = found + name.size() + 4;
        return std::string_view(head_).substr(begin, head_.find("\r\n", begin) - begin);
    }
    void answer() {
        if (head_.starts_with("get /count ")) {
            reply(fmt::format(R"({{"remote_write":{},"influx":{}}})", sums_.remote_write.json(),
                              sums_.influx.json()));
            return;
        }
        if (head_.starts_with("post ")) count();
        send("HTTP/1.1 204 No Content\r\n\r\n");
    }
    void count() {
        const auto encoding = header("content-encoding");
        if (encoding == "snappy") {
            sums_.remote_write.add(body_.size(), count_remote_write(body_, scratch_));
        } else if (encoding == "gzip") {
            const bool is_whole = inflate_members(body_, scratch_);
            sums_.influx.add(body_.size(),
                             is_whole ? std::optional(count_lines(scratch_)) : std::nullopt);
        } else {
            sums_.influx.add(body_.size(), count_lines(body_));
        }
    }
    void reply(const std::string& json) {
        send(
            fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        json.size(), json));
    }
    void send(std::string_view text) {
        // A short answer fits into the socket's buffer; a client that is gone is seen by recv.
        static_cast<void>(::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }

    unique_fd fd_;
    totals& sums_;
    std::string buffer_;  // received; the first consumed_ bytes are done with
    std::size_t consumed_ = 0;
    std::string head_, body_, scratch_, line_end_;
};

/// @param port 0: any that is free, which is written there
unique_fd listening(std::uint16_t& port) {
    unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(port);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof here;
    auto* address = reinterpret_cast<sockaddr*>(&here);
    const bool is_open = ::bind(fd.get(), address, bytes) == 0 && ::listen(fd.get(), 128) == 0 &&
                         ::getsockname(fd.get(), address, &bytes) == 0;
    if (!is_open) fd.reset();
    port = ntohs(here.sin_port);
    return fd;
}

int run(std::uint16_t port) {
    const auto listener = listening(port);
    if (!listener) {
        std::perror("counting_receiver");
        return 1;
    }
    fmt::print("{}\n", port);
    std::fflush(stdout);
    totals sums;
    for (;;) {
        unique_fd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) continue;
        const int yes = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        std::thread([held = std::move(fd), &sums]() mutable {
            session(std::move(held), sums).serve();
        }).detach();
    }
}

}  // namespace
}  // namespace relay::load

int main(int count, char** arguments) {
    const auto port = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 0;
    return relay::load::run(static_cast<std::uint16_t>(port));
}
