/* What does a refusal of the cluster mean, and what can be done about it? */
#ifndef WEIR_FRAMEWORK_REFUSAL_H
#define WEIR_FRAMEWORK_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

/* What librdkafka's code says already; the rest is in its words. */
enum weir_refusal {
    WEIR_REFUSAL_OTHER,
    WEIR_REFUSAL_LOGIN,
    WEIR_REFUSAL_GROUP, /* an access rule of the brokers */
    WEIR_REFUSAL_TOPIC
};

/* What is wrong, and what to do; NULL: nothing is known about such a complaint. Static. Pure.
 * Thread: any. */
const char *weir_refusal_advice(enum weir_refusal refusal, const char *complaint);
/* librdkafka says that all brokers are down, and how many: does it speak of so many addresses? Of
 * those that it has not taken up yet it knows nothing. Pure. Thread: any. */
bool weir_refusal_is_by_all(const char *complaint, size_t addresses);

#endif /* WEIR_FRAMEWORK_REFUSAL_H */
