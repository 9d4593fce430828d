#include "relay/journal/record_loading.hpp"

#include "protocol/gzip_member.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace relay::journal {
namespace {

/// Into memory that is as long as the text is said to be.
bool inflate(std::string_view member, std::size_t text_bytes, std::string& text) {
    text.resize(text_bytes + 1);  // one more tells "full" from "too large"
    const auto inflated = protocol::inflate_member(member, text);
    if (!inflated || *inflated > text_bytes) return false;
    text.resize(*inflated);
    return true;
}

}  // namespace

record_ptr load_record(segment_reader& from, const parsed_header& parsed, std::uint64_t end,
                       contents what) {
    auto made = std::make_shared<record>();
    made->header = parsed.header;
    if (!from.load(parsed, end, made->member)) return nullptr;
    if (what == contents::text) {
        const auto bytes_max =
            std::min<std::size_t>(parsed.header.text_bytes, batch_text_bytes_max);
        if (!inflate(made->member, bytes_max, made->text)) return nullptr;
    }
    return made;
}

}  // namespace relay::journal
