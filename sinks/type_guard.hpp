// What a database of InfluxDB has fields as, learnt from its refusals, and how a field that comes
// as another type is written all the same (docs/influxdb.md). An older setup may have left `vmid`
// as text, or `status` as a number: to the store every line with such a field is a type conflict.
//
// A field only ever climbs: as it comes, as the type that it is there, under a name of its own. So
// every refusal that teaches something is one of few, and none is answered with what it has just
// refused.
//
// Owned by one sink and its thread; what it shows is read by any.
#pragma once

#include "protocol/point.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/http_message.hpp"
#include "relay/base/locked.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

enum class type_guard_mode : std::uint8_t {
    off,     // a conflict is a refusal: the line is lost, and told
    coerce,  // as the type that is there, where nothing is lost by it; else as divert
    divert,  // under the name <field>_<type>
};

/// As InfluxDB calls them.
enum class stored_type : std::uint8_t { floating, integer, unsigned_integer, boolean, string, tag };

/// "float", "integer" …
[[nodiscard]] std::string_view to_string(stored_type type) noexcept;

/// A field that came as another type than the store has it.
struct type_conflict {
    std::string measurement;
    std::string field;
    stored_type stored = stored_type::floating;
    bool operator==(const type_conflict&) const = default;
};

/// What an answer says of them, as far as it says it whole: InfluxDB 1 and 2 name one field of
/// many, InfluxDB 3 one of each line.
[[nodiscard]] std::vector<type_conflict> type_conflicts(const http_response& answer);

/// For people: what was learnt, and what was done. Counted whenever a request is made, so twice for
/// what is sent twice.
struct guarded_fields {
    struct one {
        std::string database;  // or bucket
        type_conflict what;
        bool is_diverted = false;
    };
    counter coerced, diverted;  // values
    counter beyond_bound;       // conflicts that there was no room to note
    locked<std::vector<one>> fields;
};

class type_guard {
    struct known_field {
        std::string name;
        stored_type stored;
        bool is_diverted;
    };
    /// Of one destination, by measurement.
    using known_fields = std::map<std::string, std::vector<known_field>, std::less<>>;

public:
    /// @param fields_max how many are noted, over all destinations
    type_guard(type_guard_mode mode, std::size_t fields_max);

    /// A field that is known beforehand to be a tag elsewhere in its measurement.
    void expect_tag(std::string_view measurement, std::string_view field);

    /// @param destination that the answer came from
    /// @returns whether a field will be written otherwise from now on
    [[nodiscard]] bool learn(const std::string& destination, std::string_view database,
                             std::span<const type_conflict> conflicts);

    /// What is known of a destination, for the lines of one request.
    class view {
    public:
        /// Appends the line with its fields written as they are taken.
        /// @returns false where all of them are as they come; nothing is appended then
        [[nodiscard]] bool append(const protocol::point& point, std::string& out) const;
        /// Whether any line may have to be written otherwise.
        [[nodiscard]] bool is_active() const noexcept;

    private:
        friend class type_guard;
        view(const known_fields* everywhere, const known_fields* here, guarded_fields* shown)
            : everywhere_(everywhere),
              here_(here),
              shown_(shown) {}
        [[nodiscard]] static const std::vector<known_field>* list(const known_fields* of,
                                                                  std::string_view measurement);
        void append_field(const protocol::field& field, const known_field* known, bool is_first,
                          std::string& out) const;

        const known_fields* everywhere_;
        const known_fields* here_;  // or null
        guarded_fields* shown_;
    };
    [[nodiscard]] view of(const std::string& destination) const;

    [[nodiscard]] std::shared_ptr<const guarded_fields> shown() const noexcept { return shown_; }

private:
    [[nodiscard]] bool learn(known_fields& here, std::string_view database,
                             const type_conflict& conflict);
    void show(std::string_view database, const type_conflict& conflict, bool is_diverted);

    const type_guard_mode mode_;
    const std::size_t fields_max_;
    std::size_t fields_ = 0;
    known_fields everywhere_;
    std::map<std::string, known_fields, std::less<>> by_destination_;
    std::shared_ptr<guarded_fields> shown_ = std::make_shared<guarded_fields>();
};

}  // namespace relay::sinks
