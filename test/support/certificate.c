#include "test/support/certificate.h"

#include <stddef.h>
#include <stdlib.h>

#include "test/support/process.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

enum { MAKE_MS = 30000, WORDS_MAX = 32 };

static void make_store(const char *certificate, const char *key, const char *store)
{
    char *both[] = {tmpdir_read(key), tmpdir_read(certificate)};
    char *text = text_format("%s%s", both[0], both[1]);

    tmpdir_write(store, text);
    free(text);
    free(both[0]);
    free(both[1]);
}

/* `more` ends with NULL. */
static void make(const char *folder, const char *name, const char *const *more)
{
    char *certificate = text_format("%s/%s.pem", folder, name);
    char *key = text_format("%s/%s.key", folder, name);
    char *store = text_format("%s/%s.store", folder, name);
    char *subject = text_format("/CN=%s", name);
    const char *words[WORDS_MAX] = {
        "openssl", "req",      "-x509", "-newkey", "ec",    "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes",  "-days",    "2",     "-subj",   subject, "-keyout",  key,
        "-out",    certificate};
    size_t count = 16;

    for (size_t i = 0; more[i] != NULL; i++) {
        words[count++] = more[i];
    }
    struct process *openssl = process_start(&(struct process_options){.arguments = words});
    process_expect(openssl, 0, MAKE_MS);
    process_destroy(openssl);
    make_store(certificate, key, store);
    free(subject);
    free(store);
    free(key);
    free(certificate);
}

void certificate_authority(const char *folder, const char *name)
{
    make(folder, name, (const char *const[]){NULL});
}

void certificate_sign(const char *folder, const char *authority, const char *name)
{
    char *certificate = text_format("%s/%s.pem", folder, authority);
    char *key = text_format("%s/%s.key", folder, authority);

    make(folder, name,
         (const char *const[]){"-CA", certificate, "-CAkey", key, "-addext",
                               "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext",
                               "basicConstraints=CA:FALSE", NULL});
    free(key);
    free(certificate);
}
