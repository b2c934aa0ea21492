/* A handler that fails in every way a test asks for. All keys are numbers, all are optional:
 *     handler.delay.us        every record takes that long
 *     handler.fail.percent    so many of a hundred attempts ask for a retry; which ones follows
 * from handler.seed            this, the partition, the offset and the attempt handler.retry.modulo
 * offsets that divide by it ask for a retry in their first handler.retry.times     attempts (1)
 *     handler.poison.modulo   offsets that divide by it are rejected
 *     handler.hang.offset     never returns from this record
 *     handler.crash.offset    abort() in this record
 *     handler.partition       the faults above happen in this partition only
 *     handler.open.fail       N: open refuses from the Nth time on in a process; 0: never
 *     handler.worker.fail     not 0: worker_open refuses
 * and handler.ledger is a file that gets "topic partition offset attempt" of every record that
 * became done, appended with one write per batch before the batch returns, and handler.gate the
 * beginning of names: while a file GATE.3 is there, batches of partition 3 do not go on; while the
 * file handler.sick is there, every attempt asks for a retry. As a shadow it writes down nothing,
 * and handler.shadow.fail.percent is in the place of fail.percent.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <weir/handler.h>

#define NUMBER_TABLE(X)                                                                            \
    X(delay_us, "delay.us", 0)                                                                     \
    X(fail_percent, "fail.percent", 0)                                                             \
    X(shadow_fail_percent, "shadow.fail.percent", 0)                                               \
    X(seed, "seed", 1)                                                                             \
    X(retry_modulo, "retry.modulo", 0)                                                             \
    X(retry_times, "retry.times", 1)                                                               \
    X(poison_modulo, "poison.modulo", 0)                                                           \
    X(hang_offset, "hang.offset", -1)                                                              \
    X(crash_offset, "crash.offset", -1)                                                            \
    X(partition, "partition", -1)                                                                  \
    X(open_fail, "open.fail", 0)                                                                   \
    X(worker_fail, "worker.fail", 0)

struct numbers {
#define NUMBER_FIELD(field, key, preset) int64_t field;
    NUMBER_TABLE(NUMBER_FIELD)
#undef NUMBER_FIELD
};

struct chaos {
    struct numbers numbers;
    int ledger; /* -1: none */
    char *gate; /* NULL: none */
    char *sick; /* NULL: none */
};

enum { LEDGER_LINE_MAX = 320, NS_PER_US = 1000, US_PER_S = 1000000, GATE_LOOK_US = 1000 };

static bool read_number(const struct weir_handler_config *config, const char *key, int64_t *out)
{
    const char *text = config->get(config, key);
    char complaint[128];
    char *end = NULL;

    if (text == NULL) {
        return true;
    }
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0') {
        return true;
    }
    (void)snprintf(complaint, sizeof complaint, "chaos: handler.%s must be a number", key);
    config->log(config, complaint);
    return false;
}

static bool read_numbers(const struct weir_handler_config *config, struct numbers *out)
{
    bool good = true;

#define NUMBER_READ(field, key, preset)                                                            \
    out->field = (preset);                                                                         \
    good = read_number(config, key, &out->field) && good;
    NUMBER_TABLE(NUMBER_READ)
#undef NUMBER_READ
    return good;
}

static void close_handler(void *state)
{
    struct chaos *chaos = state;

    if (chaos->ledger >= 0) {
        (void)close(chaos->ledger);
    }
    free(chaos->gate);
    free(chaos->sick);
    free(chaos);
}

/* False when out of memory. */
static bool read_name(const struct weir_handler_config *config, const char *key, char **out)
{
    const char *name = config->get(config, key);

    *out = name == NULL ? NULL : strdup(name);
    return name == NULL || *out != NULL;
}

static bool open_files(const struct weir_handler_config *config, struct chaos *chaos)
{
    const char *ledger = config->get(config, "ledger");

    if (ledger != NULL) {
        chaos->ledger = open(ledger, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    }
    return read_name(config, "gate", &chaos->gate) && read_name(config, "sick", &chaos->sick) &&
           (ledger == NULL || chaos->ledger >= 0);
}

/* Consumers of a process are made by one thread. */
static bool refuses(const struct numbers *numbers)
{
    static int64_t times;

    times++;
    return numbers->open_fail != 0 && times >= numbers->open_fail;
}

static int open_handler(const struct weir_handler_config *config, void **out)
{
    struct chaos *chaos = calloc(1, sizeof *chaos);

    if (chaos == NULL) {
        return -1;
    }
    chaos->ledger = -1;
    if (!read_numbers(config, &chaos->numbers) || refuses(&chaos->numbers) ||
        !open_files(config, chaos)) {
        config->log(config, "chaos: open refuses");
        close_handler(chaos);
        return -1;
    }
    *out = chaos;
    return 0;
}

static int open_worker(void *state, void **out)
{
    struct chaos *chaos = state;

    *out = chaos;
    return chaos->numbers.worker_fail == 0 ? 0 : -1;
}

static void delay(int64_t us)
{
    struct timespec left = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * NS_PER_US};

    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR) {
    }
}

