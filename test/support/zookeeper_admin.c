#include "test/support/zookeeper_admin.h"

#include <stdlib.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#include "test/support/deadline.h"
#include "test/support/fail.h"
#include "test/support/text.h"

enum { SESSION_MS = 60000, CONNECT_MS = 30000, DATA_SIZE = 1 << 20 };

struct zookeeper_admin {
    zhandle_t *handle;
};

static void say_nothing(const char *message)
{
    (void)message;
}

/* The state is asked for instead. */
static void on_event(zhandle_t *handle, int type, int state, const char *path, void *user)
{
    (void)handle, (void)type, (void)state, (void)path, (void)user;
}

static zhandle_t *open_handle(const char *connect, const clientid_t *session)
{
    zhandle_t *handle =
        zookeeper_init2(connect, on_event, SESSION_MS, session, NULL, 0, say_nothing);

    if (handle == NULL) {
        fail_test("cannot open a ZooKeeper session with %s", connect);
    }
    WAIT_UNTIL(zoo_state(handle) == ZOO_CONNECTED_STATE || is_unrecoverable(handle) != ZOK,
               CONNECT_MS);
    return handle;
}

static void require(int code, const char *what, const char *path)
{
    if (code != ZOK) {
        fail_test("ZooKeeper: cannot %s %s: %s", what, path, zerror(code));
    }
}

/* A connection may break, and what is done here may be done twice. */
static bool again(int code)
{
    return code == ZCONNECTIONLOSS || code == ZOPERATIONTIMEOUT;
}

struct zookeeper_admin *zookeeper_admin_open(const char *connect, const char *digest)
{
    struct zookeeper_admin *admin = fail_or_alloc(1, sizeof *admin);

    zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
    admin->handle = open_handle(connect, NULL);
    if (digest != NULL) {
        require(zoo_add_auth(admin->handle, "digest", digest, (int)strlen(digest), NULL, NULL),
                "log in", "");
    }
    return admin;
}

void zookeeper_admin_close(struct zookeeper_admin *admin)
{
    if (admin != NULL) {
        (void)zookeeper_close(admin->handle);
        free(admin);
    }
}

static void create_one(struct zookeeper_admin *admin, const char *path, const char *data, bool last)
{
    int code = ZCONNECTIONLOSS;

    while (again(code)) {
        code = zoo_create(admin->handle, path, data, (int)strlen(data), &ZOO_OPEN_ACL_UNSAFE, 0,
                          NULL, 0);
    }
    if (code != ZNODEEXISTS || last) {
        require(code, "create", path);
    }
}

void zookeeper_admin_create(struct zookeeper_admin *admin, const char *path, const char *data)
{
    char *copy = fail_or_copy(path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        create_one(admin, copy, "", false);
        *slash = '/';
    }
    create_one(admin, path, data, true);
    free(copy);
}

void zookeeper_admin_set(struct zookeeper_admin *admin, const char *path, const char *data)
{
    int code = ZCONNECTIONLOSS;

    while (again(code)) {
        code = zoo_set(admin->handle, path, data, (int)strlen(data), -1);
    }
    require(code, "set", path);
}

static int children(struct zookeeper_admin *admin, const char *path, struct String_vector *names)
{
    int code = ZCONNECTIONLOSS;

    while (again(code)) {
        code = zoo_get_children(admin->handle, path, 0, names);
    }
    return code;
}

/* Depth first, with a list of what is still to go instead of a recursion. */
void zookeeper_admin_delete(struct zookeeper_admin *admin, const char *path)
{
    struct String_vector names = {.count = 0};
    char *at = fail_or_copy(path);

    while (at != NULL) {
        int code = children(admin, at, &names);
        char *next = NULL;
        if (code == ZOK && names.count > 0) {
            next = text_format("%s/%s", at, names.data[0]);
        } else {
            code = code == ZOK ? zoo_delete(admin->handle, at, -1) : code;
            if (code != ZNONODE && !again(code)) {
                require(code, "delete", at);
            }
            next = strcmp(at, path) == 0 && !again(code) ? NULL : fail_or_copy(path);
        }
        if (names.data != NULL) {
            (void)deallocate_String_vector(&names);
        }
        names = (struct String_vector){.count = 0};
        free(at);
        at = next;
    }
}

