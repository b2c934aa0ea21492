#include "tools/zoo_look.h"

#include "framework/base/limits.h"
#include "framework/znode.h"
#include "tools/memory.h"
#include "tools/options.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 10 }; /* more than a partition has */

/* The first questions, in their order. */
enum { ASK_SYNC, ASK_GROUP, ASK_SWITCH, ASK_IDS, ASK_OWNERS, ASKED_FIRST };

/* One look, while it goes on. */
struct looking {
    struct weir_zoo_talk *talk;
    const char *group;
    struct weir_zoo_look *out;
};

static void ask(const struct looking *looking, struct weir_zoo_questions *questions,
                enum weir_zoo_kind kind, const char *path)
{
    (void)weir_zoo_questions_add(questions, kind, weir_zoo_talk_path(looking->talk, path));
}

static void ask_group(const struct looking *looking, struct weir_zoo_questions *questions,
                      enum weir_zoo_kind kind, const char *below)
{
    struct weir_znode node;

    weir_znode_group(&node, looking->group, below);
    ask(looking, questions, kind, node.path);
}

/* What a server that lags behind does not have yet is there after the sync. Members are listed
 * after the record was read: nobody is missing who joined before it was written. */
static int ask_first(const struct looking *looking, struct weir_zoo_questions *first)
{
    struct weir_znode record;

    weir_znode_switch(&record, looking->group);
    ask_group(looking, first, WEIR_ZOO_SYNC, "");
    ask_group(looking, first, WEIR_ZOO_EXISTS, "");
    ask(looking, first, WEIR_ZOO_GET, record.path);
    ask_group(looking, first, WEIR_ZOO_CHILDREN, "ids");
    ask_group(looking, first, WEIR_ZOO_CHILDREN, "owners");
    assert(first->count == ASKED_FIRST);
    return weir_zoo_talk_read(looking->talk, first);
}

const char *weir_zoo_look_color(const struct weir_zoo_look *look)
{
    return look->record.active[0] == '\0' ? NULL : look->record.active;
}

static void take_record(struct weir_zoo_look *out, const struct weir_zoo_question *answer)
{
    struct weir_error error = {.code = WEIR_OK};

    weir_switch_init(&out->record);
    if (answer->result != WEIR_ZOO_OK) {
        return;
    }
    out->switched = weir_switch_read(answer->data, answer->size, &out->record, &error) == WEIR_OK;
    out->record_version = answer->facts.version;
    out->record_created = answer->facts.created;
    if (!out->switched) {
        weir_switch_init(&out->record);
        out->record_damage = weir_cli_copy(error.text);
    }
}

static void take_allotment(struct weir_zoo_look *out, const struct weir_zoo_question *answer)
{
    struct weir_error error = {.code = WEIR_OK};

    if (answer->result != WEIR_ZOO_OK) {
        return;
    }
    out->divided =
        weir_allotment_read(answer->data, answer->size, &out->allotment, &error) == WEIR_OK;
    out->damage = out->divided ? NULL : weir_cli_copy(error.text);
}

