#include "framework/config_redact.h"

#include "framework/base/memory.h"
#include "framework/config_mask.h"
#include "test/support/config_fixture.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key;
    const char *value;
    const char *shown; /* NULL: the value itself */
} entries[] = {
    {"client.id", "shop", NULL},
    {"group.id", "", NULL},
    /* by name, hazard X1 */
    {"ssl.key.location", "/etc/key.pem", "***"},
    {"ssl.key.password", "x", "***"},
    {"ssl.key.pem", "x", "***"},
    {"ssl_key", "x", "***"},
    {"ssl.ca.pem", "x", "***"},
    {"ssl.keystore.password", "x", "***"},
    {"sasl.username", "alice", "***"},
    {"sasl.password", "x", "***"},
    {"sasl.oauthbearer.config", "x", "***"},
    {"sasl.oauthbearer.client.secret", "x", "***"},
    {"basic.auth.user.info", "x:y", "***"},
    {"zookeeper.auth", "digest:x:y", "***"},
    {"zookeeper.digest", "x:y", "***"},
    {"sasl.password", "", NULL},
    /* by pattern, in any case */
    {"handler.db.password", "x", "***"},
    {"handler.DB_PASSWORD", "x", "***"},
    {"handler.clientSecret", "x", "***"},
    {"handler.token", "x", "***"},
    {"handler.credentials.file", "x", "***"},
    {"handler.api_key", "x", "***"},
    {"handler.passphrase", "x", "***"},
    {"handler.monkey", "x", NULL},
    /* by value */
    {"handler.dsn", "host=db password=x user=y", "***"},
    {"handler.dsn", "host=db PWD = x", "***"},
    {"handler.json", "{\"token\": \"x\"}", "***"},
    {"handler.note", "the password is elsewhere", NULL},
    {"handler.pem", "-----BEGIN RSA PRIVATE KEY-----\nx", "***"},
    {"ssl.certificate.pem", "-----BEGIN CERTIFICATE-----\nx", NULL},
    /* URLs */
    {"handler.url", "postgres://u:p@db/x", "postgres://***@db/x"},
    {"handler.url", "http://u@h", "http://***@h"},
    {"handler.url", "http://h/x", NULL},
    {"handler.url", "http://u:p@a,http://v:q@b", "http://***@a,http://***@b"},
    {"handler.url", "http://u:p/q@h/x", "http://***@h/x"},
    {"handler.url", "http://u:p@q@h/x", "http://***@h/x"},
    {"handler.url", "see http://u:p@h now a@b", "see http://***@h now a@b"},
    {"handler.url", "://@", "://***@"},
    {"handler.url", "://@://@", "://***@://***@"},
    {"handler.mail", "a@b", NULL},
    {"bootstrap.servers", "SASL_SSL://h:9092,h2:9092", NULL},
};

START_TEST(secrets_are_masked_and_nothing_else)
{
    char *shown = NULL;

    ck_assert_int_eq(weir_config_redact(entries[_i].key, entries[_i].value, &shown), WEIR_OK);
    const char *effective = shown == NULL ? entries[_i].value : shown;
    ck_assert_str_eq(effective, entries[_i].shown == NULL ? entries[_i].value : entries[_i].shown);
    weir_free(shown);
}
END_TEST

START_TEST(without_memory_nothing_is_shown)
{
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        char *shown = NULL;
        weir_memory_fail_nth(1);
        enum weir_status status = weir_config_redact(entries[i].key, entries[i].value, &shown);
        weir_memory_fail_nth(0);
        ck_assert_ptr_null(shown);
        ck_assert(status == WEIR_ERR_NOMEM || entries[i].shown == NULL);
    }
}
END_TEST

static const struct {
    const char *key;
    int showable;
} keys[] = {
    {"bootstrap.server", 1},
    {"weir.batch-size", 1},
    {"batch_size", 1},
    {"hunter2", 0},
    {"Hunter.2", 0},
    {"MIIEvQIBADANBg", 0},
    {"a b.c", 0},
    {".a", 0},
    {"9.a", 0},
    {"a.\n", 0},
    {"", 0},
    {"a=b.c", 0},
};

START_TEST(an_unknown_key_is_shown_only_with_the_look_of_one)
{
    ck_assert_int_eq(weir_config_key_showable(keys[_i].key), keys[_i].showable);
}
END_TEST

static void expect_mask(bool secrets_only, const char *before, const char *after)
{
    struct weir_config *config = config_create();
    char *text = strdup(before);

    config_set(config, "sasl.password", "hunter2");
    config_set(config, "client.id", "shop");
    config_set(config, "security.protocol", "ssl");
    config_set(config, "ssl.ca.location", "/etc/ssl/ours.pem");
    config_set(config, "ssl.key.password", "e");
    config_set(config, "handler.mode", "fast");
    weir_config_mask(config, secrets_only, text);
    ck_assert_str_eq(text, after);
    free(text);
    weir_config_destroy(config);
}

START_TEST(values_in_the_texts_of_others_are_masked)
{
    expect_mask(false, "", "");
    expect_mask(false, "nothing", "nothing");
    expect_mask(false, "got hunter2, hunter2", "got ***, ***");
    expect_mask(false, "xhunter2x", "x***x"); /* a secret also within a word */
    expect_mask(false, "hunter", "hunter");
    expect_mask(false, "fopen(/etc/ssl/ours.pem, r)", "fopen(***, r)");
    expect_mask(false, "ssl.ca.location failed: ssl", "ssl.ca.location failed: ***");
    expect_mask(false, "shopping at shop", "shopping at ***");
    expect_mask(false, "fast", "fast");
}
END_TEST

START_TEST(only_secrets_are_masked_where_that_is_asked)
{
    expect_mask(true, "hunter2 opens /etc/ssl/ours.pem", "*** opens /etc/ssl/ours.pem");
    expect_mask(true, "shop", "shop");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("redact");

    tcase_add_loop_test(tcase, secrets_are_masked_and_nothing_else, 0,
                        sizeof entries / sizeof entries[0]);
    tcase_add_test(tcase, without_memory_nothing_is_shown);
    tcase_add_loop_test(tcase, an_unknown_key_is_shown_only_with_the_look_of_one, 0,
                        sizeof keys / sizeof keys[0]);
    tcase_add_test(tcase, values_in_the_texts_of_others_are_masked);
    tcase_add_test(tcase, only_secrets_are_masked_where_that_is_asked);
    return run_case(tcase, "config_redact");
}
