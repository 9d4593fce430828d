// Writes docs/naming.md (`write_naming document`), or every metric as an exposition
// (`write_naming exposition`), to stdout.
#include "tests/support/naming_document.hpp"

#include <cstdio>
#include <string_view>

int main(int count, char** arguments) {
    const std::string_view what = count == 2 ? arguments[1] : "";
    if (what != "document" && what != "exposition") {
        std::fputs("usage: write_naming document|exposition\n", stderr);
        return 2;
    }
    const auto text = what == "document" ? relay::test_support::naming_document()
                                         : relay::test_support::naming_exposition();
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
