// Which nodes, guests and storages one body or datagram spoke of: noted beside the refiner, told to
// presence once at the end. Owns its text, because a body's chunks are gone by then; allocates
// nothing once warm. Used by its intake's thread.
#pragma once

#include "protocol/point.hpp"
#include "relay/ingest/tag_plan.hpp"
#include "relay/schema/known_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// How much of a transaction comes at once.
enum class transaction_part : std::uint8_t {
    whole,     // a body over HTTP: who is not in it is absent
    fragment,  // a datagram: the rest of the transaction comes in others, or is lost
};

/// What a guest's line says about it.
enum class run_state : std::uint8_t { unsaid, running, resting };

/// One object at one time. Views hold until the sightings it is of change.
struct sighting {
    schema::object what = schema::object::foreign;
    run_state state = run_state::unsaid;
    std::uint32_t vmid = 0;    // of a guest
    std::int64_t time_ns = 0;  // of its transaction, by the sender's clock
    std::string_view node{};   // for a node its own name
    std::string_view host{};   // the guest's or storage's name
    std::string_view type{};   // of a storage
};

class sightings {
public:
    explicit sightings(transaction_part part) : part_(part) {}

    /// A line that was taken. Of a whole transaction the one that every object has is enough; of a
    /// fragment each counts, since that one may be in a datagram that was lost.
    /// @param plan of the point's tags
    void note(const protocol::point& point, const tag_plan& plan, std::int64_t time_ns) {
        // "system" has every object of Proxmox VE, "memory" the Backup Server's host.
        constexpr std::size_t bytes_of_that = 6;
        if (point.measurement.size() != bytes_of_that && part_ == transaction_part::whole) return;
        if (!plan.object) return;
        add(point, plan, time_ns);
    }

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] sighting operator[](std::size_t i) const noexcept;
    [[nodiscard]] transaction_part part() const noexcept { return part_; }
    void clear() noexcept;
    [[nodiscard]] std::size_t bytes_held() const noexcept {
        return all_.capacity() * sizeof(noted) + text_.capacity();
    }

private:
    /// Names stand one behind the other in text_.
    struct noted {
        schema::object what;
        run_state state;
        std::uint32_t vmid;
        std::int64_t time_ns;
        std::size_t begin;
        std::uint32_t node_bytes, host_bytes, type_bytes;
    };

    void add(const protocol::point& point, const tag_plan& plan, std::int64_t time_ns);
    [[nodiscard]] bool repeats_last(const sighting& one) const noexcept;
    void keep(const sighting& one);

    transaction_part part_;
    std::vector<noted> all_;
    std::string text_;
};

}  // namespace relay::ingest
