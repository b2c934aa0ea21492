#define PCRE2_CODE_UNIT_WIDTH 8

#include "strategies/pattern.h"

#include <assert.h>
#include <pcre2.h>
#include <string.h>

#include "framework/base/error.h"
#include "framework/base/memory.h"

/* A name has at most 249 characters, so an honest expression takes some thousand steps. */
enum { STEPS_MAX = 200000, DEPTH_MAX = 2000, HEAP_KIB_MAX = 4096, REASON_SIZE = 256 };

struct weir_pattern {
    pcre2_general_context *memory;
    pcre2_match_context *limits;
    pcre2_code *code;
    pcre2_match_data *match;
};

/* These two have the signatures of PCRE2. */

static void *get_memory(PCRE2_SIZE size, void *user)
{
    (void)user;
    return weir_malloc(size);
}

static void give_memory(void *memory, void *user)
{
    (void)user;
    weir_free(memory);
}

static bool prepare(struct weir_pattern *pattern)
{
    pattern->memory = pcre2_general_context_create(get_memory, give_memory, NULL);
    pattern->limits = pattern->memory == NULL ? NULL : pcre2_match_context_create(pattern->memory);
    if (pattern->limits == NULL) {
        return false;
    }
    (void)pcre2_set_match_limit(pattern->limits, STEPS_MAX);
    (void)pcre2_set_depth_limit(pattern->limits, DEPTH_MAX);
    (void)pcre2_set_heap_limit(pattern->limits, HEAP_KIB_MAX);
    return true;
}

static enum weir_status say_refused(int code, struct weir_error *error)
{
    PCRE2_UCHAR reason[REASON_SIZE];

    if (code == PCRE2_ERROR_HEAP_FAILED) {
        return weir_error_nomem(error);
    }
    (void)pcre2_get_error_message(code, reason, sizeof reason);
    return weir_error_set(error, WEIR_ERR_CONFIG, code, "no regular expression: %s",
                          (const char *)reason);
}

/* Names are of ASCII, and hold no line ends. */
static enum weir_status compile(struct weir_pattern *pattern, const char *text, size_t *offset,
                                struct weir_error *error)
{
    static const uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF;
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_compile_context *context = pcre2_compile_context_create(pattern->memory);

    if (context == NULL) {
        return weir_error_nomem(error);
    }
    pattern->code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &code, &at, context);
    pcre2_compile_context_free(context);
    if (pattern->code == NULL) {
        *offset = at;
        return say_refused(code, error);
    }
    pattern->match = pcre2_match_data_create(1, pattern->memory);
    return pattern->match == NULL ? weir_error_nomem(error) : WEIR_OK;
}

enum weir_status weir_pattern_create(const char *text, struct weir_pattern **out, size_t *offset,
                                     struct weir_error *error)
{
    struct weir_pattern *pattern = weir_calloc(1, sizeof *pattern);

    assert(text != NULL);
    if (pattern == NULL) {
        return weir_error_nomem(error);
    }
    enum weir_status status =
        prepare(pattern) ? compile(pattern, text, offset, error) : weir_error_nomem(error);
    if (status != WEIR_OK) {
        weir_pattern_destroy(pattern);
        return status;
    }
    *out = pattern;
    return WEIR_OK;
}

void weir_pattern_destroy(struct weir_pattern *pattern)
{
    if (pattern != NULL) {
        pcre2_match_data_free(pattern->match);
        pcre2_code_free(pattern->code);
        pcre2_match_context_free(pattern->limits);
        pcre2_general_context_free(pattern->memory);
        weir_free(pattern);
    }
}

enum weir_status weir_pattern_match(struct weir_pattern *pattern, const char *name, bool *matches)
{
    int result = pcre2_match(pattern->code, (PCRE2_SPTR)name, strlen(name), 0, 0, pattern->match,
                             pattern->limits);

    assert(result != PCRE2_ERROR_NULL);
    if (result == PCRE2_ERROR_NOMEMORY) {
        return WEIR_ERR_NOMEM;
    }
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
        return WEIR_ERR_FULL;
    }
    *matches = result >= 0;
    return WEIR_OK;
}
