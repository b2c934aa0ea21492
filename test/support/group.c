#include "test/support/group.h"

#include <stdio.h>
#include <string.h>

#include "test/support/fail.h"

enum { NAME_SIZE = 16, TELLINGS_MAX = GROUP_ALL_MAX };

static int below(struct weir_random *random, int bound)
{
    return (int)weir_random_below(random, (uint64_t)bound);
}

static bool one_in(struct weir_random *random, int chances)
{
    return below(random, chances) == 0;
}

static void subscribe(struct group *group, struct weir_random *random, int member)
{
    bool any = false;

    for (int topic = 0; topic < group->topics; topic++) {
        group->subscribes[member][topic] = !one_in(random, 3);
        any = any || group->subscribes[member][topic];
    }
    group->subscribes_absent[member] = one_in(random, 6);
    if (!any) {
        group->subscribes[member][below(random, group->topics)] = true;
    }
}

/* Somebody who may have it, nobody, or seldom somebody who may not or has left. `few`: what there
 * is lies with the first members. */
static int choose_owner(const struct group *group, struct weir_random *random, int topic, bool few)
{
    int member = below(random, few ? (group->members + 1) / 2 : group->members);

    if (one_in(random, 20)) {
        return one_in(random, 2) ? GROUP_GONE : member;
    }
    for (int i = 0; i < group->members; i++) {
        if (group->subscribes[(member + i) % group->members][topic]) {
            return (member + i) % group->members;
        }
    }
    return GROUP_NOBODY;
}

void group_random(struct group *group, struct weir_random *random, bool alike)
{
    bool few = one_in(random, 2);
    int free_of_eight = below(random, 9);

    memset(group, 0, sizeof *group);
    group->members = 1 + below(random, GROUP_MEMBERS_MAX);
    group->topics = 1 + below(random, GROUP_TOPICS_MAX);
    for (int member = 0; member < group->members; member++) {
        subscribe(group, random, member);
        if (alike) {
            memcpy(group->subscribes[member], group->subscribes[0], sizeof group->subscribes[0]);
        }
    }
    for (int topic = 0; topic < group->topics; topic++) {
        group->partitions[topic] = 1 + below(random, GROUP_PARTITIONS_MAX);
        for (int p = 0; p < group->partitions[topic]; p++) {
            group->owners[topic][p] = below(random, 8) < free_of_eight
                                          ? GROUP_NOBODY
                                          : choose_owner(group, random, topic, few);
        }
    }
}

static void must(enum weir_status status)
{
    if (status != WEIR_OK) {
        fail_test("a view cannot be told: %s", weir_status_text(status));
    }
}

/* 0 to count - 1 in some order. */
static void shuffle(struct weir_random *random, int *out, int count)
{
    for (int i = 0; i < count; i++) {
        int other = below(random, i + 1);
        out[i] = out[other];
        out[other] = i;
    }
}

static void tell_member(const struct group *group, struct weir_random *random,
                        struct weir_view *view, const char *named, int number)
{
    char names[GROUP_TOPICS_MAX + 1][NAME_SIZE] = {"absent"};
    const char *topics[GROUP_TOPICS_MAX + 2];
    char id[NAME_SIZE];
    int order[GROUP_TOPICS_MAX];
    struct weir_view_member member = {
        .size = sizeof member, .id = id, .topics = topics, .partitions = named};

    shuffle(random, order, group->topics);
    (void)snprintf(id, sizeof id, "m%d", number);
    if (group->subscribes_absent[number]) {
        topics[member.topic_count++] = names[0];
    }
    for (int i = 0; i < group->topics; i++) {
        if (group->subscribes[number][order[i]]) {
            (void)snprintf(names[order[i] + 1], NAME_SIZE, "t%d", order[i]);
            topics[member.topic_count++] = names[order[i] + 1];
        }
    }
    /* One twice is one. */
    topics[member.topic_count] = topics[0];
    member.topic_count += one_in(random, 4) ? 1 : 0;
    must(weir_view_add_member(view, &member, NULL));
}

static void tell_topic(const struct group *group, struct weir_random *random,
                       struct weir_view *view, int topic)
{
    char name[NAME_SIZE];
    char id[NAME_SIZE];
    int order[GROUP_PARTITIONS_MAX];

    (void)snprintf(name, sizeof name, "t%d", topic);
    must(weir_view_add_topic(view, name, group->partitions[topic], NULL));
    shuffle(random, order, group->partitions[topic]);
    for (int i = 0; i < group->partitions[topic]; i++) {
        uint32_t partition = (uint32_t)order[i];
        int owner = group->owners[topic][order[i]];
        if (owner == GROUP_NOBODY) {
            continue;
        }
        (void)snprintf(id, sizeof id, owner == GROUP_GONE ? "gone" : "m%d", owner);
        must(weir_view_add_owned(view, &(struct weir_view_owned){id, name, &partition, 1}));
    }
}

struct weir_view *group_view(const struct group *group, struct weir_random *random,
                             const char *const *named)
{
    struct weir_view *view = NULL;
    int order[GROUP_MEMBERS_MAX];
    bool topics_first = one_in(random, 2);

    must(weir_view_create(&view));
    for (int part = 0; part < 2; part++) {
        bool topics = (part == 0) == topics_first;
        int count = topics ? group->topics : group->members;
        shuffle(random, order, count);
        for (int i = 0; i < count; i++) {
            if (topics) {
                tell_topic(group, random, view, order[i]);
            } else {
                tell_member(group, random, view, named == NULL ? NULL : named[order[i]], order[i]);
            }
        }
    }
    return view;
}

static void write_members(const struct group *group, struct text *out)
{
    for (int member = 0; member < group->members; member++) {
        const char *comma = "";
        text_add(out, "%s\"m%d\":[", member == 0 ? "" : ",", member);
        for (int topic = 0; topic < group->topics; topic++) {
            if (group->subscribes[member][topic]) {
                text_add(out, "%s\"t%d\"", comma, topic);
                comma = ",";
            }
        }
        text_add(out, "%s]", group->subscribes_absent[member] ? ",\"absent\"" : "");
    }
}

static void write_owned(const struct group *group, struct text *out, int member)
{
    text_add(out, "%s\"m%d\":{", member == 0 ? "" : ",", member);
    for (int topic = 0; topic < group->topics; topic++) {
        const char *comma = "";
        text_add(out, "%s\"t%d\":[", topic == 0 ? "" : ",", topic);
        for (int p = 0; p < group->partitions[topic]; p++) {
            if (group->owners[topic][p] == member) {
                text_add(out, "%s%d", comma, p);
                comma = ",";
            }
        }
        text_add(out, "]");
    }
    text_add(out, "}");
}

void group_json(const struct group *group, struct text *out)
{
    text_add(out, "{\"members\":{");
    write_members(group, out);
    text_add(out, "},\"topics\":{");
    for (int topic = 0; topic < group->topics; topic++) {
        text_add(out, "%s\"t%d\":%d", topic == 0 ? "" : ",", topic, group->partitions[topic]);
    }
    text_add(out, "},\"owned\":{");
    for (int member = 0; member < group->members; member++) {
        write_owned(group, out, member);
    }
    text_add(out, "}}\n");
}
