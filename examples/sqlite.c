/* Stores every record in an SQLite table, once, however often it comes: the primary key is (topic,
 * partition, offset), and a record that is there already is left alone. Each worker has its own
 * connection; each batch is one transaction, which is on disk before the offsets are committed.
 *
 * Build:  cc -shared -fPIC $(pkg-config --cflags weir sqlite3) -o sqlite.so sqlite.c -lsqlite3
 * Run:    weir run --config c.properties -X weir.handler=./sqlite.so \
 *                  -X handler.path=records.db -X handler.table=records
 *
 * As a shadow (weir.shadow=true) each worker has a database of its own in memory, where the same
 * statements run and are rolled back: whoever works on the records meets no lock of ours.
 *
 * SQLite has one writer at a time: workers wait for each other, handler.busy.ms at most (5000), and
 * then try the batch again later. Two or three workers are plenty. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/handler.h>

enum { BUSY_MS = 5000, SQL_SIZE = 512, REASON_SIZE = 256 };

struct state {
    const struct weir_handler_config *config;
    const char *path;
    const char *table;
    int busy_ms;
};

/* A connection, and what it is used for. */
struct sink {
    sqlite3 *database;
    sqlite3_stmt *insert;
};

struct worker {
    struct sink real;
    struct sink shadow; /* in memory; empty unless we may be one */
};

static void complain(const struct state *state, const char *what, sqlite3 *database)
{
    char text[REASON_SIZE];

    (void)snprintf(text, sizeof text, "sqlite: %s %s: %s", what, state->path,
                   sqlite3_errmsg(database));
    state->config->log(state->config, text);
}

/* The name becomes part of statements, where it cannot be a parameter. */
static bool is_table_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

    return strspn(name, letters) > 0 && strspn(name, others) == strlen(name) && strlen(name) <= 64;
}

static bool prepare_database(sqlite3 *database, const char *table)
{
    char sql[SQL_SIZE];

    /* FULL: a commit is on disk when it returns, and only then may Kafka forget the records. */
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                   "CREATE TABLE IF NOT EXISTS \"%s\" (topic TEXT NOT NULL, partition INTEGER NOT "
                   "NULL, offset INTEGER NOT NULL, timestamp_ms INTEGER, key BLOB, value BLOB, "
                   "PRIMARY KEY (topic, partition, offset))",
                   table);
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool connect(const struct state *state, const char *path, sqlite3 **out)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    return sqlite3_open_v2(path, out, flags, NULL) == SQLITE_OK &&
           sqlite3_busy_timeout(*out, state->busy_ms) == SQLITE_OK &&
           prepare_database(*out, state->table);
}

/* Also tries the database once, so that a wrong path is said before the group is joined. */
static int open_handler(const struct weir_handler_config *config, void **out)
{
    const char *path = config->get(config, "path");
    const char *table = config->get(config, "table");
    const char *busy = config->get(config, "busy.ms");
    sqlite3 *database = NULL;

    if (path == NULL || (table != NULL && !is_table_name(table))) {
        config->log(config, path == NULL ? "sqlite: set handler.path to the database file"
                                         : "sqlite: handler.table must be a plain name");
        return -1;
    }
    struct state *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return -1;
    }
    *state = (struct state){
        .config = config,
        .path = path,
        .table = table == NULL ? "records" : table,
        .busy_ms = busy == NULL ? BUSY_MS : (int)strtol(busy, NULL, 10),
    };
    bool connected = connect(state, path, &database);
    if (!connected) {
        complain(state, "cannot open", database);
        free(state);
    } else {
        *out = state;
    }
    (void)sqlite3_close(database);
    return connected ? 0 : -1;
}

static bool open_sink(const struct state *state, const char *path, struct sink *out)
{
    char sql[SQL_SIZE];

    (void)snprintf(sql, sizeof sql, "INSERT OR IGNORE INTO \"%s\" VALUES (?, ?, ?, ?, ?, ?)",
                   state->table);
    if (connect(state, path, &out->database) &&
        sqlite3_prepare_v3(out->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &out->insert, NULL) ==
            SQLITE_OK) {
        return true;
    }
    complain(state, "cannot use", out->database);
    return false;
}

