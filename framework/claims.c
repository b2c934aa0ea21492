#include "framework/claims.h"

#include "framework/base/limits.h"
#include "framework/znode.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TAKE_PARTS_MAX = 4,
    RESUME_MS = 1000,
    ORPHANED_MAX = 2,
    DATA_SIZE = WEIR_ZNODE_NAME_MAX + 3
};

/* Asking. */

static enum weir_status send_request(struct weir_claims *claims,
                                     const struct weir_claims_place *place,
                                     struct weir_claim *claim, enum weir_claim_question question,
                                     struct weir_zoo_request request)
{
    request.tag = (uint64_t)(uintptr_t)claim;
    enum weir_status status = place->zoo->ops->submit(place->zoo, &request);
    if (status == WEIR_OK) {
        assert(claims->out < WEIR_CLAIMS_OUT_MAX);
        claim->asked++;
        claims->asked[(claims->first + claims->out++) % WEIR_CLAIMS_OUT_MAX] =
            (struct weir_claim_asked){.claim = claim, .question = question};
    }
    return status;
}

/* Where the nodes of a topic are to be; that they are there already is no news. */
static enum weir_status make_parents(const struct weir_claims_place *place, const char *topic)
{
    static const char *const folders[] = {"owners", "weir/fence"};
    enum weir_status status = WEIR_OK;

    for (size_t i = 0; status == WEIR_OK && i < 2; i++) {
        char below[WEIR_ZNODE_NAME_MAX + 16];
        struct weir_znode node;
        (void)snprintf(below, sizeof below, "%s/%s", folders[i], topic);
        weir_znode_group(&node, place->group, below);
        const struct weir_zoo_request request = {.kind = WEIR_ZOO_CREATE, .path = node.path};
        status = place->zoo->ops->submit(place->zoo, &request);
    }
    return status;
}

static enum weir_status read_fence(struct weir_claims *claims,
                                   const struct weir_claims_place *place, struct weir_claim *claim)
{
    struct weir_znode node;

    weir_znode_fence(&node, place->group, claim->topic, claim->partition);
    return send_request(claims, place, claim, WEIR_CLAIM_READ,
                        (struct weir_zoo_request){.kind = WEIR_ZOO_EXISTS, .path = node.path});
}

static enum weir_status look(struct weir_claims *claims, const struct weir_claims_place *place,
                             struct weir_claim *claim)
{
    struct weir_znode node;

    weir_znode_owner(&node, place->group, claim->topic, claim->partition);
    return send_request(
        claims, place, claim, WEIR_CLAIM_LOOK,
        (struct weir_zoo_request){.kind = WEIR_ZOO_EXISTS, .path = node.path, .watch = true});
}

/* What another is known to have is looked at before it is claimed: that costs less than a claim
 * that is refused. */
static enum weir_status read_first(struct weir_claims *claims,
                                   const struct weir_claims_place *place, struct weir_claim *claim)
{
    enum weir_status status = read_fence(claims, place, claim);
    bool looks = place->contested && claims->out < WEIR_CLAIMS_OUT_MAX;

    return status == WEIR_OK && looks ? look(claims, place, claim) : status;
}

static bool takes_over(const struct weir_claims_place *place, const struct weir_claim *claim)
{
    return claim->holder != 0 && claim->holder == place->predecessor;
}

/* The fence is raised from the version that was read, so its new one is known. */
static enum weir_status take(struct weir_claims *claims, const struct weir_claims_place *place,
                             struct weir_claim *claim)
{
    struct weir_znode owner;
    struct weir_znode fence;
    struct weir_znode gate;
    char data[DATA_SIZE];
    struct weir_zoo_request parts[TAKE_PARTS_MAX];
    size_t count = 0;

