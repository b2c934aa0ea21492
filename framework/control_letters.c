#include "framework/control_state.h"
#include <assert.h>
#include <stdio.h>

enum { AGAIN_MS = 20, AGAIN_MS_MAX = 1000, HOME_BURST = 256 };

enum weir_status weir_control_open_letters(struct weir_control *control, struct weir_error *error)
{
    struct weir_dead_letters_options options = {.config = control->options.config,
                                                .report = control->options.report,
                                                .client = control->client->ops,
                                                .wake = weir_loop_wake,
                                                .wake_user = control->loop};

    return control->options.partition.policy != WEIR_FAILURE_LETTER
               ? WEIR_OK
               : control->options.library->letters(&options, &control->post.letters, error);
}

static void bring_home(struct weir_dead_letter *letter)
{
    weir_mailbox_post(weir_fetcher_mailbox(letter->slot->fetcher), &letter->letter, 0);
}

static void refuse(struct weir_dead_letter *letter, enum weir_status status, const char *why)
{
    letter->status = status;
    (void)snprintf(letter->why, sizeof letter->why, "%s", why);
    bring_home(letter);
}

/* False: there is no room. What is gone is somebody else's by now, who sends a letter of its own.
 */
static bool send_one(struct weir_control *control, struct weir_dead_letter *letter)
{
    const char *pattern = weir_config_get(control->options.config, "weir.dead.letter.topic");
    struct weir_dead_letters *letters = control->post.letters;

    if (control->post.closed || weir_flag_is_up(&letter->slot->gone)) {
        refuse(letter, WEIR_ERR_STATE, "it was given up");
        return true;
    }
    if (!weir_letter_topic_of(pattern, letter->slot->topic, letter->topic)) {
        refuse(letter, WEIR_ERR_INVALID,
               "the name of its topic would have more than 249 characters; shorten "
               "weir.dead.letter.topic");
        return true;
    }
    enum weir_status status = letters->ops->send(letters, letter);
    if (status != WEIR_OK && status != WEIR_ERR_FULL) {
        letter->status = status;
        bring_home(letter);
    }
    return status != WEIR_ERR_FULL;
}

void weir_control_take_letter(struct weir_control *control, struct weir_dead_letter *letter)
{
    struct weir_post *post = &control->post;

    assert(post->letters != NULL);
    letter->next = NULL;
    if (post->first == NULL) {
        post->first = letter;
    } else {
        post->last->next = letter;
    }
    post->last = letter;
}

/* Once, and again when all had been sent in between. */
static void say_full(struct weir_control *control)
{
    struct weir_post *post = &control->post;

    if (post->wait_ms == AGAIN_MS_MAX && !post->told_full) {
        post->told_full = true;
        weir_log(&control->options.report->log, WEIR_LOG_WARNING, "letters",
                 "dead letters wait, and so do the commits behind them: the producer's queue is "
                 "full (queue.buffering.max.messages, queue.buffering.max.kbytes)");
    }
}

static void wait_longer(struct weir_control *control, weir_time now)
{
    struct weir_post *post = &control->post;
    int64_t longer_ms = post->wait_ms == 0 ? AGAIN_MS : post->wait_ms * 2;

    post->wait_ms = longer_ms < AGAIN_MS_MAX ? longer_ms : AGAIN_MS_MAX;
    post->again_at = weir_time_after_ms(now, post->wait_ms);
    say_full(control);
}

static void send_all(struct weir_control *control, weir_time now)
{
    struct weir_post *post = &control->post;

    while (post->first != NULL) {
        struct weir_dead_letter *letter = post->first;
        struct weir_dead_letter *next = letter->next; /* once sent it is not ours to look at */
        if (!send_one(control, letter)) {
            wait_longer(control, now);
            return;
        }
        post->first = next;
        post->wait_ms = 0;
    }
    post->told_full = false;
}

/* One that came home made room. */
static void receive(struct weir_control *control)
{
    struct weir_post *post = &control->post;
    struct weir_dead_letter *letter = NULL;
    uint32_t count = 0;

    while (count < HOME_BURST && (letter = post->letters->ops->poll(post->letters)) != NULL) {
        bring_home(letter);
        count++;
    }
    if (count > 0) {
        post->again_at = 0;
    }
    if (count == HOME_BURST) {
        weir_loop_wake(control->loop);
    }
}

weir_time weir_control_serve_letters(struct weir_control *control, weir_time now)
{
    struct weir_post *post = &control->post;

    if (post->letters == NULL) {
        return WEIR_TIME_NEVER;
    }
    receive(control);
    if (post->first != NULL && (now >= post->again_at || post->closed)) {
        send_all(control, now);
    }
    return post->first == NULL ? WEIR_TIME_NEVER : post->again_at;
}

void weir_control_purge_letters(struct weir_control *control)
{
    if (control->post.letters != NULL) {
        control->post.closed = true;
        control->post.letters->ops->purge(control->post.letters);
        weir_loop_wake(control->loop);
    }
}

void weir_control_close_letters(struct weir_control *control)
{
    struct weir_dead_letters *letters = control->post.letters;

    assert(control->post.first == NULL);
    control->post.letters = NULL;
    if (letters != NULL) {
        letters->ops->destroy(letters);
    }
}
