#include "offsets/committer.h"

#include <assert.h>
#include <stddef.h>

enum { NOT_SENT = -1, NOT_ACKED = -1 };

void weir_committer_init(struct weir_committer *committer, int64_t interval_ms, weir_time now)
{
    assert(interval_ms >= 0);
    *committer =
        (struct weir_committer){.interval_ns = interval_ms * WEIR_NS_PER_MS,
                                .sent_at = now,
                                .not_before = now,
                                .refresh_at = weir_time_after_ms(now, WEIR_COMMIT_REFRESH_MS)};
}

bool weir_commit_is_clean(const struct weir_commit *commit)
{
    return commit->acked == commit->watermark;
}

static bool wants_sending(const struct weir_commit *commit)
{
    return !weir_commit_is_clean(commit) && commit->sent == NOT_SENT;
}

void weir_committer_add(struct weir_committer *committer, struct weir_commit *commit,
                        int64_t position, int64_t acked, weir_time now)
{
    assert(!commit->member);
    /* A position that came from a policy is not written before a record was done: until then the
     * policy would choose again, which is what the user asked for. */
    *commit = (struct weir_commit){.next = committer->first,
                                   .watermark = position,
                                   .sent = NOT_SENT,
                                   .acked = position,
                                   .stored = acked,
                                   .acked_at = acked == position ? now : 0,
                                   .member = true};
    if (committer->first != NULL) {
        committer->first->previous = commit;
    }
    committer->first = commit;
}

void weir_committer_keep(struct weir_committer *committer, struct weir_commit *commit)
{
    assert(commit->member && commit->sent == NOT_SENT && commit->acked == commit->watermark);
    commit->acked = NOT_ACKED;
    committer->dirty++;
}

void weir_committer_remove(struct weir_committer *committer, struct weir_commit *commit)
{
    if (!commit->member) {
        return;
    }
    if (wants_sending(commit)) {
        committer->dirty--;
    }
    if (commit->previous != NULL) {
        commit->previous->next = commit->next;
    } else {
        committer->first = commit->next;
    }
    if (commit->next != NULL) {
        commit->next->previous = commit->previous;
    }
    commit->next = NULL;
    commit->previous = NULL;
    commit->member = false;
}

void weir_committer_moved(struct weir_committer *committer, struct weir_commit *commit,
                          int64_t watermark)
{
    if (!commit->member || watermark <= commit->watermark) {
        return;
    }
    bool counted = wants_sending(commit);
    commit->watermark = watermark;
    if (!counted && wants_sending(commit)) {
        committer->dirty++;
    }
}

void weir_committer_hurry(struct weir_committer *committer)
{
    committer->urgent = true;
}

weir_time weir_committer_due(const struct weir_committer *committer)
{
    if (committer->out || committer->first == NULL) {
        return WEIR_TIME_NEVER;
    }
    weir_time due = committer->refresh_at;
    if (committer->dirty > 0) {
        due = committer->urgent ? 0 : committer->sent_at + committer->interval_ns;
    }
    return due > committer->not_before ? due : committer->not_before;
}

void weir_committer_open(struct weir_committer *committer, weir_time now)
{
    assert(!committer->out);
    bool refresh = now >= committer->refresh_at;

    for (struct weir_commit *commit = committer->first; commit != NULL; commit = commit->next) {
        bool stale = refresh && commit->acked_at != 0;
        commit->sent = wants_sending(commit) || stale ? commit->watermark : NOT_SENT;
    }
    if (refresh) {
        committer->refresh_at = weir_time_after_ms(now, WEIR_COMMIT_REFRESH_MS);
    }
    committer->dirty = 0;
    committer->out = true;
    committer->failed = false;
    committer->sent_at = now;
}

struct weir_commit *weir_committer_next(const struct weir_committer *committer,
                                        const struct weir_commit *after)
{
    assert(committer->out);
    struct weir_commit *commit = after == NULL ? committer->first : after->next;

    while (commit != NULL && commit->sent == NOT_SENT) {
        commit = commit->next;
    }
    return commit;
}

void weir_committer_settle(struct weir_committer *committer, struct weir_commit *commit, bool ok,
                           weir_time now)
{
    assert(committer->out);
    if (!commit->member || commit->sent == NOT_SENT) {
        return;
    }
    if (ok) {
        commit->acked = commit->sent;
        commit->stored = commit->sent;
        commit->acked_at = now;
    } else {
        committer->failed = true;
    }
    commit->sent = NOT_SENT;
    committer->dirty += wants_sending(commit) ? 1 : 0;
}

void weir_committer_withdraw(struct weir_committer *committer)
{
    assert(committer->out);
    for (struct weir_commit *commit = committer->first; commit != NULL; commit = commit->next) {
        commit->sent = NOT_SENT;
        committer->dirty += wants_sending(commit) ? 1 : 0;
    }
    if (committer->refresh_at == weir_time_after_ms(committer->sent_at, WEIR_COMMIT_REFRESH_MS)) {
        committer->refresh_at = committer->sent_at; /* that is, it was one */
    }
    committer->out = false;
    committer->urgent = true;
}

static void back_off(struct weir_committer *committer, weir_time now)
{
    int64_t delay_ms = WEIR_COMMIT_BACKOFF_MS;

    for (uint32_t i = 0; i < committer->failures && delay_ms < WEIR_COMMIT_BACKOFF_MS_MAX; i++) {
        delay_ms *= 2;
    }
    delay_ms = delay_ms > WEIR_COMMIT_BACKOFF_MS_MAX ? WEIR_COMMIT_BACKOFF_MS_MAX : delay_ms;
    committer->failures++;
    committer->not_before = weir_time_after_ms(now, delay_ms);
}

void weir_committer_close(struct weir_committer *committer, weir_time now)
{
    assert(committer->out);
    for (struct weir_commit *commit = committer->first; commit != NULL; commit = commit->next) {
        if (commit->sent != NOT_SENT) {
            weir_committer_settle(committer, commit, false, now);
        }
    }
    committer->out = false;
    if (committer->failed) {
        back_off(committer, now);
        return;
    }
    committer->failures = 0;
    committer->not_before = now;
    committer->urgent = committer->urgent && committer->dirty > 0;
}
