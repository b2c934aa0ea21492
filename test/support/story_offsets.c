#include "test/support/story_world.h"

#include "test/support/require.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void story_store(struct story *story, enum story_store_mood mood, int64_t delay_ms)
{
    story->mood = mood;
    story->store_delay = delay_ms * WEIR_NS_PER_MS;
}

void story_store_refuses_one(struct story *story, const char *topic, int32_t partition)
{
    story->refused = topic == NULL ? NULL : story_partition_of(story, topic, partition);
}

static struct story_slot *slot_of(struct weir_commit *commit)
{
    return (struct story_slot *)(void *)((char *)commit - offsetof(struct story_slot, commit));
}

/* "commit orders/0 13, orders/1 7", in the order the partitions were named. */
static void say_request(struct story *story, const char *word)
{
    char text[STORY_TEXT / 8] = "";

    for (uint32_t i = 0; i < story->partition_count; i++) {
        const struct story_partition *partition = &story->partitions[i];
        size_t length = strlen(text);
        if (partition->sent >= 0) {
            (void)snprintf(text + length, sizeof text - length, "%s %s %" PRId64,
                           length > 0 ? "," : "", partition->name, partition->sent);
        }
    }
    story_say(story, "%s%s", word, text);
}

static bool refuses(const struct story *story, const struct story_partition *partition)
{
    return story->mood == STORY_STORE_REFUSES || story->mood == STORY_STORE_LOSES_REQUESTS ||
           partition == story->refused;
}

/* Every record below a stored offset is finished: the promise that matters most. */
static void keep(struct story *story, struct story_partition *partition)
{
    partition->kept = !refuses(story, partition);
    if (!partition->kept) {
        return;
    }
    partition->stored = partition->sent;
    for (uint32_t i = 0; i < partition->logged; i++) {
        if (!partition->log[i].finished && partition->log[i].offset < partition->stored) {
            story_break(story, "I2: %s: %" PRId64 " is stored, %" PRId64 " is not finished",
                        partition->name, partition->stored, partition->log[i].offset);
        }
    }
}

static void send_request(struct story *story)
{
    struct weir_commit *commit = NULL;

    REQUIRE(!story->out); /* one at a time */
    weir_committer_open(&story->committer, story->now);
    while ((commit = weir_committer_next(&story->committer, commit)) != NULL) {
        struct story_slot *slot = slot_of(commit);
        if (slot->closed) {
            story_break(story, "I3: %s is committed and not ours", slot->partition->name);
        }
        slot->partition->sent = commit->sent;
    }
    say_request(story, "commit");
    for (uint32_t i = 0; i < story->partition_count; i++) {
        if (story->partitions[i].sent >= 0) {
            keep(story, &story->partitions[i]);
        }
    }
    story->out = true;
    story->answers = story->mood == STORY_STORE_WELL || story->mood == STORY_STORE_REFUSES;
    story->refuses = story->mood == STORY_STORE_REFUSES;
    story->answer_at = story->answers
                           ? story->now + story->store_delay
                           : weir_time_after_ms(story->now, story->options.request_timeout_ms);
}

static void answer(struct story *story)
{
    say_request(story, !story->answers  ? "no answer for"
                       : story->refuses ? "refused"
                                        : "answer for");
    for (uint32_t i = 0; i < story->partition_count; i++) {
        struct story_partition *partition = &story->partitions[i];
        if (partition->sent >= 0 && story->answers && partition->slot != NULL) {
            struct story_slot *slot = partition->slot;
            weir_committer_settle(&story->committer, &slot->commit, partition->kept, story->now);
            slot->tenure.clean = weir_commit_is_clean(&slot->commit);
        }
        partition->sent = -1;
    }
    story->out = false;
    weir_committer_close(&story->committer, story->now);
    weir_rebalance_tick(&story->rebalance, story->now);
}

bool story_store_turn(struct story *story)
{
    if (story->out && story->answer_at <= story->now) {
        answer(story);
        return true;
    }
    if (!story->out && weir_committer_due(&story->committer) <= story->now) {
        send_request(story);
        return true;
    }
    return false;
}

weir_time story_store_due(const struct story *story)
{
    return story->out ? story->answer_at : weir_committer_due(&story->committer);
}
