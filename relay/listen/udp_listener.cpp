#include "relay/listen/udp_listener.hpp"

#include "relay/base/locked.hpp"
#include "relay/listen/bound_socket.hpp"
#include "relay/listen/lane_cache.hpp"

#include <climits>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <thread>
#include <utility>

namespace relay::listen {
namespace {

// One system call takes so many. A datagram of Proxmox's touches one page of its buffer, so the
// rest of these 64 KiB each is never resident.
constexpr std::size_t batch_size = 32;
constexpr std::size_t datagram_bytes_max = 64 << 10;

// Between two looks at the clock and at the stop signal.
constexpr int rounds_at_a_stretch = 64;

// When stopping: what the largest receive buffer can hold, even of the smallest datagrams.
constexpr int rounds_at_stop = 8192;

ip_address address_of(const sockaddr_storage& from) noexcept {
    ip_address address;
    if (from.ss_family == AF_INET6) {
        const auto& in = reinterpret_cast<const sockaddr_in6&>(from);
        std::memcpy(address.bytes.data(), &in.sin6_addr, 16);
    } else {
        const auto& in = reinterpret_cast<const sockaddr_in&>(from);
        address.bytes[10] = address.bytes[11] = 0xff;
        std::memcpy(address.bytes.data() + 12, &in.sin_addr, 4);
    }
    return address;
}

// The receiving side of recvmmsg: buffers and headers, wired once.
class datagram_slots {
public:
    datagram_slots() : bytes_(new char[batch_size * datagram_bytes_max]) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            vectors_[i] = {.iov_base = bytes_.get() + i * datagram_bytes_max,
                           .iov_len = datagram_bytes_max};
        }
    }

    /// How many came; 0: none is waiting.
    std::size_t receive(int fd) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            auto& head = messages_[i].msg_hdr;
            head = {};
            head.msg_name = &from_[i];
            head.msg_namelen = sizeof from_[i];
            head.msg_iov = &vectors_[i];
            head.msg_iovlen = 1;
            head.msg_control = controls_[i].data();
            head.msg_controllen = controls_[i].size();
        }
        int got = -1;
        do {
            got = ::recvmmsg(fd, messages_.data(), batch_size, MSG_DONTWAIT, nullptr);
        } while (got < 0 && errno == EINTR);
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }

    [[nodiscard]] std::string_view bytes(std::size_t i) const noexcept {
        return {static_cast<const char*>(vectors_[i].iov_base), messages_[i].msg_len};
    }
    [[nodiscard]] bool truncated(std::size_t i) const noexcept {
        return (messages_[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
    }
    [[nodiscard]] ip_address from(std::size_t i) const noexcept { return address_of(from_[i]); }

    /// SO_RXQ_OVFL: how many the kernel has dropped since the socket was made; 0 where it is
    /// silent.
    [[nodiscard]] std::uint32_t dropped(std::size_t i) noexcept {
        auto& head = messages_[i].msg_hdr;
        for (auto* c = CMSG_FIRSTHDR(&head); c != nullptr; c = CMSG_NXTHDR(&head, c)) {
            if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL) continue;
            std::uint32_t count = 0;
            std::memcpy(&count, CMSG_DATA(c), sizeof count);
            return count;
        }
        return 0;
    }

private:
    struct alignas(cmsghdr) control : std::array<char, CMSG_SPACE(sizeof(std::uint32_t))> {};

    std::unique_ptr<char[]> bytes_;
    std::array<iovec, batch_size> vectors_{};
    std::array<mmsghdr, batch_size> messages_{};
    std::array<sockaddr_storage, batch_size> from_{};
    std::array<control, batch_size> controls_{};
};

}  // namespace

// SK_MEMINFO_DROPS (linux/sock_diag.h, Linux 4.12): what SO_RXQ_OVFL tells, without a datagram.
std::uint32_t dropped_by(int fd) noexcept {
    std::array<std::uint32_t, 9> memory{};
    socklen_t size = sizeof memory;
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) return 0;
    return memory[8];
}

// The thread and what it owns.
class udp_listener::receiver {
public:
    receiver(parts with, unique_fd wake)
        : parts_(std::move(with)),
          wake_(std::move(wake)),
          intake_(std::move(parts_.intake)),
          lanes_(std::in_place, parts_.options, parts_.identity),
          refusals_(parts_.log) {
        // What was lost before us, while nobody read, is told as well.
        count_drops(dropped_by(parts_.given.get()));
        thread_ = std::thread([this] { run(); });
    }

    ~receiver() {
        stop_asked_.store(true, std::memory_order_release);
        wake();
        thread_.join();
    }

    void serve_with(rules next) {
        next_.with([&](auto& waiting) { waiting.emplace(std::move(next)); });
        wake();
    }

private:
    void wake() const { static_cast<void>(::eventfd_write(wake_.get(), 1)); }

