#include "framework/base/error.h"
#include "framework/base/memory.h"
#include "framework/store_zookeeper_state.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_SIZE = 24 };

static struct weir_store_zookeeper *zookeeper_of(struct weir_store *store)
{
    return (struct weir_store_zookeeper *)store;
}

/* Without fenced claims everything is ours. */
static int32_t fence_of(const struct weir_store_zookeeper *s, const struct weir_position *position)
{
    return s->env.fence == NULL
               ? 0
               : s->env.fence(position->topic, position->partition, s->env.fence_user);
}

static void settle(struct weir_store_zookeeper *s, size_t index, enum weir_status status,
                   const char *text)
{
    struct weir_offset_entry *entry = &s->entries[index];

    assert(entry->step != WEIR_ENTRY_SETTLED);
    assert(s->unsettled > 0);
    entry->step = WEIR_ENTRY_SETTLED;
    s->answer[index].status = status;
    s->unsettled--;
    if (status != WEIR_OK && s->text[0] == '\0') {
        (void)snprintf(s->text, sizeof s->text, "%s/%d: %s", entry->row->topic,
                       (int)entry->row->partition, text);
    }
}

/* Sending. */

/* The folders above a node. That they are there already is no harm. */
static enum weir_status send_folders(struct weir_store_zookeeper *s,
                                     const struct weir_stored_row *row, const char *path)
{
    char folder[WEIR_ZNODE_PATH_SIZE];
    enum weir_status status = WEIR_OK;

    if (s->rooted != NULL && strcmp(s->rooted->topic, row->topic) == 0) {
        return WEIR_OK;
    }
    for (const char *end = strchr(path + 1, '/'); status == WEIR_OK && end != NULL;
         end = strchr(end + 1, '/')) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(end - path), path);
        status = s->zoo->ops->submit(
            s->zoo, &(struct weir_zoo_request){.kind = WEIR_ZOO_CREATE, .path = folder});
    }
    s->rooted = status == WEIR_OK ? row : s->rooted;
    return status;
}

/* In one transaction with a check of the fence, if there is one: first, so that failed_part tells
 * one from the other. */
static enum weir_status send_fenced(const struct weir_store_zookeeper *s,
                                    const struct weir_stored_row *row, int32_t fence,
                                    const struct weir_zoo_request *change, uint64_t tag)
{
    struct weir_znode node;
    struct weir_zoo_request parts[2] = {*change};
    size_t count = 1;

    if (s->env.fence != NULL) {
        weir_znode_fence(&node, s->group, row->topic, row->partition);
        parts[0] =
            (struct weir_zoo_request){.kind = WEIR_ZOO_CHECK, .path = node.path, .version = fence};
        parts[count++] = *change;
    }
    return s->zoo->ops->submit(s->zoo, &(struct weir_zoo_request){.kind = WEIR_ZOO_MULTI,
                                                                  .path = change->path,
                                                                  .parts = parts,
                                                                  .part_count = count,
                                                                  .tag = tag});
}

static enum weir_status send_write(struct weir_store_zookeeper *s, size_t index)
{
    const struct weir_offset_entry *entry = &s->entries[index];
    const struct weir_stored_row *row = entry->row;
    bool absent = row->version == WEIR_OFFSET_NODE_ABSENT;
    struct weir_znode node;
    char number[NUMBER_SIZE];

    weir_znode_offset(&node, s->group, row->topic, row->partition);
    (void)snprintf(number, sizeof number, "%" PRId64, s->answer[index].offset);
    const struct weir_zoo_request change = {.kind = absent ? WEIR_ZOO_CREATE : WEIR_ZOO_SET,
                                            .path = node.path,
                                            .data = number,
                                            .size = strlen(number),
                                            .version = s->env.fence != NULL ? WEIR_ZOO_ANY_VERSION
                                                                            : row->version};
    enum weir_status status = absent ? send_folders(s, row, node.path) : WEIR_OK;
    return status != WEIR_OK ? status
                             : send_fenced(s, row, entry->fence, &change,
                                           weir_offset_tag_make(WEIR_TAG_WRITE, 0, index));
}

static enum weir_status send_look(const struct weir_store_zookeeper *s, size_t index)
{
    const struct weir_stored_row *row = s->entries[index].row;
    struct weir_znode node;

    weir_znode_offset(&node, s->group, row->topic, row->partition);
    return s->zoo->ops->submit(
        s->zoo, &(struct weir_zoo_request){.kind = WEIR_ZOO_EXISTS,
                                           .path = node.path,
                                           .tag = weir_offset_tag_make(WEIR_TAG_LOOK, 0, index)});
}