    weir_znode_owner(&owner, place->group, claim->topic, claim->partition);
    weir_znode_fence(&fence, place->group, claim->topic, claim->partition);
    weir_znode_switch(&gate, place->group);
    (void)snprintf(data, sizeof data, "%s-0", place->member);
    if (place->gated) {
        parts[count++] = (struct weir_zoo_request){
            .kind = WEIR_ZOO_CHECK, .path = gate.path, .version = place->gate};
    }
    if (takes_over(place, claim)) {
        parts[count++] = (struct weir_zoo_request){
            .kind = WEIR_ZOO_DELETE, .path = owner.path, .version = WEIR_ZOO_ANY_VERSION};
    }
    parts[count++] =
        (struct weir_zoo_request){.kind = claim->fence == 0 ? WEIR_ZOO_CREATE : WEIR_ZOO_SET,
                                  .path = fence.path,
                                  .data = data,
                                  .size = strlen(data),
                                  .version = claim->fence - 1};
    parts[count++] = (struct weir_zoo_request){.kind = WEIR_ZOO_CREATE,
                                               .path = owner.path,
                                               .data = data,
                                               .size = strlen(data),
                                               .ephemeral = true};
    return send_request(
        claims, place, claim, WEIR_CLAIM_TAKE,
        (struct weir_zoo_request){
            .kind = WEIR_ZOO_MULTI, .path = owner.path, .parts = parts, .part_count = count});
}

/* The look is answered behind the transaction, and sees what became of it. Where there is no room
 * for both it goes later. */
static enum weir_status take_and_look(struct weir_claims *claims,
                                      const struct weir_claims_place *place,
                                      struct weir_claim *claim)
{
    enum weir_status status = take(claims, place, claim);
    bool room = claims->out < WEIR_CLAIMS_OUT_MAX;

    return status == WEIR_OK && room ? look(claims, place, claim) : status;
}

/* Nobody relies on it. */
static void follow(const struct weir_claims_place *place, const char *path)
{
    const struct weir_zoo_request request = {
        .kind = WEIR_ZOO_EXISTS, .path = path, .watch = true, .tag = place->follow_tag};

    if (place->follow_tag != 0) {
        (void)place->zoo->ops->submit(place->zoo, &request);
    }
}

static enum weir_status give_back(struct weir_claims *claims, const struct weir_claims_place *place,
                                  struct weir_claim *claim)
{
    struct weir_znode owner;
    struct weir_znode fence;

    weir_znode_owner(&owner, place->group, claim->topic, claim->partition);
    weir_znode_fence(&fence, place->group, claim->topic, claim->partition);
    const struct weir_zoo_request parts[] = {
        {.kind = WEIR_ZOO_CHECK, .path = fence.path, .version = claim->fence},
        {.kind = WEIR_ZOO_DELETE, .path = owner.path, .version = WEIR_ZOO_ANY_VERSION}};
    enum weir_status status =
        send_request(claims, place, claim, WEIR_CLAIM_GIVE_BACK,
                     (struct weir_zoo_request){.kind = WEIR_ZOO_MULTI,
                                               .path = owner.path,
                                               .parts = &parts[claim->unfenced ? 1 : 0],
                                               .part_count = claim->unfenced ? 1 : 2});
    if (status == WEIR_OK) {
        follow(place, owner.path);
    }
    return status;
}

static bool is_first_of_topic(const struct weir_claims *claims, size_t index)
{
    return index == 0 || strcmp(claims->all[index - 1]->topic, claims->all[index]->topic) != 0;
}

static enum weir_status ask(struct weir_claims *claims, const struct weir_claims_place *place,
                            size_t index)
{
    struct weir_claim *claim = claims->all[index];
    enum weir_status status = WEIR_OK;

    if (claim->doubt) {
        return look(claims, place, claim);
    }
    switch (claim->state) {
    case WEIR_CLAIM_WANTED:
        if (claims->gate_shut || place->now < claims->claim_at) {
            return WEIR_OK;
        }
        if (is_first_of_topic(claims, index) || claim->orphaned > 0) {
            status = make_parents(place, claim->topic);
        }
        return status == WEIR_OK ? read_first(claims, place, claim) : status;
    case WEIR_CLAIM_FENCED:
        if (claims->gate_shut || place->looks_only) {
            return WEIR_OK;
        }
        return take_and_look(claims, place, claim);
    case WEIR_CLAIM_UNSURE:
        return look(claims, place, claim);
    case WEIR_CLAIM_RELEASED:
        return give_back(claims, place, claim);
    case WEIR_CLAIM_WAITING:
    case WEIR_CLAIM_OURS:
    case WEIR_CLAIM_GIVEN:
    case WEIR_CLAIM_HELD:
    case WEIR_CLAIM_RECALLED:
    case WEIR_CLAIM_DEAD:
        return WEIR_OK;
    }
    return WEIR_OK;
}