    void run() {
        for (;;) {
            const bool woken = wait_for_datagrams();
            if (woken) forget_wakes();
            if (stop_asked_.load(std::memory_order_acquire)) break;
            if (woken) take_up_rules();
            receive(rounds_at_a_stretch);
        }
        receive(rounds_at_stop);
        intake_->flush_all();
    }

    // Before what they are about is looked at, or the next one could be overlooked.
    void forget_wakes() const {
        eventfd_t ignored = 0;
        static_cast<void>(::eventfd_read(wake_.get(), &ignored));
    }

    void take_up_rules() {
        auto next = next_.with([](auto& waiting) { return std::exchange(waiting, std::nullopt); });
        if (!next) return;
        intake_->flush_all();
        intake_ = std::move(next->intake);
        lanes_.emplace(next->options, next->identity);
        owner_ = std::move(next->owner);
    }

    /// @returns whether somebody has called wake()
    bool wait_for_datagrams() {
        const auto now = parts_.time.now().steady;
        const auto due = intake_->flush_due(now);
        std::array<pollfd, 2> files{{{.fd = parts_.given.get(), .events = POLLIN, .revents = 0},
                                     {.fd = wake_.get(), .events = POLLIN, .revents = 0}}};
        ::poll(files.data(), files.size(), milliseconds_until(due, now));
        return (files[1].revents & POLLIN) != 0;
    }

    // Rounded up: a millisecond early would only mean another turn.
    static int milliseconds_until(steady_time due, steady_time now) {
        if (due == steady_time::max()) return -1;
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(due - now).count();
        return static_cast<int>(std::clamp<std::int64_t>(wait, 0, INT_MAX));
    }

    void receive(int rounds) {
        while (rounds-- > 0) {
            const auto got = slots_.receive(parts_.given.get());
            const auto now = parts_.time.now();
            for (std::size_t i = 0; i < got; ++i) {
                take(i, now);
            }
            if (got < batch_size) return;
        }
    }

    void take(std::size_t i, const moment& now) {
        count_drops(slots_.dropped(i));
        auto& counters = parts_.counters;
        auto bytes = slots_.bytes(i);
        counters.datagrams.add();
        counters.datagram_bytes.add(bytes.size());
        if (bytes.empty()) return counters.empty.add();
        if (slots_.truncated(i)) {
            counters.truncated.add();
            // The last line was cut, and what is left of it may look whole.
            bytes = bytes.substr(0, bytes.rfind('\n') + 1);
        }
        const auto& sender = lanes_->find(slots_.from(i));
        if (!sender.lane) {
            counters.refused.add();
            return refusals_.report(sender.lane.error(), sender.address, now.steady);
        }
        intake_->datagram(*sender.lane, bytes, now, sender.address);
    }

    // The kernel counts for each socket, modulo 2^32, from its beginning: a socket that outlives a
    // restart goes on where it was, and so does the metric.
    void count_drops(std::uint32_t total) {
        const auto known = static_cast<std::uint32_t>(parts_.counters.kernel_drops.value());
        if (total != 0) parts_.counters.kernel_drops.add(total - known);
    }

    parts parts_;
    unique_fd wake_;

    // The thread's own, once it runs.
    std::shared_ptr<const void> owner_;  // of what lanes_ and intake_ refer to
    std::unique_ptr<ingest::intake> intake_;
    std::optional<lane_cache> lanes_;
    refusal_log refusals_;
    datagram_slots slots_;

    // Shared.
    locked<std::optional<rules>> next_;
    std::atomic<bool> stop_asked_{false};

    std::thread thread_;
};

expected<std::unique_ptr<udp_listener>, std::string> udp_listener::open(parts with) {
    if (!with.given) {
        const auto where = endpoint::parse(with.options.address);
        if (!where) return unexpected(where.error());
        auto bound = bind_socket(*where, listen_kind::udp);
        if (!bound) return unexpected(std::move(bound).error());
        with.given = std::move(*bound);
    }
    const int fd = with.given.get();
    const auto buffer = enlarge_receive_buffer(fd, with.options.receive_buffer, with.log);
    with.counters.receive_buffer_bytes.set(static_cast<std::int64_t>(buffer));
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    unique_fd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) return unexpected(std::string("no file descriptor is free for the listener"));

    auto started = std::make_unique<receiver>(std::move(with), std::move(wake));
    auto listener = std::unique_ptr<udp_listener>(new udp_listener(std::move(started)));
    listener->port_ = bound_port(fd);
    return listener;
}

udp_listener::udp_listener(std::unique_ptr<receiver> started) : receiver_(std::move(started)) {}
udp_listener::~udp_listener() = default;

std::uint16_t udp_listener::port() const noexcept {
    return port_;
}

void udp_listener::serve_with(rules next) {
    if (receiver_) receiver_->serve_with(std::move(next));
}

void udp_listener::stop() {
    receiver_.reset();
}

}  // namespace relay::listen
