#include "test/support/swap_books.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct swap_books swap_books;

static bool goes_forward(const struct weir_switch *record)
{
    return record->step != WEIR_SWITCH_IDLE && record->step != WEIR_SWITCH_RETURNING;
}

static const struct weir_switch_past *past_of(int half, const char *id)
{
    const struct weir_switch *record = &swap_books.nodes[half].record;

    for (size_t i = 0; i < record->past_count; i++) {
        if (strcmp(record->past[i].id, id) == 0) {
            return &record->past[i];
        }
    }
    return NULL;
}

static void check_forward(int half)
{
    const struct weir_switch *own = &swap_books.nodes[half].record;
    const struct weir_switch *other = &swap_books.nodes[1 - half].record;

    if (!goes_forward(own)) {
        return;
    }
    if (!goes_forward(other) || strcmp(own->request.id, other->request.id) != 0) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                       "%s is %s, and the other half is %s", own->request.id,
                       weir_switch_step_name(own->step), weir_switch_step_name(other->step));
    } else if (own->step > WEIR_SWITCH_PREPARED && other->step == WEIR_SWITCH_PREPARED) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                       "%s is %s, and the other half has not begun", own->request.id,
                       weir_switch_step_name(own->step));
    }
}

static void check_past(int half)
{
    const struct weir_switch *own = &swap_books.nodes[half].record;

    for (size_t i = 0; i < own->past_count; i++) {
        const struct weir_switch_past *past = &own->past[i];
        const struct weir_switch_past *other = past_of(1 - half, past->id);
        bool done = past->outcome == WEIR_SWITCH_DONE;
        bool late = i > 0; /* only the newest may still be on its way back there */
        if (other == NULL && i + 1 == WEIR_SWITCH_HISTORY_MAX) {
            continue; /* it is forgotten */
        }
        if ((other == NULL && (done || late)) ||
            (other != NULL && done != (other->outcome == WEIR_SWITCH_DONE))) {
            (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                           "%s is %s, and the other half is not", past->id,
                           weir_switch_outcome_name(past->outcome));
        }
    }
}

static bool replays(const char *id)
{
    return swap_books.replays[strtoul(id + 1, NULL, 10)];
}

static void check_offsets(int half)
{
    const struct weir_switch *own = &swap_books.nodes[half].record;
    const struct weir_switch_past *last = &own->past[0];
    bool done = own->past_count > 0 && last->outcome == WEIR_SWITCH_DONE && replays(last->id);

    if (swap_books.nodes[0].set_backs != swap_books.nodes[1].set_backs) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                       "offsets are set back in one group alone");
    } else if (own->step == WEIR_SWITCH_IDLE && done &&
               strcmp(swap_books.nodes[half].set_back, last->id) != 0) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken,
                       "%s is done, and no offsets are set back", last->id);
    }
}

/* In one transaction with the step that hands over, and once. */
static void set_back(int half, const struct weir_switch *next)
{
    struct swap_node *node = &swap_books.nodes[half];

    if (node->record.step != WEIR_SWITCH_COMMITTED || next->step != WEIR_SWITCH_HANDED_OVER ||
        !next->request.replay) {
        return;
    }
    if (strcmp(node->set_back, next->request.id) == 0) {
        (void)snprintf(swap_books.broken, sizeof swap_books.broken, "%s sets offsets back twice",
                       next->request.id);
    }
    memcpy(node->set_back, next->request.id, sizeof node->set_back);
    node->set_backs++;
    swap_books.set_backs++;
}

void swap_books_put(int half, const struct weir_switch *record)
{
    set_back(half, record);
    swap_books.nodes[half].record = *record;
    swap_books.nodes[half].version++;
}

void swap_books_check(void)
{
    for (int i = 0; i < 2 && swap_books.broken[0] == '\0'; i++) {
        check_forward(i);
        check_past(i);
        check_offsets(i);
    }
}
