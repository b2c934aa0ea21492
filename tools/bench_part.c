#include "tools/bench_part.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 512, WORD = 1 };

bool weir_bench_number(const char *text, int64_t least, int64_t *out)
{
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < least) {
        return false;
    }
    *out = value;
    return true;
}

bool weir_bench_part_take(struct weir_bench_part *part, int option, const char *argument)
{
    switch (option) {
    case 't':
        part->topic = argument;
        return argument[0] != '\0';
    case 'p':
        return weir_bench_number(argument, 1, &part->partitions) && part->partitions <= INT32_MAX;
    case 'r':
        return weir_bench_number(argument, 1, &part->records);
    case WORD:
        part->wrong = "it takes options only";
        return false;
    case 'h':
        part->help = true;
        return false;
    default:
        return weir_cli_config_take(&part->cli, option, argument);
    }
}

bool weir_bench_part_parse(int argc, char **argv, const struct option *options,
                           weir_bench_take_fn *take, void *user)
{
    int option = 0;

    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, WEIR_CLI_CONFIG_SHORT, options, NULL)) != -1) {
        if (!take(option, optarg, user)) {
            return false;
        }
    }
    return optind == argc || take(WORD, argv[optind], user);
}

int weir_bench_part_misused(const struct weir_bench_part *part, char *const *argv)
{
    if (part->help) {
        (void)fputs(part->usage, stdout);
        return WEIR_EXIT_OK;
    }
    if (part->wrong != NULL) {
        weir_bench_part_complain(part, part->wrong);
    } else {
        weir_cli_complain_option(argv);
    }
    (void)fputs(part->usage, stderr);
    return WEIR_EXIT_USAGE;
}

void weir_bench_part_complain(const struct weir_bench_part *part, const char *text)
{
    char line[TEXT_SIZE];

    (void)snprintf(line, sizeof line, "bench %s: %s", part->name, text);
    weir_cli_complain(line);
}

struct copying {
    const struct weir_config *from;
    struct weir_config *to;
    bool whole;
};

static bool is_left_out(const char *key)
{
    static const char *const keys[] = {"weir.topics",      "weir.partitions", "weir.coordinator",
                                       "weir.handler",     "weir.start",      "group.id",
                                       "group.instance.id"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return strncmp(key, "weir.handler.", strlen("weir.handler.")) == 0 ||
           strncmp(key, "weir.start.", strlen("weir.start.")) == 0;
}

static void copy(const struct weir_config_entry *entry, void *user)
{
    struct copying *copying = user;
    const char *value = weir_config_get(copying->from, entry->key);

    if (entry->origin != WEIR_CONFIG_DEFAULT && value != NULL && !is_left_out(entry->key)) {
        copying->whole = copying->whole && weir_config_set(copying->to, entry->key, value,
                                                           entry->origin, NULL) == WEIR_OK;
    }
}

struct weir_config *weir_bench_part_config(const struct weir_config *from)
{
    struct copying copying = {.from = from, .whole = true};

    if (weir_config_create(&copying.to) != WEIR_OK) {
        return NULL;
    }
    weir_config_each(from, copy, &copying);
    if (!copying.whole) {
        weir_config_destroy(copying.to);
        return NULL;
    }
    return copying.to;
}