/* False: no more can be sent now; what is out makes room when it is answered. */
static bool send_entry(struct weir_store_zookeeper *s, size_t index)
{
    struct weir_offset_entry *entry = &s->entries[index];

    if (entry->fence == WEIR_STORE_NO_FENCE) {
        settle(s, index, WEIR_ERR_STALE, "it is not ours");
        return true;
    }
    if (!weir_store_zookeeper_connected(s)) {
        settle(s, index, WEIR_ERR_UNAVAILABLE, "not connected to ZooKeeper");
        return true;
    }
    enum weir_status status = entry->row->version == WEIR_OFFSET_NODE_UNKNOWN
                                  ? send_look(s, index)
                                  : send_write(s, index);
    if (status == WEIR_ERR_FULL) {
        return false;
    }
    entry->step = WEIR_ENTRY_SENT;
    if (status != WEIR_OK) {
        settle(s, index, WEIR_ERR_UNAVAILABLE, weir_status_text(status));
    }
    return true;
}

/* False: the same. */
static bool send_deletion(const struct weir_store_zookeeper *s, struct weir_stored_row *row)
{
    struct weir_znode node;

    weir_znode_offset(&node, s->group, row->topic, row->partition);
    const struct weir_zoo_request change = {
        .kind = WEIR_ZOO_DELETE, .path = node.path, .version = WEIR_ZOO_ANY_VERSION};
    bool sent = send_fenced(s, row, row->fence, &change,
                            weir_offset_tag_make(WEIR_TAG_FORGET, 0, row->number)) == WEIR_OK;
    row->forget = sent ? WEIR_OFFSET_FORGETTING : row->forget;
    return sent;
}

static void send_deletions(struct weir_store_zookeeper *s)
{
    bool room = weir_store_zookeeper_connected(s);

    for (size_t i = 0; room && s->forgets && i < s->rows.count; i++) {
        struct weir_stored_row *row = s->rows.rows[i];
        room = row->forget != WEIR_OFFSET_TO_FORGET || send_deletion(s, row);
    }
    s->forgets = s->forgets && !room;
}

/* Deletions first: what is written or read of the same node comes after them. */
void weir_store_zookeeper_write(struct weir_store_zookeeper *s)
{
    bool room = true;

    send_deletions(s);
    for (size_t i = 0; room && s->committing && i < s->entry_count; i++) {
        room = s->entries[i].step != WEIR_ENTRY_TO_SEND || send_entry(s, i);
    }
}

/* Answers. */

static void hear_look(struct weir_store_zookeeper *s, size_t index,
                      const struct weir_zoo_event *event)
{
    struct weir_offset_entry *entry = &s->entries[index];

    if (event->result == WEIR_ZOO_OK || event->result == WEIR_ZOO_ABSENT) {
        entry->row->version =
            event->result == WEIR_ZOO_OK ? event->facts.version : WEIR_OFFSET_NODE_ABSENT;
        entry->step = WEIR_ENTRY_TO_SEND;
        return;
    }
    settle(s, index, event->result == WEIR_ZOO_DENIED ? WEIR_ERR_DENIED : WEIR_ERR_UNAVAILABLE,
           weir_offset_why(event));
}

static void hear_write(struct weir_store_zookeeper *s, size_t index,
                       const struct weir_zoo_event *event)
{
    struct weir_stored_row *row = s->entries[index].row;
    bool fenced = s->env.fence != NULL && event->failed_part == 0 &&
                  (event->result == WEIR_ZOO_OTHER || event->result == WEIR_ZOO_ABSENT);

    if (event->result == WEIR_ZOO_OK) {
        row->version = row->version == WEIR_OFFSET_NODE_ABSENT ? 0 : row->version + 1;
        settle(s, index, WEIR_OK, NULL);
        return;
    }
    row->version = WEIR_OFFSET_NODE_UNKNOWN; /* looked at before it is written again */
    if (fenced) {
        settle(s, index, WEIR_ERR_STALE, "another member has claimed it since");
    } else if (event->result == WEIR_ZOO_OTHER || event->result == WEIR_ZOO_PRESENT) {
        settle(s, index, WEIR_ERR_STALE, "somebody else has written its offset");
    } else if (event->result == WEIR_ZOO_DENIED) {
        settle(s, index, WEIR_ERR_DENIED, weir_offset_why(event));
    } else {
        settle(s, index, WEIR_ERR_UNAVAILABLE, weir_offset_why(event));
    }
}

