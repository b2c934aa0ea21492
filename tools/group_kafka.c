#include "tools/group_kafka.h"

#include "tools/client_kafka.h"
#include "tools/group_refuse.h"
#include "tools/memory.h"
#include "tools/monotonic.h"
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <weir/log.h>

enum { TEXT_SIZE = 768, NAME_SIZE = 4096, AGAIN_MS = 100, MS_PER_S = 1000, NS_PER_MS = 1000000 };

static bool is_configured(const char *key, const char *value)
{
    return strcmp(weir_config_get(weir_client_config(), key), value) == 0;
}

/* An empty group, or one without offsets, would be believed otherwise. */
static void say_what_is_unseen(void)
{
    if (is_configured("weir.coordinator", "none")) {
        weir_cli_complain("with weir.coordinator=none members are known to nobody: none are seen "
                          "here, even while they work");
    }
    if (is_configured("weir.offsets.store", "memory")) {
        weir_cli_complain("with weir.offsets.store=memory positions are each process's own: what "
                          "is seen here are offsets in Kafka");
    }
}

int weir_group_source_configure(const struct weir_cli_config *cli)
{
    if (weir_client_config() != NULL) {
        return WEIR_EXIT_OK;
    }
    int code = weir_client_configure(cli);
    if (code == WEIR_EXIT_OK) {
        say_what_is_unseen();
    }
    if (code == WEIR_EXIT_OK &&
        weir_config_get(weir_client_config(), "bootstrap.servers") == NULL) {
        weir_cli_complain("bootstrap.servers is missing: say where the cluster is, as in "
                          "-X bootstrap.servers=host1:9092");
        code = WEIR_EXIT_CONFIG;
    }
    return code;
}

/* One record of a partition tells its age, so no more than a little is fetched of each at a time; a
 * larger one comes as well, alone. But what is fetched must not fill the queues: while all that is
 * asked for is full the library sleeps, for a second, whatever comes meanwhile (hazard R49). */
static rd_kafka_t *open_handle(const char *group)
{
    const struct weir_client_setting settings[] = {{"group.id", group},
                                                   {"enable.auto.commit", "false"},
                                                   {"enable.auto.offset.store", "false"},
                                                   {"enable.partition.eof", "true"},
                                                   {"auto.offset.reset", "error"},
                                                   {"queued.min.messages", "100000"},
                                                   {"fetch.message.max.bytes", "16384"},
                                                   {"fetch.wait.max.ms", "50"},
                                                   {NULL, NULL}};
    char reason[WEIR_CLIENT_REASON_SIZE];
    rd_kafka_t *handle =
        weir_client_open_kafka(RD_KAFKA_CONSUMER, settings, rd_kafka_conf_new(), reason);

    if (handle == NULL) {
        weir_cli_complain(reason);
    } else {
        (void)rd_kafka_poll_set_consumer(handle);
    }
    return handle;
}

/* What is shown as it is. */
static bool is_text(const char *name)
{
    char shown[NAME_SIZE];

    weir_log_escape(name, shown, sizeof shown);
    return strcmp(name, shown) == 0;
}

/* Its members, or its offsets. */
static int open_zoo(struct weir_group_source *source, const char *store)
{
    source->offsets_in_zoo = store == NULL ? is_configured("weir.offsets.store", "zookeeper")
                                           : strcmp(store, "zookeeper") == 0;
    if (!source->offsets_in_zoo && !is_configured("weir.coordinator", "zookeeper")) {
        return WEIR_EXIT_OK;
    }
    return weir_zoo_group_open(weir_client_config(), source->group, NULL, &source->zoo);
}

int weir_group_source_open(const char *group, const char *store, int64_t timeout_ms,
                           struct weir_group_source **out)
{
    const char *name = group != NULL ? group : weir_config_get(weir_client_config(), "group.id");

    if (name == NULL || name[0] == '\0') {
        weir_cli_complain("a group is needed, by its name or as group.id of the configuration");
        return WEIR_EXIT_USAGE;
    }
    if (!is_text(name)) {
        weir_cli_complain("the group's name is no UTF-8, or has control characters in it");
        return WEIR_EXIT_USAGE;
    }
    rd_kafka_t *handle = open_handle(name);
    if (handle == NULL) {
        return WEIR_EXIT_CONFIG;
    }
    struct weir_group_source *source = weir_cli_alloc(1, sizeof *source);
    source->group = weir_cli_copy(name);
    source->handle = handle;
    source->queue = rd_kafka_queue_new(handle);
    source->timeout_ms = timeout_ms;
    *out = source;
    return open_zoo(source, store);
}

