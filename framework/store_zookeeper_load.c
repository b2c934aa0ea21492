#include "framework/base/error.h"
#include "framework/store_zookeeper_state.h"
#include <errno.h>
#include <stdio.h>

enum { SERIALS = 0xffffff }; /* as many as a tag has room for */

/* Lives on the stack of the side thread that waits for it. */
struct weir_offset_load {
    struct weir_offset_load *next;
    struct weir_position *positions;
    size_t count;
    size_t asked;
    size_t answered;
    bool synced; /* or on its way */
    uint32_t serial;
    bool done;
    enum weir_status status;
    struct weir_error error;
};

static void finish_load(struct weir_store_zookeeper *s, struct weir_offset_load *load,
                        enum weir_status status)
{
    weir_mutex_assert_held(&s->mutex);
    load->status = status;
    load->done = true;
    (void)pthread_cond_broadcast(&s->loaded);
}

static void fail_load(struct weir_store_zookeeper *s, struct weir_offset_load *load,
                      enum weir_status status, const char *why)
{
    (void)weir_error_set(&load->error, status, 0, "cannot read offsets from ZooKeeper: %s", why);
    finish_load(s, load, status);
}

static void fail_load_of_node(struct weir_store_zookeeper *s, struct weir_offset_load *load,
                              const struct weir_position *position)
{
    struct weir_znode node;
    char why[WEIR_ZNODE_PATH_SIZE + 64];

    weir_znode_offset(&node, s->group, position->topic, position->partition);
    (void)snprintf(why, sizeof why, "%s holds no offset; mend or delete it", node.path);
    fail_load(s, load, WEIR_ERR_INVALID, why);
}

static struct weir_offset_load *find_load(const struct weir_store_zookeeper *s, uint32_t serial)
{
    struct weir_offset_load *load = s->loads;

    weir_mutex_assert_held(&s->mutex);
    while (load != NULL && (load->serial & SERIALS) != (serial & SERIALS)) {
        load = load->next;
    }
    return load;
}

/* What is to be asked next, copied: whoever waits for it may give up meanwhile. */
struct question {
    struct weir_znode node;
    uint32_t serial;
    size_t index;
    bool sync; /* a server that lags behind may not have what the last owner wrote */
};

static bool next_question(struct weir_store_zookeeper *s, struct question *out)
{
    weir_mutex_lock(&s->mutex);
    const struct weir_offset_load *load = s->loads;
    while (load != NULL && (load->done || load->asked == load->count)) {
        load = load->next;
    }
    if (load != NULL) {
        const struct weir_position *position = &load->positions[load->asked];
        out->serial = load->serial;
        out->index = load->asked;
        out->sync = !load->synced;
        if (out->sync) {
            weir_znode_group(&out->node, s->group, "offsets");
        } else {
            weir_znode_offset(&out->node, s->group, position->topic, position->partition);
        }
    }
    weir_mutex_unlock(&s->mutex);
    return load != NULL;
}

static enum weir_status ask(const struct weir_store_zookeeper *s, const struct question *question)
{
    enum weir_offset_tag tag = question->sync ? WEIR_TAG_SYNC : WEIR_TAG_LOAD;

    return s->zoo->ops->submit(
        s->zoo, &(struct weir_zoo_request){
                    .kind = question->sync ? WEIR_ZOO_SYNC : WEIR_ZOO_GET,
                    .path = question->node.path,
                    .tag = weir_offset_tag_make(tag, question->serial, question->index)});
}

static void note_asked(struct weir_store_zookeeper *s, const struct question *question,
                       enum weir_status status)
{
    weir_mutex_lock(&s->mutex);
    struct weir_offset_load *load = find_load(s, question->serial);
    if (load != NULL && status != WEIR_OK && status != WEIR_ERR_FULL) {
        fail_load(s, load, status == WEIR_ERR_NOMEM ? status : WEIR_ERR_UNAVAILABLE,
                  weir_status_text(status));
    } else if (load != NULL && status == WEIR_OK) {
        load->asked += question->sync ? 0 : 1;
        load->synced = true;
    }
    weir_mutex_unlock(&s->mutex);
}

