// What to do next for one sink: events in, actions out (docs/delivery.md has the table). Decides
// when to read, send, wait, split, drop and commit; does none of it itself. Pure: time and chance
// are handed in.
//
// Owned by one delivery thread. The records it was given stay with it until they are delivered.
#pragma once

#include "relay/base/backoff.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/delivery/burial.hpp"
#include "relay/delivery/delivery_counters.hpp"
#include "relay/delivery/delivery_options.hpp"
#include "relay/delivery/itinerary.hpp"
#include "relay/delivery/rewrite.hpp"
#include "relay/delivery/search.hpp"
#include "relay/delivery/trouble.hpp"
#include "relay/journal/cursor.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/record.hpp"
#include "sinks/line_filter.hpp"
#include "sinks/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace relay::delivery {

struct action {
    enum class kind : std::uint8_t {
        idle,   // nothing to deliver: call notified() when that may have changed
        read,   // not before `until`, read after `after` within `limits`, call records_read()
        send,   // send `request`, call answered()
        wait,   // call tick() at `until`, and notified() as when idle
        await,  // go on waiting for the answer to what was sent
        stop,   // the end
    };
    kind what = kind::idle;
    journal::sequence after = 0;
    journal::read_limits limits;
    const http_request* request = nullptr;  // stays as it is until answered() or stop()
    steady_time until{};
    /// To be written down first: what is delivered or dropped, and what is still owed.
    std::optional<journal::cursor> commit;
    /// … but not before this dead letter is on disk.
    journal::letter_ticket commit_after = 0;
};

/// What the shell hands in besides events; all of it outlives the delivery.
struct delivery_parts {
    std::string name;  // of the sink, as the operator knows it
    sinks::sink& sink;
    delivery_counters& counters;
    relay::log& log;
    replay_options replay{};
    sinks::line_filter only{};  // of the records' lines, those that are the sink's
    journal::dead_letter_box* letters = nullptr;  // null: what is dropped is only counted
};

class delivery {
public:
    /// @param position what is delivered, and which gaps of it are still owed
    delivery(delivery_parts parts, const delivery_options& options, journal::cursor position,
             std::uint64_t seed);
    delivery(const delivery&) = delete;
    delivery& operator=(const delivery&) = delete;

    [[nodiscard]] action begin();
    /// Records may have arrived.
    [[nodiscard]] action notified();
    /// What was read: empty where there is nothing after `after`.
    /// @param newest sequence of the journal, read or not
    [[nodiscard]] action records_read(std::vector<journal::record_ptr> records,
                                      journal::sequence newest, moment now);
    /// Records that were delivered are to be delivered once more, behind what is new.
    [[nodiscard]] action owe(journal::gap range);
    [[nodiscard]] action answered(const http_response& response, moment now);
    /// While a request is under way and nothing else is to do: makes the next, if its records are
    /// here. Does nothing where there is none to make.
    void prepare();
    [[nodiscard]] action tick(moment now);
    /// Sends nothing more: what is in flight is still judged if it is answered.
    [[nodiscard]] action stop();

    [[nodiscard]] delivery_state state() const noexcept { return state_; }

private:
    /// What the proof that is in flight would allow.
    enum class purpose : std::uint8_t {
        search,  // of what was refused whole
        drop,    // of the piece that was sent last
        faults,  // of a range that was answered with faults only
    };

    [[nodiscard]] action make(action::kind what, delivery_state state);
    [[nodiscard]] action unchanged();
    [[nodiscard]] action read_live();
    [[nodiscard]] action read_on();
    [[nodiscard]] action rest(moment now);
    [[nodiscard]] action put_off(const std::vector<journal::record_ptr>& records,
                                 journal::sequence newest, moment now);
    void take(journal::record_ptr record);
    [[nodiscard]] action next(moment now);
    [[nodiscard]] bool encode_next();
    void encode_piece();
    void encode_ahead();
    [[nodiscard]] sinks::encoded take_prepared_or_encode();
    [[nodiscard]] action send(const http_request& request, delivery_state state);
    [[nodiscard]] action hold(const sinks::verdict& why, int status, moment now);
    [[nodiscard]] action try_again();
    [[nodiscard]] action probed(const sinks::verdict& verdict, int status, moment now);

    [[nodiscard]] action judged(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action encode_again(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action stored(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action too_large(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action refused(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action fault(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action search_on(moment now);
    [[nodiscard]] action prove(purpose why, moment now);
    [[nodiscard]] action proof_judged(const sinks::verdict& verdict, int status, moment now);
    [[nodiscard]] action proven(moment now);
    [[nodiscard]] action cut_faulty(moment now);
    [[nodiscard]] action give_up_round(moment now);
    [[nodiscard]] action begin_anew(moment now);

    [[nodiscard]] std::optional<http_request> witness();
    void begin_search(search started);
    void end_search();
    void drop_sent(moment now);
    [[nodiscard]] trouble_log::loss loss_of(std::size_t points) const;
    void keep_witness();
    void grow_units();
    void advance(sinks::place to);
    void commit();
    void show_position();
    void check_invariant() const;

    delivery_parts parts_;
    delivery_options options_;
    std::mt19937_64 engine_;
    trouble_log trouble_;
    burial burial_;
    rewrite rewrite_;

    delivery_state state_ = delivery_state::idle;
    bool stopping_ = false;
    itinerary itinerary_;
    std::optional<journal::cursor> commit_;  // not yet handed to the shell

    std::vector<journal::record_ptr> window_;  // read, wanted by the sink, not yet delivered
    sinks::place at_;                          // in window_: where the next request begins
    std::size_t units_max_;                    // lowered by 413, grows back
    std::optional<sinks::encoded> sent_;       // kept until it is judged for good
    sinks::place sent_from_;
    /// The request after sent_, made before it was answered. Its places are those of window_.
    struct prepared {
        sinks::place from;
        std::size_t units_max;
        sinks::encoded request;
    };
    std::optional<prepared> prepared_;

    std::optional<search> search_;  // while a request is being searched for bad units
    sinks::place search_end_;       // where that request ended
    std::size_t search_requests_;   // what the next search may cost

    sinks::verdict doubt_;  // the refusal that waits for a proof
    int doubt_status_ = 0;
    purpose purpose_ = purpose::search;
    std::optional<http_request> proof_;
    bool proof_is_witness_ = false;
    bool disproven_ = false;  // the last proof failed; none was given since

    journal::record_ptr witness_;  // the record of a unit that was delivered lately …
    std::size_t witness_unit_ = 0;

    relay::backoff backoff_;
    steady_time until_{};
    steady_time gathering_until_{};  // until then what arrives waits for company
    bool asks_first_ = false;        // what is waited for may be known of an empty request
    int faults_ = 0;                 // in a row, for the same bytes
    std::size_t fault_pieces_ = 2;   // of the next round
};

}  // namespace relay::delivery
