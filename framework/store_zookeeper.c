#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/store_zookeeper_state.h"
#include <assert.h>

/* Offsets where Kafka's old consumers and their tools keep them: the next offset in decimal in
 * /consumers/<group>/offsets/<topic>/<partition>. A write is one transaction that holds only if the
 * partition's fence is still the one of our claim; where no coordinator gives claims, only if
 * nobody else wrote since we looked. It has a session of its own and needs nothing of it but
 * answers, so it outlives each session. */

enum { REOPEN_MS = 1000 };

static struct weir_store_zookeeper *zookeeper_of(struct weir_store *store)
{
    return (struct weir_store_zookeeper *)store;
}

static enum weir_status open_session(struct weir_store_zookeeper *s, struct weir_error *error)
{
    const struct weir_zoo_options options = {.config = s->env.config,
                                             .report = s->env.report,
                                             .wake = s->env.wake,
                                             .wake_user = s->env.wake_user};

    s->reopen_at = weir_time_after_ms(s->env.now(), REOPEN_MS);
    return s->env.zoo->open(&options, &s->zoo, error);
}

bool weir_store_zookeeper_connected(const struct weir_store_zookeeper *s)
{
    return s->zoo != NULL && s->zoo->ops->state(s->zoo) == WEIR_ZOO_CONNECTED;
}

static void hear_answer(struct weir_store_zookeeper *s, const struct weir_zoo_event *event)
{
    switch ((enum weir_offset_tag)(event->tag >> 56)) {
    case WEIR_TAG_SYNC:
    case WEIR_TAG_LOAD:
        weir_store_zookeeper_heard(s, event);
        break;
    case WEIR_TAG_LOOK:
    case WEIR_TAG_WRITE:
    case WEIR_TAG_FORGET:
        weir_store_zookeeper_written(s, event);
        break;
    case WEIR_TAG_NOBODY: /* the write after it tells what became of it */
        break;
    }
}

/* Whatever was out has been answered by then. */
static void end_session(struct weir_store_zookeeper *s)
{
    s->zoo->ops->close(s->zoo);
    s->zoo = NULL;
    weir_store_zookeeper_read_again(s);
}

static void poll_session(struct weir_store_zookeeper *s, weir_time now)
{
    struct weir_zoo_event event;

    while (s->zoo->ops->poll(s->zoo, now, &event)) {
        if (event.kind == WEIR_ZOO_ANSWER) {
            hear_answer(s, &event);
        }
        if (event.kind == WEIR_ZOO_STATE && event.state == WEIR_ZOO_LOST) {
            end_session(s);
            return;
        }
    }
}

static void serve_zookeeper(struct weir_store *store)
{
    struct weir_store_zookeeper *s = zookeeper_of(store);
    weir_time now = s->env.now();

    if (s->zoo == NULL && now >= s->reopen_at) {
        (void)open_session(s, NULL); /* tried again later */
    }
    if (s->zoo != NULL) {
        poll_session(s, now);
    }
    weir_store_zookeeper_write(s);
    weir_store_zookeeper_read(s);
    if (s->committing && s->unsettled == 0) {
        s->committing = false;
        s->env.done(WEIR_OK, s->answer, s->entry_count, s->text[0] != '\0' ? s->text : NULL,
                    s->env.done_user);
    }
}

static weir_time due_zookeeper(const struct weir_store *store)
{
    const struct weir_store_zookeeper *s = (const struct weir_store_zookeeper *)store;

    return s->zoo == NULL ? s->reopen_at : s->zoo->ops->due(s->zoo);
}

static enum weir_status check_env(const struct weir_store_env *env, struct weir_error *error)
{
    const char *group = weir_config_get(env->config, "group.id");

    if (env->zoo == NULL) {
        return weir_error_set(error, WEIR_ERR_CONFIG, 0,
                              "weir.offsets.store: zookeeper is not in this build");
    }
    return group != NULL && weir_znode_name_valid(group)
               ? WEIR_OK
               : weir_error_set(error, WEIR_ERR_CONFIG, 0,
                                "group.id: cannot be the name of a ZooKeeper node; use up to 255 "
                                "printable characters and no slash");
}

static enum weir_status open_zookeeper(struct weir_store *store, const struct weir_store_env *env,
                                       struct weir_error *error)
{
    struct weir_store_zookeeper *s = zookeeper_of(store);
    enum weir_status status = check_env(env, error);

    if (status != WEIR_OK) {
        return status;
    }
    s->env = *env;
    s->group = weir_config_get(env->config, "group.id");
    status = open_session(s, error);
    if (status != WEIR_OK) {
        return status;
    }
    weir_mutex_init(&s->mutex);
    weir_condition_init(&s->loaded);
    return WEIR_OK;
}

static void close_zookeeper(struct weir_store *store)
{
    struct weir_store_zookeeper *s = zookeeper_of(store);

    assert(s->loads == NULL);
    if (s->zoo != NULL) {
        s->zoo->ops->close(s->zoo);
    }
    weir_stored_rows_fini(&s->rows);
    weir_free(s->entries);
    weir_free(s->answer);
    (void)pthread_cond_destroy(&s->loaded);
    weir_mutex_fini(&s->mutex);
}

const struct weir_store_ops weir_store_zookeeper = {.name = "zookeeper",
                                                    .size = sizeof(struct weir_store_zookeeper),
                                                    .open = open_zookeeper,
                                                    .load = weir_store_zookeeper_load,
                                                    .commit = weir_store_zookeeper_commit,
                                                    .serve = serve_zookeeper,
                                                    .due = due_zookeeper,
                                                    .forget = weir_store_zookeeper_forget,
                                                    .close = close_zookeeper};
