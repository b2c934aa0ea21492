#include "framework/refusal.h"

#include "test/support/config_fixture.h"

/* Is what librdkafka and the brokers say of a refusal translated into what to do about it? */

/* Words that were seen, of librdkafka 2.0.2 and newer ones. */
static const struct {
    enum weir_refusal refusal;
    const char *complaint;
    const char *part; /* NULL: there is no advice */
} examples[] = {
    {WEIR_REFUSAL_OTHER, "", NULL},
    {WEIR_REFUSAL_OTHER,
     "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection "
     "refused (after 0ms in state CONNECT)",
     NULL},
    {WEIR_REFUSAL_LOGIN,
     "sasl_ssl://127.0.0.1:1/bootstrap: SASL authentication error: Authentication failed: Invalid "
     "username or password (after 308ms in state AUTH_REQ)",
     "check sasl.username and sasl.password"},
    {WEIR_REFUSAL_LOGIN,
     "sasl_plaintext://127.0.0.1:1/bootstrap: SASL PLAIN mechanism handshake failed: Broker: "
     "Unsupported SASL mechanism: broker's supported mechanisms: SCRAM-SHA-512",
     "does not offer this sasl.mechanism"},
    {WEIR_REFUSAL_OTHER,
     "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate "
     "verify failed: broker certificate could not be verified, verify that ssl.ca.location is",
     "set ssl.ca.location"},
    {WEIR_REFUSAL_OTHER,
     "ssl://127.0.0.1:1/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad "
     "certificate: SSL alert number 42 (after 1ms in state APIVERSION_QUERY)",
     "set ssl.certificate.location and ssl.key.location"},
    {WEIR_REFUSAL_OTHER,
     "error:0A00045C:SSL routines::tlsv13 alert certificate required: SSL alert number 116",
     "set ssl.certificate.location and ssl.key.location"},
    {WEIR_REFUSAL_OTHER, "error:0A000418:SSL routines::tlsv1 alert unknown ca: SSL alert number 48",
     "set ssl.certificate.location and ssl.key.location"},
    {WEIR_REFUSAL_OTHER,
     "127.0.0.1:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by "
     "incorrect security.protocol configuration (connecting to a SSL listener?) or broker version",
     NULL}, /* or who listens there is no broker, or ends */
    {WEIR_REFUSAL_OTHER,
     "ssl://127.0.0.1:1/bootstrap: SSL handshake failed: error:0A000126:SSL routines::unexpected "
     "eof while reading (after 2ms in state SSL_HANDSHAKE)",
     "seems not to speak this security.protocol"},
    {WEIR_REFUSAL_GROUP, "FindCoordinator response error: Group authorization failed.",
     "grant its user Read on the group"},
    {WEIR_REFUSAL_TOPIC,
     "Subscribed topic not available: orders: Broker: Topic authorization "
     "failed",
     "grant its user Describe and Read"},
};

START_TEST(a_refusal_is_translated)
{
    const char *advice = weir_refusal_advice(examples[_i].refusal, examples[_i].complaint);

    if (examples[_i].part == NULL) {
        ck_assert_ptr_null(advice);
    } else {
        ck_assert_ptr_nonnull(advice);
        assert_contains(advice, examples[_i].part);
    }
}
END_TEST

/* librdkafka's words, and of how many addresses they have to be. */
static const struct {
    const char *complaint;
    size_t addresses;
    bool is_by_all;
} counts[] = {
    {"1/1 brokers are down", 1, true},
    {"1/1 brokers are down", 2, false}, /* it had not taken up the second one yet */
    {"1/2 brokers are down", 2, false}, /* the same, when it came to say so */
    {"2/2 brokers are down", 2, true},
    {"5/5 brokers are down", 2, true}, /* more are known from one that answered */
    {"12/12 brokers are down", 12, true},
    {"All brokers are down", 2, true}, /* words of no version that is known */
    {"1/many brokers are down", 2, true},
};

START_TEST(all_are_down_when_all_were_counted)
{
    ck_assert(weir_refusal_is_by_all(counts[_i].complaint, counts[_i].addresses) ==
              counts[_i].is_by_all);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("refusal");

    tcase_add_loop_test(tcase, a_refusal_is_translated, 0, sizeof examples / sizeof examples[0]);
    tcase_add_loop_test(tcase, all_are_down_when_all_were_counted, 0,
                        sizeof counts / sizeof counts[0]);
    return run_case(tcase, "refusal");
}
