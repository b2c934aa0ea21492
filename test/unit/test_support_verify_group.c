/* Does the judge flag what a group must not do, each by its own rule, and let be what only looks
 * like it? */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>

#include "test/support/script.h"
#include "test/support/verify.h"

enum { NO_RULE = SCRIPT_NO_RULE, NS_PER_MS = 1000000 };

#define MS(count) ((int64_t)(count)*NS_PER_MS)
#define ALL_DONE  "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; "
#define TEN       "0a. 1b. 2a. 3b. 4a. 5b. 6a. 7b. 8a. 9b. "
#define PARTITION                                                                                  \
    {                                                                                              \
        .order = VERIFY_ORDER_PARTITION                                                            \
    }
#define EARLY                                                                                      \
    {                                                                                              \
        .unfinished = true                                                                         \
    }

/* m2 begins while a commit of m1 has no answer. */
#define UNDER_WAY "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 5; m2 assign 0; "
#define SET_BACK  "m2 start 0 9 1; m2 end 0 9 1; m2 ask 10; m2 commit 10; m1 commit 5; m1 lost 0; "
#define LATE_COMMITS                                                                               \
    {                                                                                              \
        .crashes = true, .late_commits = true                                                      \
    }

/* m2 slept, and takes up what it was given before m1 was: m1 goes on ... */
#define BELATED "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 3; m1 commit 3; m2 assign 3; "
#define GOES_ON "m1 start 3 5 2; m1 end 3 5 2; m1 ask 6; m1 commit 6; "
#define REST    "m1 assign 6; m1 start 6 9 3; m1 end 6 9 3; m1 ask 10; m1 commit 10"

#define BELATED_TWICE                                                                              \
    "m1 assign 0; m1 start 0 1 1; m1 end 0 1 1; m2 assign 0; m2 start 1 1 1; m2 end 1 1 1; "

/* Records are done every 8 ms, and nothing is committed. */
#define SELDOM "m1 start 0 3 1; m1 end 0 3 1; " SELDOM_REST
#define SELDOM_REST                                                                                \
    "pause 8; m1 start 4 4 2; m1 end 4 4 2; pause 8; m1 start 5 5 3; m1 end 5 5 3; pause 8; "      \
    "m1 start 6 6 4; m1 end 6 6 4; pause 8; m1 start 7 7 5; m1 end 7 7 5; pause 8; "               \
    "m1 start 8 8 6; m1 end 8 8 6; "

/* Something else is done. */
#define BUSY "pause 8; m1 begin 1; pause 8; m1 begin 1; pause 8; m1 begin 1; pause 8; "

static const uint64_t none = 0;
static const uint64_t one = 1;

