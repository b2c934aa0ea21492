#include "tools/options.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/log.h>

#define VARIABLE_PREFIX "WEIR_"

enum { NAME_SIZE = 128 };

/* Variables that begin like ours and are not keys: what Kubernetes sets for a service of the name
 * weir, and what our own tests pass around. A * at the end matches any rest. */
static const char *const foreign_variables[] = {
    "WEIR_SERVICE_*", "WEIR_PORT*",   "WEIR_BINARY", "WEIR_EXAMPLES",
    "WEIR_SOURCE",    "WEIR_KAFKA_*", "WEIR_TEST_*",
};

enum { PATIENCE_MS = 1000, LEVEL_ERROR = 3, LEVEL_WARNING = 4, LINE_SIZE = 2048, PREFIX_SIZE = 32 };

/* Chosen once, while the arguments are read; NULL: plain text. */
static weir_log_fn *complaints;

/* Nobody may read there, and the end must come all the same. */
static void write_if_read(const char *line, size_t size)
{
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (poll(&errors, 1, PATIENCE_MS) == 1) {
        (void)!write(STDERR_FILENO, line, size);
    }
}

static void say(int level, const char *text)
{
    const struct weir_log_line line = {
        .size = sizeof line, .level = level, .tag = "weir", .text = text};
    char plain[LINE_SIZE];
    char escaped[LINE_SIZE - PREFIX_SIZE];

    if (complaints != NULL) {
        complaints(&line, NULL);
        return;
    }
    weir_log_escape(text, escaped, sizeof escaped); /* it may hold what others said */
    int size = snprintf(plain, sizeof plain, "weir: %s%s\n",
                        level == LEVEL_WARNING ? "warning: " : "", escaped);
    assert(size > 0 && size < LINE_SIZE);
    write_if_read(plain, (size_t)size);
}

void weir_cli_complain(const char *text)
{
    say(LEVEL_ERROR, text);
}

void weir_cli_warn(const char *text)
{
    say(LEVEL_WARNING, text);
}

void weir_cli_complain_in(weir_log_fn *log)
{
    complaints = log;
}

void weir_cli_complain_option(char *const *argv)
{
    const char *word = argv[optind > 0 ? optind - 1 : 0];

    const char *before = optind > 1 ? argv[optind - 2] : "";

    /* The word getopt stopped at, or the argument of the one before it, which may be below 0. */
    bool is_number = word[0] == '-' && word[1] >= '0' && word[1] <= '9';
    if ((word[0] != '-' || is_number) && strncmp(before, "--", 2) == 0) {
        word = before;
    }
    char text[LINE_SIZE];
    (void)snprintf(text, sizeof text,
                   "%.*s: no such option, or its argument is missing or wrong; --help says what it "
                   "takes",
                   (int)strcspn(word, "="), word);
    weir_cli_complain(text);
}

bool weir_cli_number(const char *text, int64_t least, int64_t most, int64_t *out)
{
    char *end = NULL;

    errno = 0;
    long long value = strtoll(text, &end, 10);
    bool good = errno == 0 && end != text && *end == '\0' && strchr(" \t\n", text[0]) == NULL &&
                value >= least && value <= most;
    if (good) {
        *out = value;
    }
    return good;
}

int weir_cli_exit(enum weir_status status)
{
    switch (status) {
    case WEIR_OK:
        return WEIR_EXIT_OK;
    case WEIR_ERR_INVALID:
        return WEIR_EXIT_USAGE;
    case WEIR_ERR_CONFIG:
    case WEIR_ERR_PLUGIN:
    case WEIR_ERR_NOT_FOUND:
    case WEIR_ERR_IO:
        return WEIR_EXIT_CONFIG;
    case WEIR_ERR_UNAVAILABLE:
    case WEIR_ERR_DENIED:
    case WEIR_ERR_FATAL:
        return WEIR_EXIT_UNAVAILABLE;
    case WEIR_ERR_NOMEM:
    case WEIR_ERR_FULL:
    case WEIR_ERR_STALE:
    case WEIR_ERR_TIMEOUT:
    case WEIR_ERR_STATE:
    case WEIR_ERR_RECORD:
        break;
    }
    return WEIR_EXIT_TRY_AGAIN;
}

bool weir_cli_config_take(struct weir_cli_config *cli, int option, const char *argument)
{
    assert(cli != NULL);
    if (option == 'c') {
        cli->too_many = cli->too_many || cli->file_count == WEIR_CLI_FILES_MAX;
        if (!cli->too_many) {
            cli->files[cli->file_count++] = argument;
        }
        return true;
    }
    if (option == 'X') {
        cli->too_many = cli->too_many || cli->setting_count == WEIR_CLI_SETTINGS_MAX;
        if (!cli->too_many) {
            cli->settings[cli->setting_count++] = argument;
        }
        return true;
    }
    return false;
}

static char folded(char c)
{
    if (c == '_') {
        return '.';
    }
    if (c >= 'A' && c <= 'Z') {
        return (char)(c - 'A' + 'a');
    }
    return c;
}

