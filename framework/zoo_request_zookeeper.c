#include "framework/zoo_zookeeper.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Completions run on the library's thread, one after the other, in the order of the requests. Each
 * copies what it is given and hands the answer over. The library calls each exactly once: when the
 * connection breaks or the handle is closed with a code that says so. */

/* The const of the library's callbacks goes: the pointer is the one we gave it. */
static struct weir_zoo_asked *asked_of(const void *data)
{
    union {
        const void *given;
        struct weir_zoo_asked *ours;
    } pointer = {.given = data};

    return pointer.ours;
}

static void answer(struct weir_zoo_asked *asked, int code)
{
    asked->code = code;
    weir_zoo_session_answer(asked);
}

static void copy_facts(struct weir_zoo_asked *asked, const struct Stat *stat)
{
    if (stat != NULL) {
        asked->facts = (struct weir_zoo_facts){.created = stat->czxid,
                                               .owner = stat->ephemeralOwner,
                                               .modified_ms = stat->mtime,
                                               .version = stat->version,
                                               .child_count = (uint32_t)stat->numChildren};
    }
}

static void on_data(int code, const char *value, int length, const struct Stat *stat,
                    const void *data)
{
    struct weir_zoo_asked *asked = asked_of(data);

    if (code == ZOK) {
        asked->size = length > 0 ? (size_t)length : 0;
        char *copy = weir_malloc(asked->size + 1);
        if (copy == NULL) {
            code = WEIR_ZOO_NO_MEMORY;
        } else {
            memcpy(copy, asked->size > 0 ? value : "", asked->size);
            copy[asked->size] = '\0';
            asked->block = copy;
            copy_facts(asked, stat);
        }
    }
    answer(asked, code);
}

/* The names in one block: first the pointers, then what they point to. */
static void *copy_names(const struct String_vector *names)
{
    size_t count = (size_t)names->count;
    size_t size = (count + 1) * sizeof(char *);

    for (size_t i = 0; i < count; i++) {
        size += strlen(names->data[i]) + 1;
    }
    char **pointers = weir_malloc(size);
    char *to = pointers == NULL ? NULL : (char *)(pointers + count + 1);
    for (size_t i = 0; pointers != NULL && i < count; i++) {
        size_t length = strlen(names->data[i]) + 1;
        memcpy(to, names->data[i], length);
        pointers[i] = to;
        to += length;
    }
    return pointers;
}

static void on_names(int code, const struct String_vector *names, const struct Stat *stat,
                     const void *data)
{
    struct weir_zoo_asked *asked = asked_of(data);

    if (code == ZOK) {
        asked->block = copy_names(names);
        asked->size = asked->block == NULL ? 0 : (size_t)names->count;
        code = asked->block == NULL ? WEIR_ZOO_NO_MEMORY : ZOK;
        copy_facts(asked, stat);
    }
    answer(asked, code);
}

static void on_facts(int code, const struct Stat *stat, const void *data)
{
    copy_facts(asked_of(data), code == ZOK ? stat : NULL);
    answer(asked_of(data), code);
}

static void on_done(int code, const void *data)
{
    answer(asked_of(data), code);
}

static void on_path(int code, const char *value, const void *data)
{
    (void)value;
    answer(asked_of(data), code);
}

/* The server says of the parts before the one that failed that they would have been good, and of
 * those behind it that they were not looked at. */
static void on_parts(int code, const void *data)
{
    struct weir_zoo_asked *asked = asked_of(data);
    size_t part = 0;

    while (code != ZOK && part < asked->part_count &&
           (asked->results[part].err == ZOK || asked->results[part].err == ZRUNTIMEINCONSISTENCY)) {
        part++;
    }
    asked->failed_part = part < asked->part_count ? part : 0;
    answer(asked, code);
}