/* splitmix64: the same answer for the same seed, record and attempt. */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static bool fails(const struct numbers *numbers, const struct weir_record *record)
{
    uint64_t dice = mix((uint64_t)numbers->seed);

    dice = mix(dice ^ (uint64_t)record->partition);
    dice = mix(dice ^ (uint64_t)record->offset);
    dice = mix(dice ^ record->attempt);
    return (int64_t)(dice % 100) < numbers->fail_percent;
}

static bool divides(int64_t modulo, int64_t offset)
{
    return modulo > 0 && offset % modulo == 0;
}

/* True when the record is done. */
static bool handle_record(const struct numbers *numbers, struct weir_batch *batch,
                          const struct weir_record *record)
{
    if (numbers->delay_us > 0) {
        delay(numbers->delay_us);
    }
    if (numbers->partition >= 0 && numbers->partition != record->partition) {
        return true;
    }
    if (record->offset == numbers->crash_offset) {
        abort();
    }
    while (record->offset == numbers->hang_offset) {
        (void)pause();
    }
    if (divides(numbers->poison_modulo, record->offset)) {
        weir_batch_reject(batch, record, "chaos: poison");
        return false;
    }
    if ((divides(numbers->retry_modulo, record->offset) &&
         record->attempt <= numbers->retry_times) ||
        fails(numbers, record)) {
        weir_batch_retry(batch, record, "chaos: not yet");
        return false;
    }
    return true;
}

/* False when out of memory. Topics have 249 characters at most, so a line always fits. */
static bool note(char **lines, size_t *length, uint32_t count, const struct weir_record *record)
{
    if (*lines == NULL) {
        *lines = malloc((size_t)count * LEDGER_LINE_MAX);
    }
    if (*lines == NULL) {
        return false;
    }
    int size = snprintf(*lines + *length, LEDGER_LINE_MAX, "%s %" PRId32 " %" PRId64 " %u\n",
                        record->topic, record->partition, record->offset, record->attempt);
    *length += (size_t)size;
    return true;
}

static void pass_gate(const char *gate, int32_t partition)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%s.%" PRId32, gate, partition);
    while (access(path, F_OK) == 0) {
        delay(GATE_LOOK_US);
    }
}

static void handle_as(struct weir_batch *batch, const struct chaos *chaos)
{
    int ledger = chaos->ledger;
    const struct weir_record *record;
    char *lines = NULL;
    size_t length = 0;
    bool noted = true;

    if (chaos->gate != NULL) {
        pass_gate(chaos->gate, batch->partition);
    }
    if (chaos->sick != NULL && access(chaos->sick, F_OK) == 0) {
        weir_batch_retry_all(batch, "chaos: sick");
        return;
    }
    while ((record = weir_batch_next(batch)) != NULL) {
        if (handle_record(&chaos->numbers, batch, record) && ledger >= 0) {
            noted = note(&lines, &length, batch->count, record) && noted;
        }
    }
    if (length > 0) {
        noted = write(ledger, lines, length) == (ssize_t)length && noted;
    }
    if (!noted) {
        weir_batch_retry_all(batch, "chaos: the ledger cannot be written");
    }
    free(lines);
}

static void handle(struct weir_batch *batch, void *worker)
{
    handle_as(batch, worker);
}

static void handle_shadow(struct weir_batch *batch, void *worker)
{
    struct chaos shadow = *(const struct chaos *)worker;

    shadow.ledger = -1;
    shadow.numbers.fail_percent = shadow.numbers.shadow_fail_percent;
    handle_as(batch, &shadow);
}

WEIR_HANDLER(.name = "chaos", .open = open_handler, .worker_open = open_worker, .handle = handle,
             .close = close_handler, .handle_shadow = handle_shadow)
WEIR_HANDLER_VERSION("7.4")