/* It never joined, so there is nothing to leave. */
void weir_group_source_close(struct weir_group_source *source)
{
    if (source == NULL) {
        return;
    }
    weir_zoo_group_close(source->zoo);
    rd_kafka_queue_destroy(source->queue);
    rd_kafka_destroy_flags(source->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(source->group);
    free(source);
}

const char *weir_group_source_name(const struct weir_group_source *source)
{
    return source->group;
}

bool weir_group_source_keeps_metadata(const struct weir_group_source *source)
{
    return !source->offsets_in_zoo;
}

const char *weir_group_source_strategy(const struct weir_group_source *source)
{
    const char *name = weir_config_get(weir_client_config(), "weir.strategy");

    return source->zoo == NULL ? NULL : name == NULL ? "sticky" : name;
}

const char *weir_group_source_member(const struct weir_group_source *source)
{
    return weir_config_get(weir_client_config(),
                           source->zoo == NULL ? "group.instance.id" : "weir.member.id");
}

int weir_group_left_ms(const struct weir_group_source *source)
{
    int64_t left_ms = source->deadline_ms - weir_monotonic_ms();

    return left_ms > 0 ? (int)left_ms : 0;
}

bool weir_group_is_silence(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
           code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
           code == RD_KAFKA_RESP_ERR__WAIT_COORD || code == RD_KAFKA_RESP_ERR__RESOLVE;
}

int weir_group_fail(const struct weir_group_source *source, const char *act,
                    rd_kafka_resp_err_t code)
{
    char text[TEXT_SIZE];

    if (weir_group_is_silence(code)) {
        (void)snprintf(text, sizeof text,
                       "%s: no answer of bootstrap.servers=%.300s within %lld ms; check the "
                       "address and security.protocol, or wait longer with --timeout",
                       act, weir_config_get(weir_client_config(), "bootstrap.servers"),
                       (long long)source->timeout_ms);
    } else {
        (void)snprintf(text, sizeof text, "%s: %s", act, rd_kafka_err2str(code));
    }
    weir_cli_complain(text);
    return WEIR_EXIT_UNAVAILABLE;
}

bool weir_group_may_ask_again(const struct weir_group_source *source, rd_kafka_resp_err_t code)
{
    bool settling = code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
                    code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
                    code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;

    if (settling) {
        int left_ms = weir_group_left_ms(source);
        (void)poll(NULL, 0, left_ms < AGAIN_MS ? left_ms : AGAIN_MS);
    }
    return settling && weir_group_left_ms(source) > 0;
}

rd_kafka_event_t *weir_group_await(const struct weir_group_source *source,
                                   rd_kafka_event_type_t type)
{
    rd_kafka_event_t *event = NULL;

    /* The answer to an earlier question may come when nobody waits for it any more. */
    while ((event = rd_kafka_queue_poll(source->queue, weir_group_left_ms(source))) != NULL) {
        if (rd_kafka_event_type(event) == type) {
            return event;
        }
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

rd_kafka_AdminOptions_t *weir_group_options(const struct weir_group_source *source,
                                            rd_kafka_admin_op_t operation)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(source->handle, operation);
    char reason[TEXT_SIZE];

    assert(options != NULL);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, weir_group_left_ms(source), reason,
                                                    sizeof reason);
    return options;
}

static void complain_missing(const struct weir_choice_range *range)
{
    char text[TEXT_SIZE];

    if (range->last == WEIR_CHOICE_ALL) {
        (void)snprintf(text, sizeof text, "there is no topic '%s'", range->topic);
    } else {
        (void)snprintf(text, sizeof text, "there is no partition %d of topic '%s'",
                       (int)range->last, range->topic);
    }
    weir_cli_complain(text);
}

/* Those that were named and are not there. */
static int judge_choice(const struct weir_choice *choice, const struct weir_view *view)
{
    int code = WEIR_EXIT_OK;

    for (size_t i = 0; i < choice->count; i++) {
        const struct weir_choice_range *range = &choice->ranges[i];
        bool all = range->last == WEIR_CHOICE_ALL;
        if (weir_view_find(view, range->topic, all ? 0 : range->last) == NULL) {
            complain_missing(range);
            code = WEIR_EXIT_USAGE;
        }
    }
    return code;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static int ask_committed(struct weir_group_source *source, struct weir_view *view)
{
    return source->offsets_in_zoo
               ? weir_zoo_group_ask_committed(source->zoo, weir_group_left_ms(source), view)
               : weir_group_ask_committed(source, view);
}

static int describe(struct weir_group_source *source, struct weir_view *view)
{
    return source->zoo != NULL
               ? weir_zoo_group_describe(source->zoo, weir_group_left_ms(source), view)
               : weir_group_describe(source, view);
}

int weir_group_source_look(struct weir_group_source *source, const struct weir_look *look,
                           struct weir_view *out)
{
    *out = (struct weir_view){.time_ms = now_ms()};
    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    int code = weir_group_list_partitions(source, look->choice, out);
    code = code != WEIR_EXIT_OK ? code : judge_choice(look->choice, out);
    code = code != WEIR_EXIT_OK ? code : ask_committed(source, out);
    if (code != WEIR_EXIT_OK || look->offsets_alone) {
        return code;
    }
    code = describe(source, out);
    if (code == WEIR_EXIT_OK && look->choice->count == 0) {
        weir_view_keep_used(out);
    }
    code = code != WEIR_EXIT_OK ? code : weir_group_ask_ranges(source, out);
    if (code == WEIR_EXIT_OK && look->ages) {
        weir_group_ask_ages(source, out);
    }
    return code;
}

/* Offsets in Kafka are used by members that the brokers know, too, whatever the configuration says;
 * the brokers would refuse a write then. */
int weir_group_source_refuse(struct weir_group_source *source)
{
    struct weir_view view = {.state = NULL};
    int code = WEIR_EXIT_OK;

    source->deadline_ms = weir_monotonic_ms() + source->timeout_ms;
    if (source->zoo != NULL) {
        code = weir_zoo_group_describe(source->zoo, weir_group_left_ms(source), &view);
        code = code != WEIR_EXIT_OK ? code : weir_group_refuse(source->group, &view);
        weir_view_fini(&view);
    }
    if (code == WEIR_EXIT_OK && !source->offsets_in_zoo) {
        code = weir_group_describe(source, &view);
        code = code != WEIR_EXIT_OK ? code : weir_group_refuse(source->group, &view);
        weir_view_fini(&view);
    }
    return code;
}
