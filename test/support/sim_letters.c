#include "framework/slot.h"
#include "test/support/fail.h"
#include "test/support/sim_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where dead letters go: what was acknowledged outlives the consumers. */

enum { NAME_SHOWN = 100 };

struct sim_post {
    struct weir_dead_letters letters; /* first */
    struct weir_dead_letters_options options;
    pthread_t control;
    struct weir_dead_letter *first; /* under way, oldest first */
    struct weir_dead_letter *last;
    bool purged;
};

struct sim_written {
    struct sim_written *next;
    char topic[WEIR_TOPIC_SIZE];
    char origin[SIM_TOPIC_SIZE];
    int32_t partition;
    int64_t offset;
};

static struct sim_post *post_of(struct weir_dead_letters *letters)
{
    return (struct sim_post *)letters;
}

static void check_control(const struct sim_post *post, const char *what)
{
    if (!pthread_equal(pthread_self(), post->control)) {
        sim_blame("letters: %s on the wrong thread", what);
    }
}

static void check_letter(const struct sim_post *post, const struct weir_dead_letter *letter)
{
    struct weir_record record = {.offset = -1};

    post->options.client->view(letter->entry.message, &record);
    record.topic = letter->slot->topic;
    record.partition = letter->slot->partition;
    const struct sim_value *value = sim_value_of(&record);
    if (value->offset != letter->entry.offset) {
        sim_blame("letters: %lld goes as %lld", (long long)value->offset,
                  (long long)letter->entry.offset);
    }
}

static enum weir_status send_letter(struct weir_dead_letters *letters,
                                    struct weir_dead_letter *letter)
{
    struct sim_post *post = post_of(letters);

    check_control(post, "send");
    check_letter(post, letter);
    sim_lock();
    enum weir_status status = sim_enter(SIM_LETTER);
    if (status == WEIR_OK) {
        letter->next = NULL;
        if (post->first == NULL) {
            post->first = letter;
        } else {
            post->last->next = letter;
        }
        post->last = letter;
        sim.letters_out++;
        post->options.wake(post->options.wake_user);
    }
    sim_unlock();
    (void)snprintf(letter->why, sizeof letter->why, "%s",
                   status == WEIR_OK ? "" : "the simulated letter is refused");
    return status;
}

static void write_down(const struct weir_dead_letter *letter)
{
    struct sim_written *written = fail_or_alloc(1, sizeof *written);

    (void)snprintf(written->topic, sizeof written->topic, "%s", letter->topic);
    (void)snprintf(written->origin, sizeof written->origin, "%s", letter->slot->topic);
    written->partition = letter->slot->partition;
    written->offset = letter->entry.offset;
    written->next = sim.written;
    sim.written = written;
}

/* With the cluster locked. What is given up while it was held may have been written, or not. */
static struct weir_dead_letter *take_answered(struct sim_post *post)
{
    struct weir_dead_letter *letter = post->first;
    bool held = sim.faults[SIM_LETTER_ACK].held;

    if (letter == NULL || (held && !post->purged)) {
        return NULL;
    }
    post->first = letter->next;
    sim.letters_out--;
    letter->status = held ? WEIR_ERR_STATE : sim_enter(SIM_LETTER_ACK);
    letter->why[0] = '\0';
    if (letter->status == WEIR_OK) {
        write_down(letter);
    } else {
        (void)snprintf(letter->why, sizeof letter->why, "the simulated topic '%.*s' refuses it",
                       NAME_SHOWN, letter->topic);
    }
    return letter;
}

static struct weir_dead_letter *poll_letter(struct weir_dead_letters *letters)
{
    struct sim_post *post = post_of(letters);

    check_control(post, "poll");
    sim_lock();
    struct weir_dead_letter *letter = take_answered(post);
    sim_unlock();
    if (letter != NULL && letter->status == WEIR_OK) {
        sim_excuse(letter->slot->topic, letter->slot->partition, letter->entry.offset);
    }
    return letter;
}

static void purge(struct weir_dead_letters *letters)
{
    struct sim_post *post = post_of(letters);

    check_control(post, "purge");
    sim_lock();
    post->purged = true;
    sim_unlock();
    post->options.wake(post->options.wake_user);
}

static void destroy(struct weir_dead_letters *letters)
{
    if (post_of(letters)->first != NULL) {
        sim_blame("letters: destroyed with some under way");
    }
    free(letters);
}

static const struct weir_dead_letters_ops letters_ops = {
    .name = "sim", .send = send_letter, .poll = poll_letter, .purge = purge, .destroy = destroy};

enum weir_status sim_letters_create(const struct weir_dead_letters_options *options,
                                    struct weir_dead_letters **out, struct weir_error *error)
{
    sim_lock();
    enum weir_status status = sim_enter(SIM_LETTERS_OPEN);
    sim_unlock();
    if (status != WEIR_OK) {
        return sim_refusal(status, SIM_LETTERS_OPEN, error);
    }
    struct sim_post *post = fail_or_alloc(1, sizeof *post);
    post->letters.ops = &letters_ops;
    post->options = *options;
    post->control = pthread_self();
    *out = &post->letters;
    return WEIR_OK;
}

uint64_t sim_letters_under_way(void)
{
    sim_lock();
    uint64_t count = sim.letters_out;
    sim_unlock();
    return count;
}

uint64_t sim_letters(const char *topic, const char *origin, int32_t partition, int64_t offset)
{
    uint64_t count = 0;

    sim_lock();
    for (const struct sim_written *written = sim.written; written != NULL;
         written = written->next) {
        count += strcmp(written->topic, topic) == 0 && strcmp(written->origin, origin) == 0 &&
                         written->partition == partition &&
                         (offset < 0 || written->offset == offset)
                     ? 1
                     : 0;
    }
    sim_unlock();
    return count;
}

void sim_forget_letters(void)
{
    while (sim.written != NULL) {
        struct sim_written *written = sim.written;
        sim.written = written->next;
        free(written);
    }
    sim.letters_out = 0;
}