/* A server that is behind does not know of a claim whose answer was lost, and whoever believed it
 * would claim again, by the fence that this claim has raised. */
static enum weir_status catch_up(const struct weir_claims *claims,
                                 const struct weir_claims_place *place)
{
    const struct weir_zoo_request sync = {.kind = WEIR_ZOO_SYNC, .path = "/"};

    for (size_t i = 0; claims->out < WEIR_CLAIMS_OUT_MAX && i < claims->count; i++) {
        const struct weir_claim *claim = claims->all[i];
        if (claim->unheard && claim->state == WEIR_CLAIM_UNSURE && claim->asked == 0) {
            return place->zoo->ops->submit(place->zoo, &sync);
        }
    }
    return WEIR_OK;
}

static void note_free(struct weir_claim *claim, const struct weir_claims_place *place)
{
    if (claim->free_at == 0 && claim->wanted && claim->state < WEIR_CLAIM_WAITING &&
        !place->looks_only) {
        claim->free_at = place->now;
    }
}

/* What is not wanted any more ends as soon as it can. */
static void settle(struct weir_claim *claim)
{
    if (claim->wanted) {
        return;
    }
    claim->free_at = 0;
    if (claim->asked > 0) {
        return;
    }
    switch (claim->state) {
    case WEIR_CLAIM_WANTED:
    case WEIR_CLAIM_FENCED:
    case WEIR_CLAIM_WAITING:
        claim->state = WEIR_CLAIM_DEAD;
        break;
    case WEIR_CLAIM_OURS:
        claim->state = WEIR_CLAIM_RELEASED;
        break;
    case WEIR_CLAIM_UNSURE:
    case WEIR_CLAIM_GIVEN:
    case WEIR_CLAIM_HELD:
    case WEIR_CLAIM_RECALLED:
    case WEIR_CLAIM_RELEASED:
    case WEIR_CLAIM_DEAD:
        break;
    }
}

enum weir_status weir_claims_go_on(struct weir_claims *claims,
                                   const struct weir_claims_place *place)
{
    for (size_t i = 0; i < claims->count; i++) {
        settle(claims->all[i]);
        note_free(claims->all[i], place);
    }
    weir_claims_forget_dead(claims);
    if (place->now < claims->resume_at) {
        return WEIR_OK;
    }
    enum weir_status status = catch_up(claims, place);
    for (size_t i = 0; status == WEIR_OK && i < claims->count; i++) {
        if (claims->all[i]->asked == 0 && claims->out < WEIR_CLAIMS_OUT_MAX) {
            status = ask(claims, place, i);
        }
    }
    return status;
}

/* Answers. */

static void end_release(struct weir_claim *claim)
{
    claim->state = claim->wanted ? WEIR_CLAIM_WANTED : WEIR_CLAIM_DEAD;
    claim->free_at = 0;
    claim->unfenced = false;
    claim->doubt = false;
    claim->gone = false;
    claim->fence = WEIR_CLAIM_NO_FENCE;
    claim->holder = 0;
}

/* Before it may be claimed it is looked at in any case: that leaves the watch. */
static void hear_fence(struct weir_claim *claim, const struct weir_claims_place *place,
                       const struct weir_zoo_event *event)
{
    bool looks = claim->asked > 0 || place->looks_only;

    if (event->result == WEIR_ZOO_OK || event->result == WEIR_ZOO_ABSENT) {
        claim->fence = event->result == WEIR_ZOO_OK ? event->facts.version + 1 : 0;
        claim->state = looks ? WEIR_CLAIM_UNSURE : WEIR_CLAIM_FENCED;
    }
}

/* Whatever it says, whose node it is decides: but a fence or a parent that is not as it was read is
 * read again. A record that is not says nothing of the fence. */
