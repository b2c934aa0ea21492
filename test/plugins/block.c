/* A handler that does not return from one of its slots until a test lets it:
 *     handler.slot  open or close: says "blocked in SLOT" on standard error there, and waits
 *     handler.gate  a FIFO that somebody opens for writing to let it go on */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/handler.h>

struct block {
    char *slot;
    char *gate;
};

static void wait_in(const struct block *block, const char *slot)
{
    char line[64];

    if (strcmp(block->slot, slot) != 0) {
        return;
    }
    int size = snprintf(line, sizeof line, "blocked in %s\n", slot);
    (void)!write(STDERR_FILENO, line, (size_t)size);
    int fd = open(block->gate, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static int open_handler(const struct weir_handler_config *config, void **out)
{
    const char *slot = config->get(config, "slot");
    const char *gate = config->get(config, "gate");
    struct block *block = calloc(1, sizeof *block);

    if (block == NULL || slot == NULL || gate == NULL) {
        free(block);
        return -1;
    }
    block->slot = strdup(slot);
    block->gate = strdup(gate);
    wait_in(block, "open");
    *out = block;
    return 0;
}

static void handle(struct weir_batch *batch, void *worker)
{
    (void)batch, (void)worker;
}

static void close_handler(void *state)
{
    struct block *block = state;

    wait_in(block, "close");
    free(block->slot);
    free(block->gate);
    free(block);
}

WEIR_HANDLER(.name = "block", .open = open_handler, .handle = handle, .close = close_handler)