static void close_sink(struct sink *sink)
{
    (void)sqlite3_finalize(sink->insert);
    (void)sqlite3_close(sink->database);
}

static void close_worker(void *shared, void *own)
{
    struct worker *worker = own;

    (void)shared;
    close_sink(&worker->real);
    close_sink(&worker->shadow);
    free(worker);
}

static int open_worker(void *shared, void **out)
{
    const struct state *state = shared;
    struct worker *worker = calloc(1, sizeof *worker);

    if (worker == NULL) {
        return -1;
    }
    if (!open_sink(state, state->path, &worker->real) ||
        (weir_handler_may_shadow(state->config) != 0 &&
         !open_sink(state, ":memory:", &worker->shadow))) {
        close_worker(shared, worker);
        return -1;
    }
    *out = worker;
    return 0;
}

/* The bytes stay the record's: the statement is reset before the record goes. */
static bool bind_bytes(sqlite3_stmt *insert, int column, const void *bytes, size_t size)
{
    return bytes == NULL ||
           sqlite3_bind_blob64(insert, column, bytes, size, SQLITE_STATIC) == SQLITE_OK;
}

static bool bind_record(sqlite3_stmt *insert, const struct weir_record *record)
{
    return sqlite3_bind_text(insert, 1, record->topic, -1, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_int(insert, 2, record->partition) == SQLITE_OK &&
           sqlite3_bind_int64(insert, 3, record->offset) == SQLITE_OK &&
           (record->timestamp_ms < 0 ||
            sqlite3_bind_int64(insert, 4, record->timestamp_ms) == SQLITE_OK) &&
           bind_bytes(insert, 5, record->key, record->key_size) &&
           bind_bytes(insert, 6, record->value, record->value_size);
}

static bool insert_record(const struct sink *sink, const struct weir_record *record)
{
    sqlite3_stmt *insert = sink->insert;
    bool inserted = bind_record(insert, record) && sqlite3_step(insert) == SQLITE_DONE;

    /* Their results tell nothing new: reset repeats that of the step. */
    (void)sqlite3_reset(insert);
    (void)sqlite3_clear_bindings(insert);
    return inserted;
}

static bool insert_batch(const struct sink *sink, struct weir_batch *batch)
{
    const struct weir_record *record;

    while ((record = weir_batch_next(batch)) != NULL) {
        if (!insert_record(sink, record)) {
            return false;
        }
    }
    return true;
}

/* All of the batch or nothing of it. A database that is busy or a disk that is full may be better
 * later, so nothing is given up here. */
static void store(struct weir_batch *batch, const struct sink *sink, const char *end)
{
    char reason[REASON_SIZE];

    if (sqlite3_exec(sink->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
        insert_batch(sink, batch) &&
        sqlite3_exec(sink->database, end, NULL, NULL, NULL) == SQLITE_OK) {
        return;
    }
    (void)snprintf(reason, sizeof reason, "sqlite: %s", sqlite3_errmsg(sink->database));
    if (sqlite3_get_autocommit(sink->database) == 0) {
        (void)sqlite3_exec(sink->database, "ROLLBACK", NULL, NULL, NULL);
    }
    weir_batch_retry_all(batch, reason);
}

static void handle(struct weir_batch *batch, void *own)
{
    const struct worker *worker = own;

    store(batch, &worker->real, "COMMIT");
}

static void handle_shadow(struct weir_batch *batch, void *own)
{
    const struct worker *worker = own;

    store(batch, &worker->shadow, "ROLLBACK");
}

static void close_handler(void *shared)
{
    free(shared);
}

WEIR_HANDLER(.name = "sqlite", .open = open_handler, .worker_open = open_worker, .handle = handle,
             .worker_close = close_worker, .close = close_handler, .handle_shadow = handle_shadow)
