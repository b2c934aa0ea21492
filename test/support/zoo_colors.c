#include "test/support/zoo_colors.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/memory.h"
#include "framework/group_view.h"
#include "test/support/sim_zoo.h"
#include "test/support/zoo_desk.h"
#include "tools/memory.h"

enum { CREW = 4 };

static const struct {
    const char *id;
    const char *color;
    int64_t session;
} crew[CREW] = {{"a", "blue", 101}, {"b", "blue", 102}, {"c", "green", 103}, {"d", "green", 104}};

static int64_t session_of(const char *id)
{
    for (size_t i = 0; i < CREW; i++) {
        if (strcmp(crew[i].id, id) == 0) {
            return crew[i].session;
        }
    }
    return 199;
}

static void put_member(const char *id, const struct weir_registration *self)
{
    char *below = weir_cli_text("ids/%s", id);
    char *text = NULL;

    ck_assert_int_eq(weir_registration_write(self, 1700000000123, &text), WEIR_OK);
    zoo_desk_put(below, text, session_of(id));
    weir_free(text);
    free(below);
}

void zoo_colors_join(const char *id, const char *color, const char *strategy, const char *topic)
{
    char *name = weir_cli_copy(topic);
    char *of = weir_cli_copy(color);
    char *by = weir_cli_copy(strategy);
    struct weir_registration_topic all = {.name = name, .partitions = ZOO_DESK_PARTITIONS};
    const struct weir_registration self = {
        .strategy = by, .capacity = 2, .color = of, .topics = &all, .topic_count = 1};

    put_member(id, &self);
    free(by);
    free(of);
    free(name);
}

void zoo_colors_leave(const char *id)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/ids/%s", id);

    sim_zoo_remove(path);
    free(path);
}

static bool read_member(const char *id, struct weir_registration *out)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/ids/%s", id);
    const char *data = sim_zoo_data(path);
    bool there = data != NULL;

    if (there) {
        ck_assert_int_eq(weir_registration_read(data, strlen(data), out, NULL), WEIR_OK);
    }
    free(path);
    return there;
}

static char *copy_or_null(const char *text)
{
    char *copy = text == NULL ? NULL : weir_strdup(text);

    ck_assert(text == NULL || copy != NULL);
    return copy;
}

void zoo_colors_equip(const char *id, const char *handler, const char *version)
{
    struct weir_registration self = {.strategy = NULL};

    ck_assert(read_member(id, &self));
    weir_free(self.handler);
    weir_free(self.version);
    self.handler = copy_or_null(handler);
    self.version = copy_or_null(version);
    put_member(id, &self);
    weir_registration_fini(&self);
}

void zoo_colors_divide(const char *color)
{
    const char *names[CREW];
    size_t count = 0;
    struct weir_roster roster = {.members = NULL};
    struct weir_allotment none = {.members = NULL};
    struct weir_allotment made = {.members = NULL};
    struct weir_group_view divided;
    uint32_t owners[ZOO_DESK_PARTITIONS] = {0, 0, 1, 1};
    struct weir_registration self = {.strategy = NULL};
    char *text = NULL;
    bool changed = false;

    for (size_t i = 0; i < CREW; i++) {
        if (strcmp(crew[i].color, color) == 0 && read_member(crew[i].id, &self)) {
            names[count++] = crew[i].id;
            weir_registration_fini(&self);
        }
    }
    owners[2] = owners[3] = count > 1 ? 1 : 0;
    ck_assert_int_eq(weir_roster_list(&roster, names, count, &changed), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        roster.members[i]->state = WEIR_ROSTER_READ;
        ck_assert(read_member(names[i], &roster.members[i]->registration));
    }
    const struct weir_group_share share = {
        .roster = &roster, .strategy = "bluegreen-range", .color = color, .last = &none};
    ck_assert_int_eq(weir_group_view_create(&share, &divided, NULL), WEIR_OK);
    ck_assert_int_eq(weir_allotment_create(&none, &divided.view, owners, &made), WEIR_OK);
    made.view = divided.digest;
    ck_assert_int_eq(weir_allotment_write(&made, &text), WEIR_OK);
    char *below = weir_cli_text("weir/allotment-%s", color);
    zoo_desk_put(below, text, 0);
    free(below);
    weir_free(text);
    weir_allotment_fini(&made);
    weir_group_view_fini(&divided);
    weir_roster_fini(&roster);
}

/* The record. */