/* That of the color; NULL: that of all. */
static int ask_allotment(const struct looking *looking, const char *color)
{
    struct weir_zoo_questions questions = {.all = NULL};
    struct weir_znode node;

    weir_znode_allotment(&node, looking->group, color);
    ask(looking, &questions, WEIR_ZOO_GET, node.path);
    int code = weir_zoo_talk_read(looking->talk, &questions);
    if (code == WEIR_EXIT_OK) {
        take_allotment(looking->out, &questions.all[0]);
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

/* Members. */

size_t weir_zoo_look_index(const struct weir_roster *roster, const char *id)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (strcmp(roster->members[i]->id, id) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* Ids are told by their paths: they have no slash in them. */
static const char *id_of(const struct weir_zoo_question *question)
{
    return strrchr(question->path, '/') + 1;
}

/* Whoever left since they were listed is in it no more. */
static void drop_gone(struct weir_zoo_look *out, const struct weir_zoo_questions *nodes)
{
    const char **kept = weir_cli_alloc(out->roster.count, sizeof *kept);
    size_t count = 0;
    bool changed = false;

    for (size_t i = 0, at = 0; i < out->roster.count; i++) {
        const struct weir_roster_member *member = out->roster.members[i];
        bool asked = member->state == WEIR_ROSTER_UNREAD;
        if (!asked || nodes->all[at++].result == WEIR_ZOO_OK) {
            kept[count++] = member->id;
        }
    }
    if (count < out->roster.count) {
        (void)!weir_roster_list(&out->roster, kept, count, &changed);
    }
    free(kept);
}

static void read_member(struct weir_zoo_look *out, const struct weir_zoo_question *answer)
{
    size_t index = weir_zoo_look_index(&out->roster, id_of(answer));
    struct weir_roster_member *member = out->roster.members[index];
    struct weir_error error = {.code = WEIR_OK};
    enum weir_status status =
        weir_registration_read(answer->data, answer->size, &member->registration, &error);

    out->sessions[index] = answer->facts.owner;
    member->state = status == WEIR_OK          ? WEIR_ROSTER_READ
                    : status == WEIR_ERR_STATE ? WEIR_ROSTER_NEWER
                                               : WEIR_ROSTER_REFUSED;
    out->troubles[index] = status == WEIR_OK ? NULL : weir_cli_copy(error.text);
}

static void take_members(struct weir_zoo_look *out, const struct weir_zoo_questions *nodes)
{
    drop_gone(out, nodes);
    out->sessions = weir_cli_alloc(out->roster.count, sizeof out->sessions[0]);
    out->troubles = weir_cli_alloc(out->roster.count, sizeof(char *));
    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->all[i].result == WEIR_ZOO_OK) {
            read_member(out, &nodes->all[i]);
        }
    }
    for (size_t i = 0; i < out->roster.count; i++) {
        if (!weir_znode_name_valid(out->roster.members[i]->id)) {
            out->troubles[i] = weir_cli_copy("no weir has such a name");
        }
    }
}

/* Not those with a name that no weir has: it may make no path. */
static int ask_members(const struct looking *looking, const struct weir_zoo_question *ids)
{
    struct weir_roster *roster = &looking->out->roster;
    struct weir_zoo_questions nodes = {.all = NULL};
    struct weir_znode node;
    bool changed = false;

    if (weir_roster_list(roster, (const char *const *)ids->names, ids->name_count, &changed) !=
        WEIR_OK) {
        weir_cli_complain("out of memory");
        return WEIR_EXIT_TRY_AGAIN;
    }
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->members[i]->state == WEIR_ROSTER_UNREAD) {
            weir_znode_id(&node, looking->group, roster->members[i]->id);
            ask(looking, &nodes, WEIR_ZOO_GET, node.path);
        }
    }
    int code = weir_zoo_talk_read(looking->talk, &nodes);
    if (code == WEIR_EXIT_OK) {
        take_members(looking->out, &nodes);
    }
    weir_zoo_questions_fini(&nodes);
    return code;
}

/* Owners. */

int32_t weir_zoo_partition(const char *name)
{
    int64_t number = -1;
    char *end = NULL;

    if (name[0] >= '0' && name[0] <= '9' && strlen(name) < DIGITS) {
        number = strtoll(name, &end, 10);
        number = *end == '\0' ? number : -1;
    }
    return number < WEIR_GROUP_PARTITIONS_MAX ? (int32_t)number : -1;
}

static void add_owner(struct weir_zoo_look *out, const struct weir_zoo_question *answer,
                      char *topic, int32_t partition)
{
    size_t count = out->owner_count;

    if ((count & (count - 1)) == 0) { /* it is full at every power of two */
        out->owners = weir_cli_grow(out->owners, count == 0 ? 1 : 2 * count, sizeof out->owners[0]);
    }
    out->owners[out->owner_count++] = (struct weir_zoo_owner){.topic = topic,
                                                              .partition = partition,
                                                              .data = weir_cli_copy(answer->data),
                                                              .session = answer->facts.owner};
}

/* Of each topic, the partitions with an owner: `topics` are the answers, `names` their names. */
static int ask_owners(const struct looking *looking, const struct weir_zoo_questions *topics,
                      char *const *names)
{
    struct weir_zoo_questions nodes = {.all = NULL};

    for (size_t t = 0; t < topics->count; t++) {
        for (size_t i = 0; i < topics->all[t].name_count; i++) {
            (void)weir_zoo_questions_add(
                &nodes, WEIR_ZOO_GET,
                weir_cli_text("%s/%s", topics->all[t].path, topics->all[t].names[i]));
        }
    }
    int code = weir_zoo_talk_read(looking->talk, &nodes);
    for (size_t t = 0, at = 0; t < topics->count && code == WEIR_EXIT_OK; t++) {
        for (size_t i = 0; i < topics->all[t].name_count; i++, at++) {
            int32_t partition = weir_zoo_partition(topics->all[t].names[i]);
            if (nodes.all[at].result == WEIR_ZOO_OK && partition >= 0) {
                add_owner(looking->out, &nodes.all[at], weir_cli_copy(names[t]), partition);
            }
        }
    }
    weir_zoo_questions_fini(&nodes);
    return code;
}

static int ask_topics(const struct looking *looking, const struct weir_zoo_question *owners)
{
    struct weir_zoo_questions topics = {.all = NULL};

    for (size_t i = 0; i < owners->name_count; i++) {
        (void)weir_zoo_questions_add(&topics, WEIR_ZOO_CHILDREN,
                                     weir_cli_text("%s/%s", owners->path, owners->names[i]));
    }
    int code = weir_zoo_talk_read(looking->talk, &topics);
    code = code != WEIR_EXIT_OK ? code : ask_owners(looking, &topics, owners->names);
    weir_zoo_questions_fini(&topics);
    return code;
}