static int look(struct zookeeper_admin *admin, const char *path, struct Stat *stat)
{
    int code = ZCONNECTIONLOSS;

    while (again(code)) {
        code = zoo_exists(admin->handle, path, 0, stat);
    }
    if (code != ZNONODE) {
        require(code, "look at", path);
    }
    return code;
}

bool zookeeper_admin_exists(struct zookeeper_admin *admin, const char *path)
{
    struct Stat stat;

    return look(admin, path, &stat) == ZOK;
}

int64_t zookeeper_admin_owner(struct zookeeper_admin *admin, const char *path)
{
    struct Stat stat;

    return look(admin, path, &stat) == ZOK ? stat.ephemeralOwner : -1;
}

char *zookeeper_admin_get(struct zookeeper_admin *admin, const char *path)
{
    char *data = fail_or_alloc(1, DATA_SIZE + 1);
    int size = DATA_SIZE;
    int code = ZCONNECTIONLOSS;

    while (again(code)) {
        size = DATA_SIZE;
        code = zoo_get(admin->handle, path, 0, data, &size, NULL);
    }
    if (code == ZNONODE || code == ZNOAUTH) {
        free(data);
        return NULL;
    }
    require(code, "get", path);
    data[size > 0 ? size : 0] = '\0';
    return data;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

char *zookeeper_admin_list(struct zookeeper_admin *admin, const char *path)
{
    struct String_vector names = {.count = 0};
    struct text text = {.bytes = NULL};
    int code = children(admin, path, &names);

    if (code == ZNONODE) {
        return NULL;
    }
    require(code, "list", path);
    text_add(&text, "%s", "");
    if (names.count > 0) {
        qsort(names.data, (size_t)names.count, sizeof names.data[0], compare);
    }
    for (int i = 0; i < names.count; i++) {
        text_add(&text, "%s\n", names.data[i]);
    }
    (void)deallocate_String_vector(&names);
    return text.bytes;
}

void zookeeper_admin_allow(struct zookeeper_admin *admin, const char *path, int permissions)
{
    struct ACL everybody = {.perms = permissions, .id = ZOO_ANYONE_ID_UNSAFE};
    const struct ACL_vector access = {.count = 1, .data = &everybody};

    require(zoo_set_acl(admin->handle, path, -1, &access), "say who may use", path);
}

char *zookeeper_admin_access(struct zookeeper_admin *admin, const char *path)
{
    struct ACL_vector access = {.count = 0};
    struct text text = {.bytes = NULL};
    struct Stat stat;

    require(zoo_get_acl(admin->handle, path, &access, &stat), "see who may use", path);
    text_add(&text, "%s", "");
    for (int i = 0; i < access.count; i++) {
        text_add(&text, "%s %s %d\n", access.data[i].id.scheme, access.data[i].id.id,
                 (int)access.data[i].perms);
    }
    (void)deallocate_ACL_vector(&access);
    return text.bytes;
}

/* java.util.Random, of which the server takes 16 bytes. */
static void fill_password(int64_t session, char password[16])
{
    const uint64_t mask = (UINT64_C(1) << 48) - 1;
    const uint64_t factor = UINT64_C(0x5DEECE66D);
    uint64_t seed = (((uint64_t)session ^ UINT64_C(0xB3415C00)) ^ factor) & mask;

    for (size_t i = 0; i < 16; i += 4) {
        seed = (seed * factor + 0xB) & mask;
        for (size_t byte = 0; byte < 4; byte++) {
            password[i + byte] = (char)(seed >> (16 + 8 * byte) & 0xff);
        }
    }
}

void zookeeper_expire(const char *connect, int64_t session)
{
    clientid_t id = {.client_id = session};
    bool expired = false;

    fill_password(session, id.passwd);
    while (!expired) { /* whoever owns it may take it back before this one has closed it */
        zhandle_t *twin = open_handle(connect, &id);
        expired = is_unrecoverable(twin) != ZOK;
        (void)zookeeper_close(twin);
    }
}
