#include "framework/refusal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char mechanism[] =
    "the listener does not offer this sasl.mechanism; set one that it names";
static const char authority[] =
    "the broker's certificate is not from an authority that this client trusts, or not for this "
    "address; set ssl.ca.location to the PEM file of its authority, and use an address that the "
    "certificate names";
static const char certificate[] =
    "the listener wants a certificate of this client and got none that it accepts; set "
    "ssl.certificate.location and ssl.key.location to a pair from an authority that the brokers "
    "trust";
static const char protocol[] =
    "the listener seems not to speak this security.protocol; set what it speaks, or use the "
    "port of another one";

/* Words of librdkafka's, OpenSSL's and the brokers', of any version; the first that is found
 * counts. */
static const struct {
    const char *words;
    const char *advice;
} meanings[] = {
    {"Unsupported SASL mechanism", mechanism},
    {"certificate verify failed", authority},
    {"certificate could not be verified", authority},
    {"alert bad certificate", certificate},
    {"alert certificate", certificate},
    {"alert unknown ca", certificate},
    {"alert handshake failure", certificate},
    {"connecting to a PLAINTEXT", protocol},
    {"unexpected eof", protocol},
    {"wrong version number", protocol},
};

const char *weir_refusal_advice(enum weir_refusal refusal, const char *complaint)
{
    static const char *const known[] = {
        [WEIR_REFUSAL_OTHER] = NULL,
        [WEIR_REFUSAL_LOGIN] = "the login is refused; check sasl.username and sasl.password, and "
                               "that the brokers know this user for this sasl.mechanism",
        [WEIR_REFUSAL_GROUP] = "this client may not use the group; grant its user Read on the "
                               "group of group.id",
        [WEIR_REFUSAL_TOPIC] = "this client may not read the topic; grant its user Describe and "
                               "Read on it",
    };

    assert(complaint != NULL);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strstr(complaint, meanings[i].words) != NULL) {
            return meanings[i].advice;
        }
    }
    return known[refusal];
}

/* "1/2 brokers are down"; other words may be trusted. */
bool weir_refusal_is_by_all(const char *complaint, size_t addresses)
{
    char *rest = NULL;
    char *end = NULL;

    assert(complaint != NULL);
    unsigned long down = strtoul(complaint, &rest, 10);
    if (rest == complaint || *rest != '/') {
        return true;
    }
    unsigned long known = strtoul(rest + 1, &end, 10);
    return end == rest + 1 || (down >= known && known >= addresses);
}