static void hear_taken(struct weir_claims *claims, struct weir_claim *claim,
                       const struct weir_claims_place *place, const struct weir_zoo_event *event)
{
    size_t last_part = 1 + (size_t)place->gated + (size_t)takes_over(place, claim);
    bool refuted = event->result == WEIR_ZOO_ABSENT || event->result == WEIR_ZOO_OTHER;
    bool shut = place->gated && event->failed_part == 0 && refuted;
    bool found_owner = event->result == WEIR_ZOO_PRESENT && event->failed_part == last_part;
    bool as_read = event->result == WEIR_ZOO_OK || event->result == WEIR_ZOO_UNKNOWN || found_owner;

    claim->state = as_read ? WEIR_CLAIM_UNSURE : shut ? WEIR_CLAIM_FENCED : WEIR_CLAIM_WANTED;
    claim->unheard = event->result == WEIR_ZOO_UNKNOWN;
    claim->orphaned = event->result == WEIR_ZOO_ABSENT && !shut ? claim->orphaned + 1 : 0;
    claim->holder = 0;
    claims->gate_shut = claims->gate_shut || shut;
    place->tally->refused_by_record += shut;
}

/* Free again: its fence is as it was read, or the next claim finds that it is not. Of a claim that
 * was refuted a look says nothing. */
static void hear_whose(struct weir_claim *claim, const struct weir_claims_place *place,
                       const struct weir_zoo_event *event)
{
    if (claim->state != WEIR_CLAIM_UNSURE) {
        return;
    }
    claim->unheard =
        claim->unheard && event->result != WEIR_ZOO_OK && event->result != WEIR_ZOO_ABSENT;
    if (event->result == WEIR_ZOO_ABSENT) {
        claim->state = WEIR_CLAIM_FENCED;
    } else if (event->result == WEIR_ZOO_OK && event->facts.owner == place->session) {
        claim->state = WEIR_CLAIM_OURS;
    } else if (event->result == WEIR_ZOO_OK) {
        claim->holder = event->facts.owner;
        claim->state = takes_over(place, claim) ? WEIR_CLAIM_FENCED : WEIR_CLAIM_WAITING;
        claim->free_at = claim->state == WEIR_CLAIM_WAITING ? 0 : claim->free_at;
        place->tally->refused_by_owner += claim->state == WEIR_CLAIM_WAITING && !place->looks_only;
    }
}

/* Is what was ours still? */
static void hear_doubt(struct weir_claim *claim, const struct weir_claims_place *place,
                       const struct weir_zoo_event *event)
{
    bool ours = event->result == WEIR_ZOO_OK && event->facts.owner == place->session;

    if (event->result != WEIR_ZOO_OK && event->result != WEIR_ZOO_ABSENT) {
        return;
    }
    claim->doubt = false;
    if (ours) {
        return;
    }
    if (claim->state == WEIR_CLAIM_RELEASED) {
        end_release(claim);
    } else if (claim->state == WEIR_CLAIM_OURS) {
        claim->state = WEIR_CLAIM_WANTED;
        claim->free_at = 0;
    } else {
        place->tally->usurped += event->result == WEIR_ZOO_OK && claim->state != WEIR_CLAIM_GIVEN;
        claim->taken_away = true;
    }
}

static void hear_released(struct weir_claim *claim, const struct weir_zoo_event *event)
{
    bool fence_gone = !claim->unfenced && event->failed_part == 0 &&
                      (event->result == WEIR_ZOO_ABSENT || event->result == WEIR_ZOO_OTHER);

    if (fence_gone || event->result == WEIR_ZOO_UNKNOWN) {
        claim->unfenced = claim->unfenced || fence_gone;
        claim->doubt = true;
    } else if (event->result == WEIR_ZOO_OK || event->result == WEIR_ZOO_ABSENT) {
        end_release(claim);
    }
}