void zoo_colors_read(struct weir_switch *out)
{
    const char *data = sim_zoo_data(ZOO_DESK_GROUP "/weir/switch");

    weir_switch_init(out);
    if (data != NULL) {
        ck_assert_int_eq(weir_switch_read(data, strlen(data), out, NULL), WEIR_OK);
    }
}

void zoo_colors_write(const struct weir_switch *record)
{
    char *text = NULL;

    ck_assert_int_eq(weir_switch_write(record, &text), WEIR_OK);
    zoo_desk_put("weir/switch", text, 0);
    weir_free(text);
}

void zoo_colors_activate(const char *color)
{
    struct weir_switch record;

    weir_switch_init(&record);
    record.turn = 1;
    record.epoch = 1;
    (void)snprintf(record.active, sizeof record.active, "%s", color);
    zoo_colors_write(&record);
}

bool zoo_colors_ask(const char *id, const char *to)
{
    struct weir_switch_request request = {
        .by = "rival@there", .limits = {.prepare_ms = 30000, .drain_ms = 60000, .take_ms = 30000}};
    struct weir_switch record;
    struct weir_switch next;

    (void)snprintf(request.id, sizeof request.id, "%s", id);
    (void)snprintf(request.to, sizeof request.to, "%s", to);
    zoo_colors_read(&record);
    if (weir_switch_ask(&record, &request, 0, &next, NULL) != WEIR_OK) {
        return false;
    }
    zoo_colors_write(&next);
    return true;
}

/* The members. */

static char *owner_of(int partition)
{
    char *path = weir_cli_text(ZOO_DESK_GROUP "/owners/orders/%d", partition);
    char *owner = weir_cli_copy(sim_zoo_data(path));

    free(path);
    return owner;
}

/* Its two partitions: it has those of them that it may have, and that nobody else has. */
static size_t own_share(size_t member, bool may_own)
{
    char *self = weir_cli_text("%s-0", crew[member].id);
    size_t owned = 0;

    for (int p = (int)(member % 2) * 2, end = p + 2; p < end; p++) {
        char *owner = owner_of(p);
        bool mine = owner != NULL && strcmp(owner, self) == 0;
        if (mine && !may_own) {
            char *path = weir_cli_text(ZOO_DESK_GROUP "/owners/orders/%d", p);
            sim_zoo_remove(path);
            free(path);
        } else if (owner == NULL && may_own) {
            zoo_desk_own(p, self, crew[member].session);
        }
        owned += may_own && (mine || owner == NULL) ? 1 : 0;
        free(owner);
    }
    free(self);
    return owned;
}

static struct weir_vitals told[2]; /* by blue, by green */

void zoo_colors_tell(const struct weir_vitals *blue, const struct weir_vitals *green)
{
    const struct weir_vitals nothing = {.told = false};

    told[0] = blue == NULL ? nothing : *blue;
    told[1] = green == NULL ? nothing : *green;
}

static struct weir_vitals vitals_of(size_t member, const struct weir_switch *record)
{
    const struct weir_vitals nothing = {.told = false};
    bool green = member >= CREW / 2;

    return record->step == (green ? WEIR_SWITCH_ACTIVE : WEIR_SWITCH_DRAINING) ? told[green ? 1 : 0]
                                                                               : nothing;
}

static void say(size_t member, const struct weir_switch *record)
{
    struct weir_registration self = {.strategy = NULL};
    bool may_own = weir_switch_may_own(record, crew[member].color);

    if (!read_member(crew[member].id, &self)) {
        return;
    }
    size_t owned = own_share(member, may_own);
    self.progress = (struct weir_registration_progress){.turn = record->turn,
                                                        .ready = true,
                                                        .empty = owned == 0,
                                                        .full = owned == 2,
                                                        .vitals = vitals_of(member, record)};
    put_member(crew[member].id, &self);
    weir_registration_fini(&self);
}

void zoo_colors_follow(const char *stubborn)
{
    struct weir_switch record;

    zoo_colors_read(&record);
    for (size_t i = 0; i < CREW; i++) {
        if (stubborn == NULL || strcmp(crew[i].id, stubborn) != 0) {
            say(i, &record);
        }
    }
}

void zoo_colors_settle(void)
{
    zoo_colors_tell(NULL, NULL);
    for (size_t i = 0; i < CREW; i++) {
        zoo_colors_join(crew[i].id, crew[i].color, "bluegreen-range", "orders");
    }
    zoo_colors_divide("blue");
    zoo_colors_divide("green");
    zoo_colors_activate("blue");
    zoo_colors_follow(NULL);
}