static int by_place(const void *one, const void *other)
{
    const struct weir_zoo_owner *a = one;
    const struct weir_zoo_owner *b = other;
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* The record, and whether there is a group. */
static int begin(const struct looking *looking, struct weir_zoo_questions *first)
{
    struct weir_zoo_look *out = looking->out;

    *out = (struct weir_zoo_look){.exists = false};
    int code = ask_first(looking, first);
    if (code == WEIR_EXIT_OK) {
        out->exists = first->all[ASK_GROUP].result == WEIR_ZOO_OK;
        take_record(out, &first->all[ASK_SWITCH]);
    }
    return code;
}

int weir_zoo_look_members(struct weir_zoo_talk *talk, const char *group, struct weir_zoo_look *out)
{
    const struct looking looking = {.talk = talk, .group = group, .out = out};
    struct weir_zoo_questions first = {.all = NULL};

    int code = begin(&looking, &first);
    code = code != WEIR_EXIT_OK ? code : ask_members(&looking, &first.all[ASK_IDS]);
    weir_zoo_questions_fini(&first);
    return code;
}

int weir_zoo_look_division(struct weir_zoo_talk *talk, const char *group, const char *color,
                           struct weir_zoo_look *look)
{
    const struct looking looking = {.talk = talk, .group = group, .out = look};

    weir_allotment_fini(&look->allotment);
    free(look->damage);
    look->allotment = (struct weir_allotment){.members = NULL};
    look->damage = NULL;
    look->divided = false;
    return ask_allotment(&looking, color);
}

/* Who owns what is judged by the record only if that stood all the time. */
static int ask_record_again(const struct looking *looking)
{
    struct weir_zoo_look *out = looking->out;
    struct weir_zoo_questions questions = {.all = NULL};

    if (!out->switched) {
        return WEIR_EXIT_OK;
    }
    ask_group(looking, &questions, WEIR_ZOO_EXISTS, "weir/switch");
    int code = weir_zoo_talk_read(looking->talk, &questions);
    if (code == WEIR_EXIT_OK) {
        const struct weir_zoo_question *answer = &questions.all[0];
        out->steady = answer->result == WEIR_ZOO_OK &&
                      answer->facts.version == out->record_version &&
                      answer->facts.created == out->record_created;
    }
    weir_zoo_questions_fini(&questions);
    return code;
}

int weir_zoo_look(struct weir_zoo_talk *talk, const char *group, struct weir_zoo_look *out)
{
    const struct looking looking = {.talk = talk, .group = group, .out = out};
    struct weir_zoo_questions first = {.all = NULL};

    int code = begin(&looking, &first);
    code = code != WEIR_EXIT_OK ? code : ask_allotment(&looking, weir_zoo_look_color(out));
    code = code != WEIR_EXIT_OK ? code : ask_members(&looking, &first.all[ASK_IDS]);
    code = code != WEIR_EXIT_OK ? code : ask_topics(&looking, &first.all[ASK_OWNERS]);
    code = code != WEIR_EXIT_OK ? code : ask_record_again(&looking);
    weir_zoo_questions_fini(&first);
    if (out->owner_count > 0) {
        qsort(out->owners, out->owner_count, sizeof out->owners[0], by_place);
    }
    return code;
}

const struct weir_zoo_owner *weir_zoo_look_owner(const struct weir_zoo_look *look,
                                                 const char *topic, int32_t partition)
{
    size_t low = 0;
    size_t high = look->owner_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct weir_zoo_owner *found = &look->owners[middle];
        int order = strcmp(found->topic, topic);
        if (order == 0 && found->partition == partition) {
            return found;
        }
        if (order < 0 || (order == 0 && found->partition < partition)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

void weir_zoo_look_fini(struct weir_zoo_look *look)
{
    for (size_t i = 0; look->troubles != NULL && i < look->roster.count; i++) {
        free(look->troubles[i]);
    }
    for (size_t i = 0; i < look->owner_count; i++) {
        free(look->owners[i].topic);
        free(look->owners[i].data);
    }
    free(look->sessions);
    free(look->troubles);
    free(look->owners);
    free(look->damage);
    free(look->record_damage);
    weir_roster_fini(&look->roster);
    weir_allotment_fini(&look->allotment);
    *look = (struct weir_zoo_look){.exists = false};
}

/* "<member>-<fetcher>": the last hyphen parts them. */
size_t weir_zoo_look_find(const struct weir_zoo_look *look, const char *data)
{
    const char *hyphen = strrchr(data, '-');
    size_t index = SIZE_MAX;

    if (hyphen != NULL) {
        char *id = weir_cli_text("%.*s", (int)(hyphen - data), data);
        index = weir_zoo_look_index(&look->roster, id);
        free(id);
    }
    return index;
}