static void hear(struct weir_claims *claims, const struct weir_claim_asked *asked,
                 const struct weir_claims_place *place, const struct weir_zoo_event *event)
{
    switch (asked->question) {
    case WEIR_CLAIM_READ:
        assert(asked->claim->state == WEIR_CLAIM_WANTED);
        hear_fence(asked->claim, place, event);
        break;
    case WEIR_CLAIM_TAKE:
        assert(asked->claim->state == WEIR_CLAIM_FENCED);
        hear_taken(claims, asked->claim, place, event);
        break;
    case WEIR_CLAIM_LOOK:
        if (asked->claim->doubt) {
            hear_doubt(asked->claim, place, event);
        } else {
            hear_whose(asked->claim, place, event);
        }
        break;
    case WEIR_CLAIM_GIVE_BACK:
        hear_released(asked->claim, event);
        break;
    }
}

/* Out of the ring. NULL: it is not an answer to what was asked first. */
static const struct weir_claim_asked *next_asked(struct weir_claims *claims, uint64_t tag)
{
    struct weir_claim_asked *asked = &claims->asked[claims->first];

    if (claims->out == 0 || (uint64_t)(uintptr_t)asked->claim != tag) {
        return NULL; /* a zoo answers in the order of the requests */
    }
    assert(asked->claim->asked > 0);
    asked->claim->asked--;
    claims->first = (claims->first + 1) % WEIR_CLAIMS_OUT_MAX;
    claims->out--;
    return asked;
}

bool weir_claims_answer(struct weir_claims *claims, const struct weir_claims_place *place,
                        const struct weir_zoo_event *event, const char **refused)
{
    const struct weir_claim_asked *asked = next_asked(claims, event->tag);

    if (asked == NULL) {
        return false;
    }
    struct weir_claim *claim = asked->claim;
    if (event->result == WEIR_ZOO_DENIED || event->result == WEIR_ZOO_FAILED) {
        claims->resume_at = weir_time_after_ms(place->now, RESUME_MS);
        *refused = event->text == NULL ? "the server does not say why" : event->text;
        return true;
    }
    hear(claims, asked, place, event);
    if (claim->state == WEIR_CLAIM_WAITING && claim->holder == 0) {
        *refused = "its owner's node is of no session, and stays until somebody deletes it";
    }
    if (claim->orphaned > ORPHANED_MAX) {
        claims->resume_at = weir_time_after_ms(place->now, RESUME_MS);
        claim->orphaned = 1;
        *refused = "the node above it is missing and cannot be made";
    }
    return true;
}

/* By the path of its owner. */
static struct weir_claim *claim_at(const struct weir_claims *claims, const char *group,
                                   const char *path)
{
    struct weir_znode node;
    char topic[WEIR_TOPIC_NAME_SIZE_MAX + 1];

    weir_znode_group(&node, group, "owners/");
    size_t prefix = strlen(node.path);
    const char *slash = strrchr(path, '/');
    if (strncmp(path, node.path, prefix) != 0 || slash < path + prefix ||
        (size_t)(slash - path) - prefix >= sizeof topic) {
        return NULL;
    }
    size_t size = (size_t)(slash - path) - prefix;
    memcpy(topic, path + prefix, size);
    topic[size] = '\0';
    return weir_claims_find(claims, topic, (int32_t)strtol(slash + 1, NULL, 10));
}

bool weir_claims_changed(struct weir_claims *claims, const struct weir_claims_place *place,
                         const char *path)
{
    struct weir_claim *claim = claim_at(claims, place->group, path);

    if (claim == NULL || claim->state == WEIR_CLAIM_DEAD) {
        return false;
    }
    bool known = claim->state == WEIR_CLAIM_WAITING || claim->state == WEIR_CLAIM_FENCED;
    if (known && place->looks_only) { /* whoever comes next raises the fence */
        claim->state = WEIR_CLAIM_WANTED;
        claim->holder = 0;
    } else if (claim->state == WEIR_CLAIM_WAITING) {
        claim->state = WEIR_CLAIM_FENCED; /* its fence was read after the other one's claim; if it
                                           * was not, the next claim finds that out */
        claim->holder = 0;
    } else if (claim->state >= WEIR_CLAIM_OURS && claim->state <= WEIR_CLAIM_RECALLED) {
        claim->doubt = true;
    }
    return true;
}