/* Of a partition that another member has claimed since, the node is that member's. */
static void hear_deletion(struct weir_store_zookeeper *s, struct weir_stored_row *row,
                          const struct weir_zoo_event *event)
{
    if (row->forget != WEIR_OFFSET_FORGETTING) {
        return; /* it is written again */
    }
    row->forget = event->result == WEIR_ZOO_UNKNOWN ? WEIR_OFFSET_TO_FORGET : WEIR_OFFSET_KEPT;
    row->version = WEIR_OFFSET_NODE_UNKNOWN;
    s->forgets = true;
    if (event->result == WEIR_ZOO_DENIED || event->result == WEIR_ZOO_FAILED) {
        weir_log(&s->env.report->log, WEIR_LOG_WARNING, "commit",
                 "the offset of %s/%d cannot be deleted from ZooKeeper: %s", row->topic,
                 (int)row->partition, weir_offset_why(event));
    }
}

void weir_store_zookeeper_written(struct weir_store_zookeeper *s,
                                  const struct weir_zoo_event *event)
{
    enum weir_offset_tag kind = (enum weir_offset_tag)(event->tag >> 56);
    uint32_t number = (uint32_t)event->tag;

    if (kind == WEIR_TAG_LOOK) {
        hear_look(s, number, event);
    } else if (kind == WEIR_TAG_WRITE) {
        hear_write(s, number, event);
    } else if (kind == WEIR_TAG_FORGET) {
        hear_deletion(s, weir_stored_rows_numbered(&s->rows, number), event);
    }
}

/* From control. */

static enum weir_status make_room(struct weir_store_zookeeper *s, size_t count)
{
    struct weir_offset_entry *entries = weir_realloc(s->entries, count * sizeof entries[0]);
    if (entries == NULL) {
        return WEIR_ERR_NOMEM;
    }
    s->entries = entries;
    struct weir_position *answer = weir_realloc(s->answer, count * sizeof answer[0]);
    if (answer == NULL) {
        return WEIR_ERR_NOMEM;
    }
    s->answer = answer;
    return WEIR_OK;
}

/* The fence is that of now: should the partition be lost and claimed again before this is sent,
 * it is another's offset. */
static enum weir_status take_entries(struct weir_store_zookeeper *s,
                                     const struct weir_position *positions, size_t count)
{
    enum weir_status status = make_room(s, count);

    for (size_t i = 0; status == WEIR_OK && i < count; i++) {
        struct weir_stored_row *row = weir_stored_rows_get(&s->rows, &positions[i]);
        if (row == NULL) {
            return WEIR_ERR_NOMEM;
        }
        s->entries[i] = (struct weir_offset_entry){
            .row = row, .fence = fence_of(s, &positions[i]), .step = WEIR_ENTRY_TO_SEND};
        s->answer[i] = positions[i];
        s->answer[i].topic = row->topic;
    }
    return status;
}

enum weir_status weir_store_zookeeper_commit(struct weir_store *store,
                                             const struct weir_position *positions, size_t count,
                                             struct weir_error *error)
{
    struct weir_store_zookeeper *s = zookeeper_of(store);

    assert(!s->committing);
    assert(count > 0);
    if (!weir_store_zookeeper_connected(s)) {
        return weir_error_set(error, WEIR_ERR_UNAVAILABLE, 0, "not connected to ZooKeeper");
    }
    if (take_entries(s, positions, count) != WEIR_OK) {
        return weir_error_nomem(error);
    }
    for (size_t i = 0; i < count; i++) {
        s->entries[i].row->forget = WEIR_OFFSET_KEPT; /* it is overwritten */
    }
    s->text[0] = '\0';
    s->rooted = NULL;
    s->entry_count = count;
    s->unsettled = count;
    s->committing = true;
    s->env.wake(s->env.wake_user); /* serve sends */
    return WEIR_OK;
}

void weir_store_zookeeper_forget(struct weir_store *store, const struct weir_position *positions,
                                 size_t count)
{
    struct weir_store_zookeeper *s = zookeeper_of(store);

    for (size_t i = 0; i < count; i++) {
        struct weir_stored_row *row = weir_stored_rows_get(&s->rows, &positions[i]);
        if (row == NULL) {
            continue; /* of a partition that was never looked at */
        }
        row->version = WEIR_OFFSET_NODE_UNKNOWN;
        row->fence = fence_of(s, &positions[i]);
        row->forget = row->fence == WEIR_STORE_NO_FENCE ? WEIR_OFFSET_KEPT : WEIR_OFFSET_TO_FORGET;
        for (size_t j = 0; s->committing && j < s->entry_count; j++) {
            s->entries[j].fence =
                s->entries[j].row == row ? WEIR_STORE_NO_FENCE : s->entries[j].fence;
        }
    }
    s->forgets = true;
    s->env.wake(s->env.wake_user); /* serve deletes */
}
