#include "tools/zoo_switch_sight.h"

#include "framework/switch_sight.h"

#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/zoo_group_state.h"
#include <stdlib.h>
#include <string.h>

enum { EXIT_NO_GROUP = 1 };

int weir_switching_refuse(const char *sentence)
{
    weir_cli_complain(sentence);
    return WEIR_EXIT_TRY_AGAIN;
}

/* Of what was read nothing may be obeyed, or there is nothing. */
static int judge(const struct weir_switching *switching)
{
    const struct weir_zoo_look *look = &switching->look;
    const char *group = switching->group->name;
    struct weir_znode node;
    char *text = NULL;
    int code = WEIR_EXIT_OK;

    if (look->record_damage != NULL) {
        weir_znode_switch(&node, group);
        char *path = weir_zoo_talk_path(switching->group->talk, node.path);
        text = weir_cli_text("ZooKeeper: %s cannot be obeyed: %s; no member claims anything new "
                             "until it is mended",
                             path, look->record_damage);
        free(path);
        code = WEIR_EXIT_TRY_AGAIN;
    } else if (!look->exists) {
        text = weir_cli_text("there is no group '%s' in ZooKeeper %s", group,
                             weir_zoo_talk_address(switching->group->talk));
        code = EXIT_NO_GROUP;
    }
    if (text != NULL) {
        weir_cli_complain(text);
        free(text);
    }
    return code;
}

typedef int look_fn(struct weir_zoo_talk *talk, const char *group, struct weir_zoo_look *out);

static int look_again(struct weir_switching *switching, look_fn *look)
{
    weir_zoo_look_fini(&switching->look);
    weir_zoo_talk_allow(switching->group->talk, switching->wish->timeout_ms);
    int code = look(switching->group->talk, switching->group->name, &switching->look);
    return code != WEIR_EXIT_OK ? code : judge(switching);
}

int weir_switching_look(struct weir_switching *switching)
{
    return look_again(switching, weir_zoo_look);
}

int weir_switching_look_members(struct weir_switching *switching)
{
    return look_again(switching, weir_zoo_look_members);
}

int weir_switching_watch(struct weir_switching *switching)
{
    const struct weir_switch_wish *wish = switching->wish;
    const struct weir_zoo_group *group = switching->group;
    struct weir_zoo_look look = {.exists = false};

    if (!wish->execute || !wish->wait) {
        return WEIR_EXIT_OK;
    }
    weir_zoo_talk_allow(group->talk, wish->timeout_ms);
    int code = weir_zoo_look(group->talk, group->name, &look);
    if (code == WEIR_EXIT_OK && wish->to != NULL) {
        code = weir_zoo_look_division(group->talk, group->name, wish->to, &look);
    }
    if (code == WEIR_EXIT_OK) {
        weir_switch_gaps_begin(&switching->gaps, group->talk, group->name, &look, wish->timeout_ms);
    }
    weir_zoo_look_fini(&look);
    return code;
}

void weir_switching_fini(struct weir_switching *switching)
{
    weir_switch_gaps_fini(&switching->gaps);
    weir_zoo_look_fini(&switching->look);
}

struct weir_switch_member *weir_switching_members(const struct weir_zoo_look *look, size_t *count)
{
    struct weir_switch_member *members = weir_cli_alloc(look->roster.count + 1, sizeof *members);

    *count = weir_switch_see(&look->roster, members);
    return members;
}

void weir_switching_blocked(const struct weir_zoo_look *look, char text[WEIR_SWITCH_WHY_SIZE])
{
    size_t count = 0;
    struct weir_switch_member *members = weir_switching_members(look, &count);
    const struct weir_switch_sight sight = {
        .members = members,
        .member_count = count,
        .unread = weir_switch_see_unread(&look->roster, &look->record)};

    weir_switch_blocked(&look->record, &sight, text, WEIR_SWITCH_WHY_SIZE);
    free(members);
}

const char *weir_switching_owner_color(const struct weir_zoo_look *look,
                                       const struct weir_zoo_owner *owner)
{
    size_t index = weir_zoo_look_find(look, owner->data);

    return index == SIZE_MAX ? NULL : look->roster.members[index]->registration.color;
}

size_t weir_switching_misplaced(const struct weir_zoo_look *look,
                                const struct weir_zoo_owner **first)
{
    size_t count = 0;

    *first = NULL;
    for (size_t i = 0; look->steady && i < look->owner_count; i++) {
        const char *color = weir_switching_owner_color(look, &look->owners[i]);
        if (color != NULL && !weir_switch_may_hold(&look->record, color)) {
            *first = count == 0 ? &look->owners[i] : *first;
            count++;
        }
    }
    return count;
}
