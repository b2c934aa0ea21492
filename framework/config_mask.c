#include "framework/config_mask.h"

#include <assert.h>
#include <string.h>

#include "framework/config_table.h"

#define MASK            "***"
#define WORD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"

/* Shorter values mask nothing: a text could hardly be read afterwards. And a text never grows. */
enum { MASKED_SIZE_MIN = 3 };

/* A word or more, not a part of one: the value "ssl" is not meant in "ssl.ca.location". */
static bool stands_alone(const char *text, const char *at, size_t size)
{
    bool begins = at == text || strchr(WORD_CHARACTERS, at[-1]) == NULL;
    bool ends = at[size] == '\0' || strchr(WORD_CHARACTERS, at[size]) == NULL;

    return begins && ends;
}

static void mask_value(char *text, const char *value, bool anywhere)
{
    size_t size = strlen(value);

    if (size < MASKED_SIZE_MIN) {
        return;
    }
    for (char *at = strstr(text, value); at != NULL; at = strstr(at, value)) {
        if (anywhere || stands_alone(text, at, size)) {
            memcpy(at, MASK, sizeof MASK - 1);
            memmove(at + sizeof MASK - 1, at + size, strlen(at + size) + 1);
            at += sizeof MASK - 1;
        } else {
            at++;
        }
    }
}

struct masking {
    const struct weir_config *config;
    char *text;
    bool secrets_only;
};

static void mask_entry(const struct weir_config_entry *entry, void *user)
{
    struct masking *masking = user;
    const char *value = weir_config_get(masking->config, entry->key);
    bool secret = strcmp(entry->value, value) != 0;

    if (secret || (!masking->secrets_only && weir_config_key_passes(entry->key))) {
        mask_value(masking->text, value, secret);
    }
}

void weir_config_mask(const struct weir_config *config, bool secrets_only, char *text)
{
    struct masking masking = {config, text, secrets_only};

    assert(text != NULL);
    weir_config_each(config, mask_entry, &masking);
}
