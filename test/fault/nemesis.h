/* How does a schedule happen to a real group? */
#ifndef WEIR_TEST_FAULT_NEMESIS_H
#define WEIR_TEST_FAULT_NEMESIS_H

#include <stdint.h>
#include <weir/export.h>

#include "test/support/kafka.h"
#include "test/support/member.h"
#include "test/support/schedule.h"
#include "test/support/text.h"

enum { NEMESIS_MEMBERS_MAX = 24 };

typedef void nemesis_step_fn(const struct schedule_step *step, void *user);

struct nemesis_options {
    struct kafka *kafka; /* proxied */
    const struct schedule *schedule;
    uint32_t members;            /* of the schedule */
    const char *const *settings; /* of members; ends with NULL; borrowed until nemesis_destroy */
    nemesis_step_fn *on_step;    /* called before each; or NULL */
    void *user;
};

/* Plays on the present scene: the members are its members. Every wait has a deadline, and a member
 * that ends when nobody asked it to, or does not end when asked, fails the test. Thread: main. */
struct nemesis;

/* Starts the members. */
WEIR_MUST_CHECK struct nemesis *nemesis_create(const struct nemesis_options *options);
void nemesis_destroy(struct nemesis *nemesis);
/* Carries out every step at its time, not counting what the steps themselves take. Returns
 * when everything is healed and every member runs; guests are gone. */
void nemesis_run(struct nemesis *nemesis);
/* What was done when, a line each. Borrowed until nemesis_destroy. */
const char *nemesis_log(const struct nemesis *nemesis);
/* Partitions that were added. */
uint32_t nemesis_grown(const struct nemesis *nemesis);

#endif /* WEIR_TEST_FAULT_NEMESIS_H */
