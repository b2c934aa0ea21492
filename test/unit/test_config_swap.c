#include "framework/config_swap.h"

#include "test/support/config_fixture.h"
#include <string.h>

enum { CHANGES = 3 };

static struct weir_config *create_swap(void)
{
    struct weir_config *config = config_create_complete();

    config_set(config, "weir.coordinator", "zookeeper");
    config_set(config, "zookeeper.connect", "zk:2181");
    config_set(config, "weir.strategy", "bluegreen");
    config_set(config, "weir.color", "blue");
    config_set(config, "weir.bluegreen.topology", "swap");
    config_set(config, "weir.bluegreen.peer.group.id", "next");
    config_set(config, "weir.bluegreen.peer.topics", "later,^log");
    return config;
}

/* What is changed in a good one, and what the check says of it then. */
static const struct {
    const char *changes[CHANGES][2];
    const char *verdict; /* "" when it is good */
} examples[] = {
    {{{NULL}}, ""},
    {{{"weir.bluegreen.peer.topics.exclude", "^.*-x"}}, ""},
    {{{"weir.bluegreen.topology", "standby"}},
     "weir.bluegreen.peer.group.id: only goes with weir.bluegreen.topology=swap"},
    {{{"weir.bluegreen.topology", "standby"}, {"weir.bluegreen.peer.group.id", ""}},
     "weir.bluegreen.peer.topics: only goes with weir.bluegreen.topology=swap"},
    {{{"weir.bluegreen.topology", "standby"},
      {"weir.bluegreen.peer.group.id", ""},
      {"weir.bluegreen.peer.topics", ""}},
     ""},
    {{{"weir.strategy", "sticky"}, {"weir.color", ""}},
     "weir.bluegreen.topology: only goes with weir.strategy=bluegreen"},
    {{{"weir.coordinator", "kafka"}, {"weir.strategy", ""}, {"weir.color", ""}},
     "weir.bluegreen.topology: only goes with weir.coordinator=zookeeper"},
    {{{"weir.bluegreen.peer.group.id", ""}}, "weir.bluegreen.peer.group.id: is missing"},
    {{{"weir.bluegreen.peer.group.id", "a/b"}}, "weir.bluegreen.peer.group.id: cannot be the name"},
    {{{"group.id", "next"}}, "weir.bluegreen.peer.group.id: is group.id"},
    {{{"weir.bluegreen.peer.topics", ""}}, "weir.bluegreen.peer.topics: is missing"},
    {{{"weir.bluegreen.peer.topics", "a,^[CANARY"}},
     "weir.bluegreen.peer.topics: at character 11: no regular expression"},
    {{{"weir.bluegreen.peer.topics.exclude", "^[CANARY"}},
     "weir.bluegreen.peer.topics.exclude: at character 9: no regular expression"},
    {{{"weir.strategy", "bluegreen-static"}, {"weir.partitions", "a:0"}},
     "weir.partitions: does not go with weir.bluegreen.topology=swap"},
};
enum { EXAMPLES = sizeof examples / sizeof examples[0] };

START_TEST(two_groups_are_judged)
{
    struct weir_config *config = create_swap();

    for (size_t i = 0; i < CHANGES && examples[_i].changes[i][0] != NULL; i++) {
        config_set(config, examples[_i].changes[i][0], examples[_i].changes[i][1]);
    }
    const char *verdict = config_verdict(config);
    ck_assert_msg(strncmp(verdict, examples[_i].verdict, strlen(examples[_i].verdict)) == 0 &&
                      (*verdict == '\0') == (*examples[_i].verdict == '\0'),
                  "\"%s\" instead of \"%s\"", verdict, examples[_i].verdict);
    assert_lacks(verdict, "CANARY");
    weir_config_destroy(config);
}
END_TEST

START_TEST(topics_of_the_other_group_are_topics)
{
    struct weir_config *config = create_swap();

    assert_contains(config_refusal(config, "weir.bluegreen.peer.topics", "a,,b"),
                    "weir.bluegreen.peer.topics: ");
    weir_config_destroy(config);
}
END_TEST

static void expect(const struct weir_config *config, const char *key, const char *value)
{
    ck_assert_msg(strcmp(weir_config_get(config, key), value) == 0, "%s is %s", key,
                  weir_config_get(config, key));
}

START_TEST(the_other_group_has_the_same_configuration_but_for_its_name_and_topics)
{
    struct weir_config *config = create_swap();
    struct weir_config *peer = NULL;
    struct weir_config *again = NULL;

    config_set(config, "group.id", "orders-group");
    config_set(config, "weir.topics", "^orders");
    config_set(config, "weir.topics.exclude", "orders-x");
    ck_assert_int_eq(weir_config_peer(config, &peer, NULL), WEIR_OK);
    expect(peer, "group.id", "next");
    expect(peer, "weir.topics", "later,^log");
    ck_assert_str_eq(config_verdict(peer), "");
    expect(peer, "weir.color", "blue");
    expect(peer, "weir.bluegreen.peer.group.id", "orders-group");
    expect(peer, "weir.bluegreen.peer.topics", "^orders");
    expect(peer, "weir.bluegreen.peer.topics.exclude", "orders-x");
    const char *excluded = weir_config_get(peer, "weir.topics.exclude");
    ck_assert(excluded == NULL || *excluded == '\0');
    ck_assert_int_eq(weir_config_peer(peer, &again, NULL), WEIR_OK);
    expect(again, "group.id", "orders-group");
    expect(again, "weir.topics.exclude", "orders-x");
    weir_config_destroy(again);
    weir_config_destroy(peer);
    weir_config_destroy(config);
}
END_TEST

START_TEST(who_stands_by_in_one_group_has_no_other)
{
    struct weir_config *config = config_create_complete();
    struct weir_config *peer = NULL;
    struct weir_error error = {.code = WEIR_OK};

    ck_assert_int_eq(weir_config_peer(config, &peer, &error), WEIR_ERR_STATE);
    ck_assert_ptr_null(peer);
    ck_assert(*error.text != '\0');
    weir_config_destroy(config);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("swap");

    tcase_add_loop_test(tcase, two_groups_are_judged, 0, EXAMPLES);
    tcase_add_test(tcase, topics_of_the_other_group_are_topics);
    tcase_add_test(tcase, the_other_group_has_the_same_configuration_but_for_its_name_and_topics);
    tcase_add_test(tcase, who_stands_by_in_one_group_has_no_other);
    return run_case(tcase, "config_swap");
}