/* What finds no room is asked when something was answered. */
void weir_store_zookeeper_read(struct weir_store_zookeeper *s)
{
    struct question question;
    enum weir_status status = WEIR_OK;

    while (status != WEIR_ERR_FULL && weir_store_zookeeper_connected(s) &&
           next_question(s, &question)) {
        status = ask(s, &question);
        note_asked(s, &question, status);
    }
}

static void read_offset(struct weir_store_zookeeper *s, struct weir_offset_load *load, size_t index,
                        const struct weir_zoo_event *event)
{
    struct weir_position *position = &load->positions[index];
    struct weir_stored_row *row = weir_stored_rows_get(&s->rows, position);

    position->status = WEIR_OK;
    position->offset = WEIR_OFFSET_NONE;
    if (row == NULL) {
        fail_load(s, load, WEIR_ERR_NOMEM, "out of memory");
    } else if (event->result == WEIR_ZOO_ABSENT) {
        row->version = WEIR_OFFSET_NODE_ABSENT;
    } else if (event->result == WEIR_ZOO_DENIED) {
        fail_load(s, load, WEIR_ERR_DENIED, weir_offset_why(event));
    } else if (event->result != WEIR_ZOO_OK) {
        fail_load(s, load, WEIR_ERR_UNAVAILABLE, weir_offset_why(event));
    } else if (!weir_znode_offset_read(event->data, event->size, &position->offset)) {
        fail_load_of_node(s, load, position);
    } else {
        row->version = event->facts.version;
    }
}

void weir_store_zookeeper_heard(struct weir_store_zookeeper *s, const struct weir_zoo_event *event)
{
    size_t index = (uint32_t)event->tag;

    weir_mutex_lock(&s->mutex);
    struct weir_offset_load *load = find_load(s, (uint32_t)(event->tag >> 32));
    if (load != NULL && !load->done && event->tag >> 56 == WEIR_TAG_SYNC) {
        if (event->result != WEIR_ZOO_OK) {
            fail_load(s, load, WEIR_ERR_UNAVAILABLE, weir_offset_why(event));
        }
    } else if (load != NULL && !load->done) {
        read_offset(s, load, index, event);
        load->answered++;
        if (!load->done && load->answered == load->count) {
            finish_load(s, load, WEIR_OK);
        }
    }
    weir_mutex_unlock(&s->mutex);
}

static void unlink_load(struct weir_store_zookeeper *s, const struct weir_offset_load *load)
{
    struct weir_offset_load **link = &s->loads;

    weir_mutex_assert_held(&s->mutex);
    while (*link != load) {
        link = &(*link)->next;
    }
    *link = load->next;
}

enum weir_status weir_store_zookeeper_load(struct weir_store *store,
                                           struct weir_position *positions, size_t count,
                                           int64_t timeout_ms, struct weir_error *error)
{
    struct weir_store_zookeeper *s = (struct weir_store_zookeeper *)store;
    struct timespec until = weir_time_spec(weir_time_after_ms(weir_clock_now(), timeout_ms));
    struct weir_offset_load load = {.positions = positions, .count = count};
    int result = 0;

    weir_mutex_lock(&s->mutex);
    load.serial = s->next_serial++;
    load.next = s->loads;
    s->loads = &load;
    load.done = count == 0;
    weir_mutex_unlock(&s->mutex);
    s->env.wake(s->env.wake_user); /* serve asks */
    weir_mutex_lock(&s->mutex);
    while (!load.done && result != ETIMEDOUT) {
        result = weir_mutex_wait_until(&s->mutex, &s->loaded, &until);
    }
    unlink_load(s, &load);
    weir_mutex_unlock(&s->mutex);
    if (!load.done) {
        return weir_error_set(error, WEIR_ERR_TIMEOUT, 0,
                              "ZooKeeper did not say in %lld ms which offsets are stored",
                              (long long)timeout_ms);
    }
    if (load.status != WEIR_OK && error != NULL) {
        *error = load.error;
    }
    return load.status;
}

void weir_store_zookeeper_read_again(struct weir_store_zookeeper *s)
{
    weir_mutex_lock(&s->mutex);
    for (struct weir_offset_load *load = s->loads; load != NULL; load = load->next) {
        load->asked = 0;
        load->synced = false;
        load->answered = 0;
    }
    weir_mutex_unlock(&s->mutex);
}
