/* What do the parts that ask Kafka about a group share? */
#ifndef WEIR_TOOLS_GROUP_KAFKA_H
#define WEIR_TOOLS_GROUP_KAFKA_H

#include "tools/group_source.h"
#include "tools/zoo_group.h"
#include <librdkafka/rdkafka.h>

/* Included by *_kafka.c only. The handle is a consumer's with the group's name that never joins:
 * its request for offsets waits until the coordinator is ready, where an administrator's crashes
 * librdkafka 2.0.2. */
struct weir_group_source {
    char *group;
    rd_kafka_t *handle;
    rd_kafka_queue_t *queue; /* of answers to an administrator */
    int64_t timeout_ms;
    int64_t deadline_ms;        /* of the present call */
    struct weir_zoo_group *zoo; /* NULL: nothing of it is in ZooKeeper */
    bool offsets_in_zoo;        /* as well as its members */
};

/* Of the present call; 0 when it is over. */
int weir_group_left_ms(const struct weir_group_source *source);
/* Nobody answered, or not in time. */
bool weir_group_is_silence(rd_kafka_resp_err_t code);
/* Says that this could not be done, and why; the exit code. */
int weir_group_fail(const struct weir_group_source *source, const char *act,
                    rd_kafka_resp_err_t code);
/* The coordinator was just chosen, or is reading its log: true after a while, in which that may
 * have come to its end, or false when there is no time left or it is something else. */
bool weir_group_may_ask_again(const struct weir_group_source *source, rd_kafka_resp_err_t code);
/* The answer of this kind, which the caller destroys, or NULL in the end. */
rd_kafka_event_t *weir_group_await(const struct weir_group_source *source,
                                   rd_kafka_event_type_t type);
/* With the time that is left. The caller destroys it. */
rd_kafka_AdminOptions_t *weir_group_options(const struct weir_group_source *source,
                                            rd_kafka_admin_op_t operation);
/* Say what goes wrong, and return the exit code, as the next three do:
 * state, coordinator and members, and who owns what of the view's partitions. */
int weir_group_describe(struct weir_group_source *source, struct weir_view *view);
/* The selected partitions there are, or all. */
int weir_group_list_partitions(struct weir_group_source *source, const struct weir_choice *choice,
                               struct weir_view *view);
int weir_group_ask_committed(struct weir_group_source *source, struct weir_view *view);
int weir_group_ask_ranges(struct weir_group_source *source, struct weir_view *view);
/* Ages that cannot be learnt stay unknown. */
void weir_group_ask_ages(struct weir_group_source *source, struct weir_view *view);

#endif /* WEIR_TOOLS_GROUP_KAFKA_H */
