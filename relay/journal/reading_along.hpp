// The journal's onlooker: a reader with a place in memory alone.
#pragma once

#include "relay/journal/catalog.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/journal_reader.hpp"

#include <cstdint>
#include <vector>

namespace relay::journal {

class reading_along final : public onlooker {
public:
    reading_along(catalog& records, std::int64_t appended_since_ns);
    ~reading_along() override;
    reading_along(const reading_along&) = delete;
    reading_along& operator=(const reading_along&) = delete;

    [[nodiscard]] std::vector<record_ptr> read(const read_limits& limits) override;

private:
    void pass_older();

    catalog& catalog_;
    journal_reader reader_;
    sequence after_;
    onlooker_id id_;
    std::int64_t since_ns_;
    bool in_time_ = false;  // what is older is behind us
};

}  // namespace relay::journal
