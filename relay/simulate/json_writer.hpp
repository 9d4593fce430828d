// JSON as Proxmox writes it: numbers as Perl prints them, booleans as 0 and 1, and, where asked
// for, every number as a string, as older versions and careless plugins send them.
//
//     json_writer json;
//     json.object().array("data").object().put("vmid", 100).end().end().end();
//     json.text()    {"data":[{"vmid":100}]}
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::simulate {

enum class number_form : std::uint8_t { plain, string };

class json_writer {
public:
    explicit json_writer(number_form numbers = number_form::plain) : numbers_(numbers) {}

    json_writer& object(std::string_view name = {});
    json_writer& array(std::string_view name = {});
    /// Closes the innermost object or array.
    json_writer& end();

    json_writer& put(std::string_view name, std::string_view value);
    json_writer& put(std::string_view name, const char* value) {
        return put(name, std::string_view(value));
    }
    json_writer& put(std::string_view name, const std::string& value) {
        return put(name, std::string_view(value));
    }
    /// As Perl prints a float: 15 significant digits, an exponent where it is small.
    json_writer& put(std::string_view name, double value);
    template <std::integral Number>
    json_writer& put(std::string_view name, Number value) {
        return number(name, std::to_string(value));
    }
    json_writer& null(std::string_view name);
    /// A string as an element of an array.
    json_writer& element(std::string_view value);
    /// An element, or a member, that is JSON already.
    json_writer& raw(std::string_view json, std::string_view name = {});

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] number_form numbers() const noexcept { return numbers_; }

private:
    json_writer& open(std::string_view name, char bracket, char closing);
    json_writer& number(std::string_view name, std::string_view digits);
    void begin(std::string_view name);
    void append_string(std::string_view value);

    number_form numbers_;
    std::string text_;
    std::string open_;  // closing brackets, the innermost last
};

}  // namespace relay::simulate
