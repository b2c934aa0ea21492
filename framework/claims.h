/* Which partitions are ours, on the way to be, or on the way out, by the nodes of ZooKeeper? */
#ifndef WEIR_FRAMEWORK_CLAIMS_H
#define WEIR_FRAMEWORK_CLAIMS_H

#include "framework/base/clock.h"
#include "framework/zoo.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/status.h>

/* A step machine for each partition that is wanted or ours, within one session:
 *
 *   wanted > fenced > unsure > ours > given > held > recalled > released > (forgotten)
 *
 * The fence is read; then one transaction raises it and creates the owner's node, and right behind
 * it goes a look at that node, with a watch. It may be another's: we wait, and claim again when the
 * watch fires. What is not wanted any more is announced as revoked, and deleted in one transaction
 * that checks the fence.
 *
 * In a group whose members have colors a claim checks the record of weir/switch, too (the gate): if
 * it is not as it was read, nothing is claimed until it was read again. Of what our color is to
 * have later, fence and owner are known before: nothing is claimed, and a node that changes is
 * asked about again.
 *
 * Only whose node it is decides, never the answer to a request: what was asked when the connection
 * broke is found out by looking, once the server that is asked now has caught up. Each claim raises
 * the version of the fence, so a release that checks it cannot delete another's node. At most
 * WEIR_CLAIMS_OUT_MAX requests are out at a time. Pure, but for memory. Thread: control. Memory:
 * the heap. */
enum { WEIR_CLAIMS_OUT_MAX = 512, WEIR_CLAIM_NO_FENCE = -1 };

enum weir_claim_state {
    WEIR_CLAIM_WANTED,   /* its fence is to be read */
    WEIR_CLAIM_FENCED,   /* to be claimed */
    WEIR_CLAIM_UNSURE,   /* whose is it? */
    WEIR_CLAIM_WAITING,  /* it is another's, and a watch tells when that ends */
    WEIR_CLAIM_OURS,     /* not announced */
    WEIR_CLAIM_GIVEN,    /* announced; no answer yet */
    WEIR_CLAIM_HELD,     /* accepted */
    WEIR_CLAIM_RECALLED, /* its revocation is announced; no answer yet */
    WEIR_CLAIM_RELEASED, /* to be deleted */
    WEIR_CLAIM_DEAD      /* to be forgotten */
};

struct weir_claim {
    char *topic;
    int32_t partition;
    enum weir_claim_state state;
    bool wanted;
    bool doubt;        /* ours, but its node changed, or nobody knows whether it is deleted */
    bool unheard;      /* of a claim nobody knows what became of it */
    bool unfenced;     /* its fence is gone: deleted without a look at it */
    bool halted;       /* at its stop offset, or past it */
    bool taken_away;   /* somebody else has it, and nobody was told yet */
    bool gone;         /* held, of a topic that was deleted or created anew; likewise */
    uint32_t asked;    /* requests that are out */
    uint32_t orphaned; /* times that its parent was missing */
    int32_t fence;     /* as it will be once it is ours; WEIR_CLAIM_NO_FENCE: not known */
    weir_time free_at; /* wanted, and not known to be another's, since then; 0: it is not so */
    int64_t holder;    /* the session that has it while we wait */
};

enum weir_claim_question {
    WEIR_CLAIM_READ, /* its fence */
    WEIR_CLAIM_TAKE,
    WEIR_CLAIM_LOOK, /* whose it is */
    WEIR_CLAIM_GIVE_BACK
};

struct weir_claim_asked {
    struct weir_claim *claim;
    enum weir_claim_question question;
};

struct weir_claims {
    struct weir_claim **all; /* sorted by topic and partition */
    size_t count;
    size_t capacity;
    /* What is out, in the order of the answers: a ring. */
    struct weir_claim_asked asked[WEIR_CLAIMS_OUT_MAX];
    uint32_t first;      /* of the ring */
    uint32_t out;        /* in it */
    weir_time resume_at; /* nothing is asked before */
    weir_time claim_at;  /* nothing new is claimed before */
    bool gate_shut;      /* a claim found another record: nothing new is claimed */
};

/* What became of claims, in all sessions: counts only grow. */
struct weir_claims_tally {
    uint64_t refused_by_record; /* it was another one than was read */
    uint64_t refused_by_owner;  /* there is one, and it was waited for */
    uint64_t handed_over;       /* given back because our color may not own */
    uint64_t taken_over;        /* accepted while a switch was under way */
    uint64_t usurped;           /* another's node stood there, while we worked on it */
};

/* What the machine needs to know, for the time of a call. */
struct weir_claims_place {
    struct weir_zoo *zoo;
    const char *group;
    const char *member;
    int64_t session;
    int64_t predecessor; /* whose nodes may be taken over; 0: nobody's */
    bool gated;          /* claims check that the record of the switch has this version */
    int32_t gate;
    bool contested;  /* what is wanted another has, as a rule */
    bool looks_only; /* nothing is claimed yet: fences are read, and owners looked at */
    /* Of a look, with a watch, at whether what is given back is another's by now. Answer and event
     * are none of these. 0: nobody asks. */
    uint64_t follow_tag;
    weir_time now;
    struct weir_claims_tally *tally;
};

/* NULL: there is none. */
struct weir_claim *weir_claims_find(const struct weir_claims *claims, const char *topic,
                                    int32_t partition);
/* Marks all as unwanted, then those wanted, one by one. WEIR_ERR_NOMEM. */
void weir_claims_unwant(struct weir_claims *claims);
WEIR_MUST_CHECK enum weir_status weir_claims_want(struct weir_claims *claims, const char *topic,
                                                  int32_t partition);
/* Sends what can be sent and forgets what is done with. WEIR_ERR_NOMEM and WEIR_ERR_FULL: later. */
WEIR_MUST_CHECK enum weir_status weir_claims_go_on(struct weir_claims *claims,
                                                   const struct weir_claims_place *place);
/* False: it is not an answer to one of these. `refused` is set to the sentence when the server does
 * not let us, or nobody but a person can. */
bool weir_claims_answer(struct weir_claims *claims, const struct weir_claims_place *place,
                        const struct weir_zoo_event *event, const char **refused);
/* A watch fired. False: none of these. */
bool weir_claims_changed(struct weir_claims *claims, const struct weir_claims_place *place,
                         const char *path);
/* Is nothing wanted of which nobody knows whose it is, as far as the server lets us ask? */
bool weir_claims_known(const struct weir_claims *claims, weir_time now);
/* The predecessor's nodes may be taken over from now on. */
void weir_claims_look_again(struct weir_claims *claims, int64_t holder);
void weir_claims_forget_dead(struct weir_claims *claims);
size_t weir_claims_in(const struct weir_claims *claims, enum weir_claim_state state);
/* All, without a word to the server. */
void weir_claims_fini(struct weir_claims *claims);

#endif /* WEIR_FRAMEWORK_CLAIMS_H */
