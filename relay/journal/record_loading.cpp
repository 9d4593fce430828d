#include "relay/journal/record_loading.hpp"

#include "protocol/gzip_member.hpp"

#include <algorithm>
#include <memory>

namespace relay::journal {

record_ptr load_record(segment_reader& from, const parsed_header& parsed, std::uint64_t end,
                       contents what) {
    auto made = std::make_shared<record>();
    made->header = parsed.header;
    if (!from.load(parsed, end, made->member)) return nullptr;
    if (what == contents::text) {
        const auto bytes_max =
            std::min<std::size_t>(parsed.header.text_bytes, batch_text_bytes_max);
        made->text.reserve(bytes_max);
        if (!protocol::inflate_member(made->member, bytes_max, made->text)) return nullptr;
    }
    return made;
}

}  // namespace relay::journal