static const struct script_case scenarios[] = {
    {"a handler that ends after the partition was handed back", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 revoke 0; m1 end 0 2 1", PARTITION, VERIFY_LATE_END},
    {"the same when the drain took too long", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 late 0; m1 revoke 0; m1 end 0 2 1", PARTITION, NO_RULE},
    {"the same when the partition was taken away", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 lost 0; m1 end 0 2 1", PARTITION, NO_RULE},
    {"the same of a member that failed", "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 revoke 0; m1 end 0 2 1; m1 state 4", PARTITION, NO_RULE},
    {"three owners, the first of which wakes up last", "0a. 1b. 2a.",
     "m1 assign 0; m2 assign 0; m3 assign 0; m1 start 0 0 1; m1 lost 0; m3 start 0 2 1; "
     "m3 end 0 2 1",
     PARTITION, NO_RULE},
    {"a paused owner hears late that it had committed", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 5; m2 assign 5; m1 commit 5; m1 lost 0; "
     "m2 start 5 9 1; m2 end 5 9 1",
     PARTITION, NO_RULE},
    {"a paused owner commits what the next one had begun after", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m2 assign 5; m1 ask 5; m1 commit 5; m1 lost 0; "
     "m2 start 5 9 1; m2 end 5 9 1",
     PARTITION, VERIFY_TWO_OWNERS},
    {"a commit was under way when the next one began, and is taken",
     TEN,
     UNDER_WAY "m1 commit 5; m1 lost 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true},
     VERIFY_TWO_OWNERS},
    {"the same where nobody fences commits", TEN,
     UNDER_WAY "m1 commit 5; m1 lost 0; m2 start 0 9 1; m2 end 0 9 1", LATE_COMMITS, NO_RULE},
    {"the same, and it was asked for after the next one began", TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m2 assign 0; m1 ask 5; m1 commit 5; m1 lost 0; "
     "m2 start 0 9 1; m2 end 0 9 1",
     LATE_COMMITS, VERIFY_TWO_OWNERS},
    {"it sets back what the next one committed", TEN,
     UNDER_WAY SET_BACK "m2 begin 0; m2 revoke 0; m3 assign 5; m3 start 5 9 1; m3 end 5 9 1",
     LATE_COMMITS, NO_RULE},
    {"the same, and further than it was", TEN,
     UNDER_WAY SET_BACK "m2 begin 0; m2 revoke 0; m3 assign 4; m3 start 4 9 1; m3 end 4 9 1",
     LATE_COMMITS, VERIFY_POSITION},
    {"the same, and the next one commits anew", TEN,
     UNDER_WAY SET_BACK
     "m2 ask 10; m2 commit 10; m2 begin 0; m2 revoke 0; m3 assign 5; m3 start 5 9 1; m3 end 5 9 1",
     LATE_COMMITS, VERIFY_POSITION},
    {"an owner goes on while one that slept takes up an old assignment", TEN,
     BELATED GOES_ON "m1 begin 0; m1 revoke 0; m2 lost 0; " REST, PARTITION, NO_RULE},
    {"the same where the group gives the owner more",
     TEN,
     BELATED GOES_ON "m2 lost 0; " REST,
     {.order = VERIFY_ORDER_PARTITION, .unfinished = true},
     NO_RULE},
    {"the same, and both do the same",
     TEN,
     BELATED "m2 start 3 5 1; m2 end 3 5 1; m2 ask 6; " GOES_ON
             "m1 begin 0; m1 revoke 0; m2 lost 0; " REST,
     {.crashes = true},
     NO_RULE},
    {"the same, and the owner repeats itself",
     TEN,
     BELATED GOES_ON "m1 start 4 5 4; m1 end 4 5 4; m1 begin 0; m1 revoke 0; m2 lost 0; " REST,
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same, and the other one commits", TEN,
     BELATED GOES_ON "m2 ask 3; m2 commit 3; m1 begin 0; m1 revoke 0; m2 lost 0", EARLY,
     VERIFY_TWO_OWNERS},
    {"the same, and the other one goes on and on",
     TEN,
     BELATED GOES_ON
     "m2 start 3 5 1; pause 40; m2 start 3 5 2; pause 40; m2 start 3 5 3; pause 40; "
     "m2 start 3 5 4; m1 begin 0; m1 revoke 0; m2 lost 0; " REST,
     {.session_timeout_ms = 100},
     VERIFY_LONG_OVERLAP},
    {"a former owner commits after the next one began, and both lose it", TEN,
     BELATED GOES_ON "m1 lost 0; m2 lost 0", EARLY, VERIFY_TWO_OWNERS},
    {"the same, and only the next one hears that it lost it", TEN, BELATED GOES_ON "m2 lost 0",
     EARLY, VERIFY_TWO_OWNERS},
    {"the same, and both hand it back", TEN,
     BELATED GOES_ON "m1 begin 0; m1 revoke 0; m2 begin 0; m2 revoke 0", EARLY, VERIFY_TWO_OWNERS},
    {"the same while it hands back", TEN,
     "m1 assign 0; m1 start 0 5 1; m1 end 0 5 1; m1 begin 0; m2 assign 0; m1 ask 6; m1 commit 6; "
     "m1 revoke 0; m2 lost 0",
     EARLY, VERIFY_TWO_OWNERS},
    {"the same, and stops", TEN,
     BELATED GOES_ON "m1 state 2; m1 begin 0; m1 revoke 0; m1 state 3; m2 lost 0", EARLY,
     VERIFY_TWO_OWNERS},
    {"a former owner that goes on and on",
     "0a. 1b. 2a.",
     "m1 assign 0; m2 assign 0; m1 start 0 0 1; pause 40; m1 start 1 1 2; pause 40; "
     "m1 start 2 2 3; pause 40; m1 start 2 2 4; m2 start 0 2 1; m2 end 0 2 1",
     {.session_timeout_ms = 100},
     VERIFY_LONG_OVERLAP},
    {"the same, paused meanwhile",
     "0a. 1b. 2a.",
     "m1 assign 0; m2 assign 0; m1 start 0 0 1; pause 60; m1 start 1 1 2; pause 60; "
     "m1 start 2 2 3; m2 start 0 2 1; m2 end 0 2 1",
     {.session_timeout_ms = 100},
     NO_RULE},
    {"what a killed owner did comes again",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .repeats_max = 5},
     NO_RULE},
    {"more of it than may",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .repeats_max = 4},
     VERIFY_REPEATED},
    {"the same where nobody crashed",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 revoke 0; m2 assign 0; m2 start 0 9 1; "
     "m2 end 0 9 1",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same after a crash before that",
     TEN,
     "m0 assign 0; m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 revoke 0; m2 assign 0; "
     "m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same where the commit got no answer",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 5; m1 revoke 0; m2 assign 0; "
     "m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true},
     NO_RULE},
    {"the same where only the one before it asked for that much",
     TEN,
     "m0 assign 0; m0 start 0 4 1; m0 end 0 4 1; m0 ask 5; m1 assign 0; m1 start 0 4 1; "
     "m1 end 0 4 1; m1 ask 3; m1 commit 3; m1 revoke 0; m2 assign 3; m2 start 3 9 1; m2 end 3 9 1",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same where it stopped in order, and did not say that it let go",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 state 2; m1 state 3; m2 assign 0; "
     "m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same where it could not stop in order",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 state 2; m1 state 4; m2 assign 0; "
     "m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true},
     NO_RULE},
    {"an owner that is given what it has does it again",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 assign 0; m1 start 0 9 2; m1 end 0 9 2",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"what was committed before a crash comes again",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 3; m1 commit 3; m2 assign 3; "
     "m2 start 3 9 1; m2 end 3 9 1; m2 start 2 2 2; m2 end 2 2 2",
     {.crashes = true},
     VERIFY_COMMITTED_AGAIN},
    {"the same after a jump to there",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 end 0 4 1; m1 ask 3; m1 commit 3; m2 assign 3; "
     "m2 start 3 9 1; m2 end 3 9 1; m2 reset 2; m2 start 2 2 2; m2 end 2 2 2",
     {.crashes = true},
     NO_RULE},
    {"a former owner ends what it was doing, which is committed",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1; m2 ask 10; "
     "m2 commit 10; m1 end 0 4 1; m1 lost 0",
     {.crashes = true},
     NO_RULE},
    {"the same, and does it twice",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1; m2 ask 10; "
     "m2 commit 10; m1 end 0 4 1; m1 start 4 4 2; m1 end 4 4 2; m1 lost 0",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"the same, of what lay before it when it began",
     TEN,
     "m0 assign 0; m0 start 0 1 1; m0 end 0 1 1; m0 ask 2; m0 commit 2; m0 revoke 0; "
     "m1 assign 2; m2 assign 2; m2 start 2 9 1; m2 end 2 9 1; m1 start 1 1 1; m1 end 1 1 1; "
     "m1 lost 0",
     {.crashes = true},
     VERIFY_COMMITTED_AGAIN},
    {"a former owner ends what it was doing when it has the partition again",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 lost 0; m1 assign 0; m1 end 0 4 1; m1 start 0 9 2; "
     "m1 end 0 9 2",
     {.crashes = true},
     NO_RULE},
    {"the same, when it has begun it again",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 lost 0; m1 assign 0; m1 start 0 4 2; m1 end 0 4 2; "
     "m1 end 0 4 1; m1 start 5 9 3; m1 end 5 9 3",
     {.crashes = true},
     NO_RULE},
    {"the same, and does it twice then",
     TEN,
     "m1 assign 0; m1 start 0 4 1; m1 lost 0; m1 assign 0; m1 end 0 4 1; m1 end 0 4 1; "
     "m1 start 0 9 2; m1 end 0 9 2",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"a killed owner had not committed for long",
     TEN,
     "m1 assign 0; " SELDOM "m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"the same, and is awake with another partition only",
     TEN,
     "m1 assign 0; m1 start 0 8 1; m1 end 0 8 1; " BUSY "m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"the same, and stands still then",
     TEN,
     "m1 assign 0; m1 start 0 8 1; m1 end 0 8 1; pause 90; m2 assign 0; m2 start 0 9 1; "
     "m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"an owner that lost it had not committed for long",
     TEN,
     "m1 assign 0; " SELDOM "m1 lost 0; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"the same, and was awake with another partition only",
     TEN,
     "m1 assign 0; m1 start 0 8 1; m1 end 0 8 1; " BUSY "m1 lost 0; m2 assign 0; m2 start 0 9 1; "
     "m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"one whose handlers hang had not",
     TEN,
     "m1 assign 0; " SELDOM "m1 late 0; m1 revoke 0; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"one that got no answer had asked late",
     TEN,
     "m1 assign 0; " SELDOM "m1 ask 9; m1 revoke 0; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"one that lost it had committed in time",
     TEN,
     "m1 assign 0; " SELDOM "m1 ask 9; m1 commit 9; m1 lost 0; m2 assign 9; m2 start 9 9 1; "
     "m2 end 9 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"the same within its time",
     TEN,
     "m1 assign 0; " SELDOM "m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 60},
     NO_RULE},
    {"the same, and the next one begins behind that",
     TEN,
     "m1 assign 0; " SELDOM "m1 ask 9; m2 assign 9; m2 start 9 9 1; m2 end 9 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"the same, but it stood still",
     TEN,
     "m1 assign 0; m1 start 0 3 1; m1 end 0 3 1; pause 50; m1 start 4 4 2; m1 end 4 4 2; "
     "pause 50; m1 start 5 5 3; m1 end 5 5 3; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"the same, and its first record is not done",
     TEN,
     "m1 assign 0; m1 start 0 0 9; m1 start 1 1 1; " SELDOM_REST
     "m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"an owner that knows what another one did commits past it, and then no more",
     TEN,
     "m0 assign 0; m0 start 1 3 1; m0 end 1 3 1; m1 assign 0; m1 start 0 0 1; m1 end 0 0 1; "
     "m1 ask 4; m1 commit 4; " SELDOM_REST "m2 assign 4; m2 start 4 9 1; m2 end 4 9 1",
     {.crashes = true, .commit_within_ms = 20},
     VERIFY_OVERDUE_COMMIT},
    {"an owner cannot commit what another one did, and it does not get through",
     TEN,
     "m0 assign 0; m0 start 0 3 1; m0 end 0 3 1; m1 assign 0; m1 start 0 3 1; " SELDOM_REST
     "m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"nor what another one was to commit",
     TEN,
     "m1 assign 0; " SELDOM "m1 ask 7; m1 commit 7; m2 assign 7; m2 start 8 8 1; m2 end 8 8 1; "
     "pause 8; m2 start 9 9 2; pause 8; m2 end 9 9 2; pause 8; m2 ask 7; m3 assign 7; "
     "m3 start 7 9 1; m3 end 7 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"what was to be committed before a jump",
     TEN,
     "m1 assign 0; " SELDOM "m1 reset 0; m2 assign 0; m2 start 0 9 1; m2 end 0 9 1",
     {.crashes = true, .commit_within_ms = 20},
     NO_RULE},
    {"a member that slept does what it took up too late, once",
     "0a. 1b. 2a.",
     BELATED_TWICE "m2 lost 0; m1 start 2 2 2; m1 end 2 2 2; m1 ask 3; m1 commit 3; m1 begin 0; "
                   "m1 revoke 0",
     {.crashes = true},
     NO_RULE},
    {"the same, twice",
     "0a. 1b. 2a.",
     BELATED_TWICE "m2 start 1 1 2; m2 end 1 1 2; m2 lost 0; m1 start 2 2 2; m1 end 2 2 2; "
                   "m1 ask 3; m1 commit 3; m1 begin 0; m1 revoke 0",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"a former owner and the next one do the same",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m2 assign 0; m2 start 0 2 1; m1 end 0 2 1; m2 end 0 2 1",
     {.crashes = true},
     NO_RULE},
    {"a clean stop",
     "0a. 1b. 2a.",
     ALL_DONE "m1 state 2; m1 revoke 0; m1 state 3",
     {.clean = true, .stop_within_ms = 10},
     NO_RULE},
    {"a stop that forgets to commit",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 ask 2; m1 commit 2; m1 state 3",
     {.clean = true},
     VERIFY_UNCOMMITTED},
    {"a stop that nobody hears of",
     "0a. 1b. 2a.",
     ALL_DONE "m1 state 2; m1 revoke 0",
     {.clean = true},
     VERIFY_NO_END},
    {"a stop that takes long",
     "0a. 1b. 2a.",
     ALL_DONE "m1 state 2; m1 revoke 0; pause 10; m1 state 3",
     {.clean = true, .stop_within_ms = 10},
     VERIFY_SLOW_STOP},
    {"all goes on in time",
     "0a. 1b. 2a.",
     ALL_DONE "pause 20; m1 state 2; m1 revoke 0; m1 state 3",
     {.heal_ns = MS(3), .live_within_ms = 10},
     NO_RULE},
    {"a record that is done late",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 1 1; pause 20; m1 end 2 2 1; m1 ask 3; m1 commit 3",
     {.heal_ns = MS(2), .live_within_ms = 10},
     VERIFY_NOT_IN_TIME},
    {"a commit that comes late",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; pause 20; m1 ask 3; m1 commit 3",
     {.heal_ns = MS(2), .live_within_ms = 10},
     VERIFY_LAG},
    {"a partition that nobody takes over",
     "0a. 1b. 2a.",
     ALL_DONE "pause 20; m2 state 1",
     {.heal_ns = MS(10), .live_within_ms = 10},
     VERIFY_UNOWNED},
    {"a running member from which nothing is taken",
     "0a. 1b. 2a.",
     ALL_DONE "m1 state 2; m1 begin 0; m1 revoke 0; m1 state 3",
     {.revocations_max = &none},
     NO_RULE},
    {"a running member from which something is taken",
     "0a. 1b. 2a.",
     ALL_DONE "m1 begin 0; m1 revoke 0; m2 assign 3",
     {.revocations_max = &none},
     VERIFY_REVOKED},
    {"what is lost while it is handed back is taken once",
     "0a. 1b. 2a.",
     ALL_DONE "m1 begin 0; m1 lost 0; m2 assign 3",
     {.revocations_max = &one},
     NO_RULE},
    {"the same, and it is taken another time",
     "0a. 1b. 2a.",
     ALL_DONE "m1 begin 0; m1 lost 0; m1 assign 3; m1 lost 0; m2 assign 3",
     {.revocations_max = &one},
     VERIFY_REVOKED},
    {"what was done comes again when it is lost while it is handed back",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 begin 0; m1 lost 0; m2 assign 0; "
     "m2 start 0 2 1; m2 end 0 2 1",
     {.crashes = true},
     NO_RULE},
    {"the same when it was handed back after all",
     "0a. 1b. 2a.",
     "m1 assign 0; m1 start 0 2 1; m1 end 0 2 1; m1 begin 0; m1 revoke 0; m2 assign 0; "
     "m2 start 0 2 1; m2 end 0 2 1",
     {.crashes = true},
     VERIFY_DUPLICATE},
    {"two records at one offset",
     "0a. 1b. 1c. 2a.",
     "m1 assign 0; m1 start 0 0 1; m1 end 0 0 1",
     {.unfinished = true},
     VERIFY_CONFLICT},
};

enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

START_TEST(each_history_is_judged_right)
{
    ck_assert_msg(script_judge(&scenarios[_i]), "%s: another rule, too", scenarios[_i].what);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support_verify_group");
    TCase *tcase = tcase_create("verify");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(tcase, each_history_is_judged_right, 0, SCENARIOS);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
