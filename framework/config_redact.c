#include "framework/config_redact.h"

#include <assert.h>
#include <string.h>

#include "framework/base/limits.h"
#include "framework/base/memory.h"

#define MASK "***"

/* Secret as a whole name. */
static const char *const secret_names[] = {
    "ssl.key.location", "ssl.key.pem",          "ssl_key",
    "ssl.ca.pem",       "sasl.username",        "sasl.oauthbearer.config",
    "sasl.jaas.config", "basic.auth.user.info", "zookeeper.auth",
};

/* Secret wherever they occur in a name, in upper or lower case. */
static const char *const secret_parts[] = {
    "password", "passwd",  "passphrase", "secret",  "token",       "credential",  "digest",
    "apikey",   "api.key", "api_key",    "api-key", "private.key", "private_key", "user.info",
};

/* Secret when one of these is followed by = or : within a value, as in a connection string. */
static const char *const secret_words[] = {
    "password", "passwd", "pwd", "secret", "token", "credential", "apikey", "api_key",
};

bool weir_config_key_secret(const char *key)
{
    for (size_t i = 0; i < sizeof secret_names / sizeof secret_names[0]; i++) {
        if (strcasecmp(secret_names[i], key) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof secret_parts / sizeof secret_parts[0]; i++) {
        if (strcasestr(key, secret_parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool assigns(const char *after_word)
{
    after_word += strspn(after_word, " \t\"'");
    return *after_word == '=' || *after_word == ':';
}

static bool value_secret(const char *value)
{
    if (strstr(value, "PRIVATE KEY") != NULL) {
        return true;
    }
    for (size_t i = 0; i < sizeof secret_words / sizeof secret_words[0]; i++) {
        const char *at = strcasestr(value, secret_words[i]);
        for (; at != NULL; at = strcasestr(at + 1, secret_words[i])) {
            if (assigns(at + strlen(secret_words[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* End of the user-info of a URL whose authority begins at `authority`: its @, or NULL. A password
 * may hold an unquoted @ or /, so the last @ before a blank or the next URL counts: rather mask too
 * much than too little. */
static const char *user_info_end(const char *authority)
{
    const char *found = NULL;

    for (const char *at = authority; *at != '\0' && strchr(" \t\r\n", *at) == NULL; at++) {
        if (strncmp(at, "://", 3) == 0) {
            break;
        }
        if (*at == '@') {
            found = at;
        }
    }
    return found;
}

/* Copies the value with each URL's user-info masked; `out` has room for a mask per URL more. */
static void mask_urls(const char *value, char *out)
{
    while (*value != '\0') {
        const char *scheme = strstr(value, "://");
        const char *end = scheme == NULL ? NULL : user_info_end(scheme + 3);
        size_t size = scheme == NULL ? strlen(value) : (size_t)(scheme + 3 - value);
        memcpy(out, value, size);
        out += size;
        value += size;
        if (end != NULL) {
            memcpy(out, MASK, sizeof MASK - 1);
            out += sizeof MASK - 1;
            value = end;
        }
    }
    *out = '\0';
}

static size_t url_count(const char *value)
{
    size_t count = 0;

    while ((value = strstr(value, "://")) != NULL) {
        count++;
        value += 3;
    }
    return count;
}

enum weir_status weir_config_redact(const char *key, const char *value, char **out)
{
    assert(key != NULL);
    assert(value != NULL);
    *out = NULL;
    if (*value == '\0') {
        return WEIR_OK;
    }
    if (weir_config_key_secret(key) || value_secret(value)) {
        *out = weir_strdup(MASK);
        return *out == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
    }
    size_t urls = url_count(value);
    if (urls == 0) {
        return WEIR_OK;
    }
    char *masked = weir_malloc(strlen(value) + urls * (sizeof MASK - 1) + 1);
    if (masked == NULL) {
        return WEIR_ERR_NOMEM;
    }
    mask_urls(value, masked);
    *out = masked;
    return WEIR_OK;
}

bool weir_config_key_showable(const char *key)
{
    size_t size = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._-");

    return key[size] == '\0' && size <= WEIR_CONFIG_KEY_SIZE_MAX / 2 && *key >= 'a' &&
           *key <= 'z' && strpbrk(key, "._") != NULL;
}