enum weir_zoo_result weir_zoo_result_of(int code)
{
    switch (code) {
    case ZOK:
        return WEIR_ZOO_OK;
    case ZNONODE:
        return WEIR_ZOO_ABSENT;
    case ZNODEEXISTS:
        return WEIR_ZOO_PRESENT;
    case ZBADVERSION:
    case ZNOTEMPTY:
        return WEIR_ZOO_OTHER;
    case ZNOAUTH:
        return WEIR_ZOO_DENIED;
    case WEIR_ZOO_NO_MEMORY:
    case ZUNIMPLEMENTED:
    case ZBADARGUMENTS:
        return WEIR_ZOO_FAILED;
    case ZSESSIONEXPIRED:
    case ZSESSIONMOVED:
    case ZAUTHFAILED:
    case ZCLOSING:
        return WEIR_ZOO_UNKNOWN;
    default:
        return code > ZAPIERROR ? WEIR_ZOO_UNKNOWN : WEIR_ZOO_FAILED;
    }
}

const char *weir_zoo_text_of(int code)
{
    if (code == ZOK) {
        return NULL;
    }
    return code == WEIR_ZOO_NO_MEMORY ? "out of memory" : zerror(code);
}

static bool reads(const struct weir_zoo_request *request)
{
    return request->kind == WEIR_ZOO_GET || request->kind == WEIR_ZOO_EXISTS ||
           request->kind == WEIR_ZOO_CHILDREN;
}

struct weir_zoo_asked *weir_zoo_asked_create(struct weir_zoo_session *session,
                                             const struct weir_zoo_request *request)
{
    size_t parts = request->kind == WEIR_ZOO_MULTI ? request->part_count : 0;
    struct weir_zoo_asked *asked = weir_calloc(1, sizeof *asked + parts * sizeof asked->results[0]);

    if (asked == NULL) {
        return NULL;
    }
    asked->news.kind = WEIR_ZOO_NEWS_ANSWER;
    asked->session = session;
    asked->kind = request->kind;
    asked->tag = request->tag;
    asked->part_count = parts;
    if (request->watch && reads(request)) {
        asked->watch = weir_zoo_watch_create(request->path, request->kind == WEIR_ZOO_CHILDREN
                                                                ? WEIR_ZOO_WATCH_CHILDREN
                                                                : WEIR_ZOO_WATCH_NODE);
        if (asked->watch == NULL) {
            weir_zoo_asked_destroy(asked);
            return NULL;
        }
    }
    return asked;
}

void weir_zoo_asked_destroy(struct weir_zoo_asked *asked)
{
    weir_zoo_watch_destroy(asked->watch);
    weir_free(asked->block);
    weir_free(asked);
}

/* Who may do what with a node of ours: with a digest its user everything and all others may read,
 * as Kafka has it; without one everybody everything, as the old tools have it. */
static void choose_access(const struct weir_zoo_session *session, struct ACL acl[2],
                          struct ACL_vector *access)
{
    static char anyone[] = "anyone";
    static char world[] = "world";
    static char creator[] = "auth";
    static char nobody[] = "";
    const struct Id everybody = {.scheme = world, .id = anyone};

    acl[0] = (struct ACL){.perms = ZOO_PERM_ALL, .id = everybody};
    acl[1] = (struct ACL){.perms = ZOO_PERM_READ, .id = everybody};
    if (session->digest != NULL) {
        acl[0].id = (struct Id){.scheme = creator, .id = nobody};
    }
    *access = (struct ACL_vector){.count = session->digest != NULL ? 2 : 1, .data = acl};
}

/* Below the chroot; "/" is the chroot itself. Returns the end with its 0 byte. */
static char *put_path(char *to, const char *chroot, const char *path)
{
    const char *rest = *chroot != '\0' && strcmp(path, "/") == 0 ? "" : path;

    return stpcpy(stpcpy(to, chroot), rest) + 1;
}

static const char *bytes_of(const struct weir_zoo_request *request)
{
    return request->data == NULL ? "" : request->data;
}

static int mode_of(const struct weir_zoo_request *request)
{
    return request->ephemeral ? ZOO_EPHEMERAL : ZOO_PERSISTENT;
}

