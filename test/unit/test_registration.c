#include "framework/registration.h"

#include "framework/base/memory.h"
#include "test/support/json_memory.h"
#include "test/support/runner.h"
#include <string.h>

static struct weir_registration self;
static struct weir_registration_topic topics[2];
static char strategy[] = "sticky";
static char rack[] = "r1";
static char orders[] = "orders";
static char payments[] = "payments";

static void set_up(void)
{
    topics[0] = (struct weir_registration_topic){.name = orders, .partitions = 12};
    topics[1] = (struct weir_registration_topic){.name = payments, .partitions = 1};
    self = (struct weir_registration){
        .strategy = strategy, .capacity = 3, .rack = rack, .topics = topics, .topic_count = 2};
}

/* What Kafka's old tools and go_kafka_client look for, as they wrote it. */
START_TEST(others_find_what_they_look_for)
{
    char *text = NULL;

    ck_assert_int_eq(weir_registration_write(&self, 1700000000123, &text), WEIR_OK);
    ck_assert_ptr_nonnull(strstr(text, "\"version\":1"));
    ck_assert_ptr_nonnull(strstr(text, "\"subscription\":{\"orders\":1,\"payments\":1}"));
    ck_assert_ptr_nonnull(strstr(text, "\"pattern\":\"static\""));
    ck_assert_ptr_nonnull(strstr(text, "\"timestamp\":\"1700000000123\""));
    weir_free(text);
}
END_TEST

static enum weir_status write_self(char **out)
{
    return weir_registration_write(&self, 1, out);
}

START_TEST(without_memory_it_is_not_written)
{
    json_memory_sweep(write_self);
}
END_TEST

START_TEST(what_a_member_did_is_told)
{
    static char blue[] = "blue";
    struct weir_registration read = {0};
    char *text = NULL;

    static char name[] = "store";
    static char version[] = "2.1.0";

    self.color = blue;
    self.handler = name;
    self.version = version;
    self.progress = (struct weir_registration_progress){
        .turn = 7,
        .full = true,
        .vitals = {.told = true, .records = 12, .failed = 3, .busy_us = 99}};
    json_memory_sweep(write_self);
    ck_assert_int_eq(weir_registration_write(&self, 1, &text), WEIR_OK);
    ck_assert_ptr_nonnull(strstr(text, "\"full\":true,\"vitals\":{\"records\":12,\"failed\":3,"
                                       "\"busy_us\":99}}"));
    ck_assert_int_eq(weir_registration_read(text, strlen(text), &read, NULL), WEIR_OK);
    ck_assert(weir_vitals_equal(&read.progress.vitals, &self.progress.vitals));
    ck_assert_str_eq(read.handler, "store");
    ck_assert_str_eq(read.version, "2.1.0");
    weir_registration_fini(&read);
    char *number = strstr(text, "12,\"failed\"");
    number[0] = '0';
    ck_assert_int_eq(weir_registration_read(text, strlen(text), &read, NULL), WEIR_ERR_INVALID);
    number[0] = ' ';
    ck_assert_int_eq(weir_registration_read(text, strlen(text), &read, NULL), WEIR_ERR_INVALID);
    weir_free(text);
}
END_TEST

START_TEST(what_is_written_is_read)
{
    struct weir_registration read = {0};
    char *text = NULL;

    ck_assert_int_eq(weir_registration_write(&self, 1, &text), WEIR_OK);
    ck_assert_int_eq(weir_registration_read(text, strlen(text), &read, NULL), WEIR_OK);
    ck_assert_str_eq(read.strategy, "sticky");
    ck_assert_uint_eq(read.capacity, 3);
    ck_assert_str_eq(read.rack, "r1");
    ck_assert_ptr_null(read.color);
    ck_assert_ptr_null(read.partitions);
    ck_assert_uint_eq(read.topic_count, 2);
    ck_assert_str_eq(read.topics[1].name, "payments");
    ck_assert_uint_eq(read.topics[0].partitions, 12);
    weir_registration_fini(&read);
    weir_free(text);
}
END_TEST

START_TEST(who_is_a_shadow_says_so)
{
    for (int i = 0; i < 2; i++) {
        struct weir_registration read = {0};
        char *text = NULL;

        self.shadow = i == 1;
        ck_assert_int_eq(weir_registration_write(&self, 1, &text), WEIR_OK);
        ck_assert((strstr(text, "\"shadow\":true") != NULL) == self.shadow);
        ck_assert_int_eq(weir_registration_read(text, strlen(text), &read, NULL), WEIR_OK);
        ck_assert(read.shadow == self.shadow);
        weir_registration_fini(&read);
        weir_free(text);
    }
}
END_TEST

#define WEIR_PART "{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":{\"t\":1}}"

static const struct {
    const char *text;
    enum weir_status status;
} examples[] = {
    {"{\"weir\":" WEIR_PART "}", WEIR_OK},
    {"", WEIR_ERR_INVALID},
    {"[]", WEIR_ERR_INVALID},
    {"{\"version\":1,\"subscription\":{\"t\":1}}", WEIR_ERR_INVALID},
    {"{\"weir\":1}", WEIR_ERR_INVALID},
    {"{\"weir\":{}}", WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":2}}", WEIR_ERR_STATE},
    {"{\"weir\":" WEIR_PART ",\"weir\":" WEIR_PART "}", WEIR_ERR_INVALID},
    {"{\"weir\":" WEIR_PART, WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":1,\"capacity\":1,\"topics\":{}}}", WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":0,\"topics\":{}}}",
     WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":{\"t\":0}}}",
     WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":{\"t\":100001}}}",
     WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":{\"..\":1}}}",
     WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":{\"a/b\":1}}}",
     WEIR_ERR_INVALID},
    {"{\"weir\":{\"version\":1,\"strategy\":\"a\",\"capacity\":1,\"topics\":[]}}",
     WEIR_ERR_INVALID},
    {"\xff\xfe{", WEIR_ERR_INVALID},
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

START_TEST(what_is_no_registration_is_refused_with_a_reason)
{
    struct weir_registration read = {0};
    struct weir_error error = {0};
    enum weir_status status =
        weir_registration_read(examples[_i].text, strlen(examples[_i].text), &read, &error);

    ck_assert_int_eq(status, examples[_i].status);
    ck_assert(status == WEIR_OK || strlen(error.text) > 5);
    weir_registration_fini(&read);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("registration");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, others_find_what_they_look_for);
    tcase_add_test(tcase, without_memory_it_is_not_written);
    tcase_add_test(tcase, what_a_member_did_is_told);
    tcase_add_test(tcase, what_is_written_is_read);
    tcase_add_test(tcase, who_is_a_shadow_says_so);
    tcase_add_loop_test(tcase, what_is_no_registration_is_refused_with_a_reason, 0, EXAMPLES);
    return runner_run("registration", tcase);
}
