/* Counts records and bytes per partition: each worker counts on its own, without a lock, and adds
 * its figures to the common ones when it ends. At the end one line per partition on stdout:
 * topic, partition, records, bytes of keys and values, with tabs between.
 *
 * Run:  weir run --config c.properties -X weir.handler=build/release/examples/count.so \
 *                --until-end */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/handler.h>

struct row {
    char *topic;
    int32_t partition;
    uint64_t records;
    uint64_t bytes;
};

struct table {
    struct row *rows;
    size_t count;
};

struct state {
    pthread_mutex_t lock;
    struct table total; /* with the lock held */
};

/* Makes the row when there is none. NULL when out of memory. */
static struct row *find_row(struct table *table, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < table->count; i++) {
        struct row *row = &table->rows[i];
        if (row->partition == partition && strcmp(row->topic, topic) == 0) {
            return row;
        }
    }
    struct row *rows = realloc(table->rows, (table->count + 1) * sizeof *rows);
    if (rows == NULL) {
        return NULL;
    }
    table->rows = rows;
    size_t size = strlen(topic) + 1;
    char *copy = malloc(size);
    if (copy == NULL) {
        return NULL;
    }
    memcpy(copy, topic, size); /* the batch's own goes with the batch */
    rows[table->count] = (struct row){.topic = copy, .partition = partition};
    return &rows[table->count++];
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->rows[i].topic);
    }
    free(table->rows);
}

static int open_handler(const struct weir_handler_config *config, void **out)
{
    struct state *state = calloc(1, sizeof *state);

    if (state == NULL || pthread_mutex_init(&state->lock, NULL) != 0) {
        config->log(config, "count: out of memory");
        free(state);
        return -1;
    }
    *out = state;
    return 0;
}

static int open_worker(void *shared, void **out)
{
    (void)shared;
    *out = calloc(1, sizeof(struct table));
    return *out == NULL ? -1 : 0;
}

static void handle(struct weir_batch *batch, void *own)
{
    struct row *row = find_row(own, batch->topic, batch->partition);
    const struct weir_record *record;

    if (row == NULL) {
        weir_batch_retry_all(batch, "count: out of memory");
        return;
    }
    while ((record = weir_batch_next(batch)) != NULL) {
        row->records++;
        row->bytes += record->key_size + record->value_size;
    }
}

static bool add_row(struct table *total, const struct row *row)
{
    struct row *sum = find_row(total, row->topic, row->partition);

    if (sum == NULL) {
        return false;
    }
    sum->records += row->records;
    sum->bytes += row->bytes;
    return true;
}

static void close_worker(void *shared, void *own)
{
    struct state *state = shared;
    struct table *table = own;

    (void)pthread_mutex_lock(&state->lock);
    for (size_t i = 0; i < table->count; i++) {
        if (!add_row(&state->total, &table->rows[i])) {
            (void)fprintf(stderr, "count: out of memory, the figures are too small\n");
        }
    }
    (void)pthread_mutex_unlock(&state->lock);
    free_table(table);
    free(table);
}

static int by_name(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

static void close_handler(void *shared)
{
    struct state *state = shared;
    struct table *total = &state->total;

    if (total->count > 0) {
        qsort(total->rows, total->count, sizeof *total->rows, by_name);
    }
    for (size_t i = 0; i < total->count; i++) {
        const struct row *row = &total->rows[i];
        (void)printf("%s\t%d\t%llu\t%llu\n", row->topic, (int)row->partition,
                     (unsigned long long)row->records, (unsigned long long)row->bytes);
    }
    (void)fflush(stdout);
    free_table(total);
    (void)pthread_mutex_destroy(&state->lock);
    free(state);
}

WEIR_HANDLER(.name = "count", .open = open_handler, .worker_open = open_worker, .handle = handle,
             .worker_close = close_worker, .close = close_handler)
