#include "framework/base/utf8.h"

#include "test/support/config_fixture.h"
#include <stdbool.h>
#include <string.h>

static const struct {
    const char *text;
    size_t invalid; /* offset; the size when all is well */
} texts[] = {
    {"", 0},
    {"plain", 5},
    {"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 19},
    {"a\x80", 1},            /* continuation without a lead */
    {"a\xC3", 1},            /* cut off */
    {"a\xE2\x82", 1},        /* cut off */
    {"a\xC3(", 1},           /* no continuation */
    {"a\xE2(\x82", 1},       /* no continuation */
    {"\xC0\x80", 0},         /* overlong NUL */
    {"\xC1\xBF", 0},         /* overlong */
    {"\xE0\x9F\xBF", 0},     /* overlong */
    {"\xF0\x8F\xBF\xBF", 0}, /* overlong */
    {"\xED\xA0\x80", 0},     /* surrogate */
    {"\xED\x9F\xBF", 3},     /* the last before them */
    {"\xEE\x80\x80", 3},     /* the first after them */
    {"\xF4\x90\x80\x80", 0}, /* above U+10FFFF */
    {"\xF5\x80\x80\x80", 0}, /* no lead */
    {"\xFE", 0},
    {"\xFF", 0},
};

START_TEST(only_well_formed_text_passes)
{
    const char *text = texts[_i].text;

    ck_assert_uint_eq(weir_utf8_invalid(text, strlen(text)), texts[_i].invalid);
}
END_TEST

START_TEST(a_nul_is_not_text)
{
    ck_assert_uint_eq(weir_utf8_invalid("a\0b", 3), 1);
}
END_TEST

START_TEST(the_first_character_has_a_size)
{
    ck_assert_uint_eq(weir_utf8_size("ab", 2), 1);
    ck_assert_uint_eq(weir_utf8_size("\xE2\x82\xAC!", 4), 3);
    ck_assert_uint_eq(weir_utf8_size("\xE2\x82\xAC!", 2), 0); /* not all of it is ours */
    ck_assert_uint_eq(weir_utf8_size("\xFF!", 2), 0);
    ck_assert_uint_eq(weir_utf8_size("", 1), 0);
    ck_assert_uint_eq(weir_utf8_size("a", 0), 0);
}
END_TEST

START_TEST(every_code_point_is_written_as_it_is_read)
{
    int32_t wrong = 0;

    for (int32_t point = 1; point <= 0x10FFFF; point++) {
        char text[4];
        size_t size = weir_utf8_encode(point, text);
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        if (weir_utf8_invalid(text, size) != (surrogate ? 0 : size)) {
            wrong = point;
        }
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("utf8");

    tcase_add_loop_test(tcase, only_well_formed_text_passes, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tcase, a_nul_is_not_text);
    tcase_add_test(tcase, the_first_character_has_a_size);
    tcase_add_test(tcase, every_code_point_is_written_as_it_is_read);
    return run_case(tcase, "utf8");
}