static void prepare_part(zoo_op_t *op, const struct weir_zoo_request *part, const char *path,
                         const struct ACL_vector *access)
{
    if (part->kind == WEIR_ZOO_CREATE) {
        zoo_create_op_init(op, path, bytes_of(part), (int)part->size, access, mode_of(part), NULL,
                           0);
    } else if (part->kind == WEIR_ZOO_SET) {
        zoo_set_op_init(op, path, bytes_of(part), (int)part->size, part->version, NULL);
    } else if (part->kind == WEIR_ZOO_DELETE) {
        zoo_delete_op_init(op, path, part->version);
    } else {
        assert(part->kind == WEIR_ZOO_CHECK);
        zoo_check_op_init(op, path, part->version);
    }
}

/* `paths` are those of the parts, one behind the other, and `ops` has room for all. The library
 * copies what it is given, but for the results. */
static int send_parts(struct weir_zoo_asked *asked, const struct weir_zoo_request *request,
                      const char *paths, const struct ACL_vector *access, zoo_op_t *ops)
{
    for (size_t i = 0; i < request->part_count; i++) {
        prepare_part(&ops[i], &request->parts[i], paths, access);
        paths += strlen(paths) + 1;
    }
    return zoo_amulti(asked->session->handle, (int)request->part_count, ops, asked->results,
                      on_parts, asked);
}

static int transmit(struct weir_zoo_asked *asked, const struct weir_zoo_request *request,
                    const char *path, const struct ACL_vector *access, zoo_op_t *ops)
{
    zhandle_t *handle = asked->session->handle;

    switch (request->kind) {
    case WEIR_ZOO_GET:
        return zoo_aget(handle, path, request->watch, on_data, asked);
    case WEIR_ZOO_CHILDREN:
        return zoo_aget_children2(handle, path, request->watch, on_names, asked);
    case WEIR_ZOO_EXISTS:
        return zoo_aexists(handle, path, request->watch, on_facts, asked);
    case WEIR_ZOO_CREATE:
        return zoo_acreate(handle, path, bytes_of(request), (int)request->size, access,
                           mode_of(request), on_path, asked);
    case WEIR_ZOO_SET:
        return zoo_aset(handle, path, bytes_of(request), (int)request->size, request->version,
                        on_facts, asked);
    case WEIR_ZOO_DELETE:
        return zoo_adelete(handle, path, request->version, on_done, asked);
    case WEIR_ZOO_SYNC:
        return zoo_async(handle, path, on_path, asked);
    case WEIR_ZOO_MULTI:
        return send_parts(asked, request, path, access, ops);
    case WEIR_ZOO_CHECK:
        break;
    }
    return ZBADARGUMENTS; /* a check stands in a transaction only */
}

/* Without enough memory the library may have taken the request or not: then it is left to it, and
 * the session is given up. */
static enum weir_status status_of(struct weir_zoo_session *session, int code)
{
    switch (code) {
    case ZOK:
        return WEIR_OK;
    case ZBADARGUMENTS:
        return WEIR_ERR_INVALID;
    case ZINVALIDSTATE:
        return WEIR_ERR_STATE;
    default:
        weir_zoo_session_give_up(session, "out of memory");
        return WEIR_OK;
    }
}

enum weir_status weir_zoo_ask(struct weir_zoo_asked *asked, const struct weir_zoo_request *request,
                              const char *chroot)
{
    bool multi = request->kind == WEIR_ZOO_MULTI;
    const struct weir_zoo_request *parts = multi ? request->parts : request;
    size_t count = multi ? request->part_count : 1;
    size_t size = 0;
    struct ACL_vector access;
    struct ACL acl[2];

    for (size_t i = 0; i < count; i++) {
        size += strlen(chroot) + strlen(parts[i].path) + 1;
    }
    zoo_op_t *ops = weir_malloc(count * sizeof ops[0] + size); /* and the paths behind them */
    if (ops == NULL) {
        return WEIR_ERR_NOMEM;
    }
    char *paths = (char *)&ops[count];
    char *to = paths;
    for (size_t i = 0; i < count; i++) {
        to = put_path(to, chroot, parts[i].path);
    }
    choose_access(asked->session, acl, &access);
    weir_zoo_session_hold(asked); /* it may be answered before transmit returns */
    enum weir_status status =
        status_of(asked->session, transmit(asked, request, paths, &access, ops));
    weir_free(ops);
    if (status != WEIR_OK) {
        weir_zoo_session_let_go(asked);
    }
    return status;
}