/* WEIR_BATCH_SIZE becomes weir.batch.size; false when it does not fit. */
static bool key_of_variable(const char *name, size_t size, char *key)
{
    if (size >= NAME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        key[i] = folded(name[i]);
    }
    key[size] = '\0';
    return true;
}

static bool is_foreign(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof foreign_variables / sizeof foreign_variables[0]; i++) {
        const char *pattern = foreign_variables[i];
        size_t length = strlen(pattern);
        bool open = pattern[length - 1] == '*';
        size_t compared = open ? length - 1 : length;
        if (size >= compared && (open || size == length) && strncmp(pattern, name, compared) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_key(const char *key)
{
    size_t count;
    const struct weir_config_key *rows = weir_config_keys(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, key) == 0) {
            return true;
        }
    }
    return false;
}

/* `variable` is NAME=VALUE. A variable that is no key is only worth a warning: we do not own every
 * name that begins with ours. What is wrong is said here. */
static enum weir_status set_variable(struct weir_config *config, const char *variable)
{
    size_t size = strcspn(variable, "=");
    char key[NAME_SIZE];

    if (variable[size] == '\0' || variable[size + 1] == '\0' || is_foreign(variable, size)) {
        return WEIR_OK;
    }
    if (!key_of_variable(variable, size, key) || !is_key(key)) {
        char text[NAME_SIZE + sizeof " in the environment is no key and is ignored"];
        (void)snprintf(text, sizeof text, "%.*s in the environment is no key and is ignored",
                       size < NAME_SIZE ? (int)size : NAME_SIZE, variable);
        say(LEVEL_WARNING, text);
        return WEIR_OK;
    }
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status =
        weir_config_set(config, key, variable + size + 1, WEIR_CONFIG_ENVIRONMENT, &error);
    if (status != WEIR_OK) {
        char text[WEIR_ERROR_TEXT_SIZE + NAME_SIZE + sizeof " in the environment: "];
        (void)snprintf(text, sizeof text, "%.*s in the environment: %s",
                       size < NAME_SIZE ? (int)size : NAME_SIZE, variable, error.text);
        weir_cli_complain(text);
    }
    return status;
}

/* All mistakes on the way to a configuration; the first one decides the exit code. */
struct build {
    struct weir_config *config;
    enum weir_status first;
};

static void tell(const struct weir_error *error, void *user)
{
    (void)user;
    weir_cli_complain(error->text);
}

static void note(struct build *build, enum weir_status status)
{
    build->first = build->first == WEIR_OK ? status : build->first;
}

static void set_environment(struct build *build)
{
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (strncmp(*variable, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) == 0) {
            note(build, set_variable(build->config, *variable));
        }
    }
}

/* The argument may hold a secret and is not repeated. */
static enum weir_status set_argument(struct weir_config *config, const char *argument,
                                     struct weir_error *error)
{
    size_t size = strcspn(argument, "=");
    char *key = strndup(argument, size);
    enum weir_status status;

    if (key == NULL) {
        *error = (struct weir_error){.code = WEIR_ERR_NOMEM, .text = "out of memory"};
        return WEIR_ERR_NOMEM;
    }
    if (argument[size] == '\0' || size == 0) {
        *error = (struct weir_error){.code = WEIR_ERR_INVALID,
                                     .text = "-X needs KEY=VALUE, as in -X weir.workers=8"};
        status = WEIR_ERR_INVALID;
    } else {
        status = weir_config_set(config, key, argument + size + 1, WEIR_CONFIG_ARGUMENT, error);
    }
    free(key);
    return status;
}

static void fill(const struct weir_cli_config *cli, struct build *build)
{
    for (size_t i = 0; i < cli->file_count; i++) {
        note(build, weir_config_load_all(build->config, cli->files[i], tell, NULL));
    }
    set_environment(build);
    for (size_t i = 0; i < cli->setting_count; i++) {
        struct weir_error error = {.code = WEIR_OK};
        if (set_argument(build->config, cli->settings[i], &error) != WEIR_OK) {
            tell(&error, NULL);
            note(build, error.code);
        }
    }
}

static int build_config(const struct weir_cli_config *cli, bool judged, struct weir_config **out)
{
    struct build build = {.first = WEIR_OK};

    assert(out != NULL);
    if (cli->too_many) {
        weir_cli_complain("too many --config or -X options");
        return WEIR_EXIT_USAGE;
    }
    if (weir_config_create(&build.config) != WEIR_OK) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    fill(cli, &build);
    if (judged) {
        note(&build, weir_config_check_all(build.config, tell, NULL));
    }
    if (build.first != WEIR_OK) {
        weir_config_destroy(build.config);
        return weir_cli_exit(build.first);
    }
    *out = build.config;
    return WEIR_EXIT_OK;
}

int weir_cli_config_build(const struct weir_cli_config *cli, struct weir_config **out)
{
    return build_config(cli, false, out);
}

int weir_cli_config_judge(const struct weir_cli_config *cli, struct weir_config **out)
{
    return build_config(cli, true, out);
}
