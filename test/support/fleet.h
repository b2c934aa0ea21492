/* What does a whole group say that does as it must, whatever befalls it? */
#ifndef WEIR_TEST_FLEET_H
#define WEIR_TEST_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "framework/base/random.h"
#include "test/support/verify.h"

enum { FLEET_PARTITIONS = 3, FLEET_MEMBERS = 4, FLEET_RECORDS = 40, FLEET_LINES_MAX = 4096 };

/* What is wrong with one entry of the ledger; its record is kept as it is. */
enum fleet_change { FLEET_KEPT, FLEET_MISSING, FLEET_ABORTED, FLEET_TWICE, FLEET_ONE_MORE };

/* Of the record at the same index in its partition. */
struct fleet_record {
    int64_t offset;
    int completions;
};

struct fleet_line {
    int64_t time_ns;
    const char *ev; /* NULL: taken out */
    int member;
    int life;
    int partition;
    int first; /* index of a record; of a commit or an assignment: the first that is not done */
    int end;   /* index after the last record; 0: no records are meant */
    int64_t offset; /* said instead of the record's; -1: none */
    int batch;
    int count;        /* of a state: which one */
    bool former;      /* by one that had lost the partition and did not know it */
    bool fresh;       /* of an end: a record in it was never completed before */
    int64_t promised; /* of an assignment: what was acknowledged as committed by then */
};

/* What a member knows of a partition. */
struct fleet_hold {
    bool owner;
    bool former; /* it was, and does not know better */
    int next;    /* index of the first record that was not started */
    int done;    /* ... that is not done */
    int from;    /* of the running batch; until == from: none */
    int until;
    int batch;
    int asked;     /* of the commit that has no answer yet; -1: none */
    bool accepted; /* it reached the broker */
};

struct fleet_member {
    int life; /* 0: not running; each has a pid of its own */
    bool asleep;
    struct fleet_hold holds[FLEET_PARTITIONS];
};

/* A random, true history of several members and partitions: they join, leave in order or after a
 * drain that took too long, lose partitions, are killed, sleep and wake up as former owners, hear
 * late of their commits or never. Then everything heals, all is done, and whoever runs stops. One
 * batch of a partition at a time, in its order. */
struct fleet {
    struct weir_random random;
    int64_t now_ns;
    bool calm; /* nobody crashes, sleeps or is late */
    int lives;
    int batches;
    int records[FLEET_PARTITIONS];
    struct fleet_record record[FLEET_PARTITIONS][FLEET_RECORDS];
    int committed[FLEET_PARTITIONS]; /* index, at the broker */
    int promised[FLEET_PARTITIONS];  /* index, as acknowledged */
    int holder[FLEET_PARTITIONS];    /* the member that the broker takes for the owner, or -1 */
    struct fleet_member members[FLEET_MEMBERS];
    struct fleet_line lines[FLEET_LINES_MAX];
    int line_count;
    int64_t heal_ns;
    uint64_t revocations;
    int changed; /* the record whose entry in the ledger is changed: partition and index */
    int changed_partition;
    enum fleet_change change;
};

/* The caller frees it. */
WEIR_MUST_CHECK struct fleet *fleet_create(uint64_t seed);

/* Every rule is asked, as strictly as this history bears. */
struct verify_options fleet_options(const struct fleet *fleet);
/* Fills in ledger and streams; they go with fleet_forget. */
void fleet_tell(const struct fleet *fleet, struct verify_options *options);
void fleet_forget(struct verify_options *options);

/* fleet_lie.c: changes a line, an entry of the ledger, or what was promised, so that this rule is
 * broken. False: this history has no place for such a lie, and may be spoilt. Three rules are left
 * to written scripts: a former owner that goes on, more that comes again than may, and a commit
 * that was due for long. */
WEIR_MUST_CHECK bool fleet_lie(struct fleet *fleet, enum verify_rule rule,
                               struct verify_options *options);

#endif /* WEIR_TEST_FLEET_H */
