#include "framework/switch.h"

#include "framework/base/error.h"
#include "framework/document_json.h"
#include "framework/vitals_json.h"
#include <assert.h>
#include <jansson.h>
#include <string.h>

enum { VERSION_OLDER = 3 };

/* Turns and epochs that every reader of JSON can hold. */
#define COUNT_MAX (INT64_C(1) << 53)

static const char *const mode_names[] = {
    [WEIR_SWITCH_EACH] = "each", [WEIR_SWITCH_TOGETHER] = "together"};
static const char *const drain_names[] = {[WEIR_SWITCH_IN_FLIGHT] = "in_flight",
                                          [WEIR_SWITCH_IMMEDIATE] = "immediate",
                                          [WEIR_SWITCH_TO_STOPS] = "stops"};
static const char *const overdue_names[] = {
    [WEIR_SWITCH_GO_BACK] = "go_back", [WEIR_SWITCH_GO_ON] = "go_on"};

/* Writing: json_pack is told by a NULL that there was no memory for a part. */

static bool add_number(json_t *object, const char *key, int64_t value)
{
    return value == 0 || json_object_set_new(object, key, json_integer((json_int_t)value)) == 0;
}

/* What is not as it is without a word about it; NULL with nothing of it. */
static json_t *health_object(const struct weir_switch_request *request, bool *whole)
{
    const struct weir_switch_health_limits *limits = &request->health;
    bool back = request->unhealthy == WEIR_SWITCH_TAKE_BACK;

    if (limits->errors == 0 && limits->latency == 0 && limits->lag == 0 && limits->records == 0 &&
        !back) {
        return NULL;
    }
    json_t *object = json_object();
    *whole = object != NULL && add_number(object, "errors", limits->errors) &&
             add_number(object, "latency", limits->latency) &&
             add_number(object, "lag", limits->lag) &&
             add_number(object, "records", limits->records) &&
             (!back || json_object_set_new(object, "unhealthy", json_string("go_back")) == 0);
    return object;
}

/* Takes the object; without a part of it, it is none. */
static json_t *with_health(json_t *object, const struct weir_switch_request *request)
{
    bool whole = true;
    json_t *health = object == NULL ? NULL : health_object(request, &whole);

    if (health != NULL && json_object_set_new(object, "health", health) != 0) {
        whole = false;
    }
    return weir_json_whole(object, object != NULL && whole);
}

static json_t *request_object(const struct weir_switch_request *request)
{
    const struct weir_switch_limits *limits = &request->limits;
    const char *peer = request->peer[0] == '\0' ? NULL : request->peer;

    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:I, s:I, s:I, s:I}, s:I, s:o*, s:o*, s:s*}", "id",
        request->id, "from", request->from, "to", request->to, "by", request->by, "mode",
        mode_names[request->mode], "drain", drain_names[request->drain], "overdue",
        overdue_names[request->overdue], "limits_ms", "prepare", (json_int_t)limits->prepare_ms,
        "drain", (json_int_t)limits->drain_ms, "take", (json_int_t)limits->take_ms, "health",
        (json_int_t)limits->health_ms, "asked_ms", (json_int_t)request->asked_ms, "replay",
        request->replay ? json_true() : NULL, "leave_unread",
        request->leave_unread ? json_true() : NULL, "peer", peer);
    return with_health(object, request);
}

static json_t *past_object(const struct weir_switch_past *past)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "id", past->id, "from",
                     past->from, "to", past->to, "by", past->by, "why", past->why, "outcome",
                     weir_switch_outcome_name(past->outcome), "epoch", (json_int_t)past->epoch,
                     "asked_ms", (json_int_t)past->asked_ms, "ended_ms",
                     (json_int_t)past->ended_ms);
}

static json_t *history_array(const struct weir_switch *record)
{
    json_t *array = json_array();

    for (size_t i = 0; array != NULL && i < record->past_count; i++) {
        if (json_array_append_new(array, past_object(&record->past[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

/* The first one whose readers obey all of it. */
static int version_of(const struct weir_switch *record)
{
    const struct weir_switch_request *request = &record->request;
    bool newer = record->step != WEIR_SWITCH_IDLE && request->peer[0] != '\0' &&
                 (request->leave_unread || request->replay);

    return newer ? WEIR_SWITCH_VERSION : VERSION_OLDER;
}

static json_t *record_object(const struct weir_switch *record)
{
    json_t *object =
        json_pack("{s:i, s:I, s:I, s:s, s:s, s:s, s:o}", "version", version_of(record), "turn",
                  (json_int_t)record->turn, "epoch", (json_int_t)record->epoch, "active",
                  record->active, "step", weir_switch_step_name(record->step), "why", record->why,
                  "history", history_array(record));
    bool whole = object != NULL;

    if (whole && record->step != WEIR_SWITCH_IDLE) {
        whole = json_object_set_new(object, "request", request_object(&record->request)) == 0;
    }
    if (whole && record->agreed) {
        whole = json_object_set_new(object, "agreed", json_true()) == 0;
    }
    if (whole && record->before.told) {
        whole = json_object_set_new(object, "before", weir_vitals_object(&record->before)) == 0;
    }
    return weir_json_whole(object, whole);
}

enum weir_status weir_switch_write(const struct weir_switch *record, char **out)
{
    assert(record->turn <= INT64_MAX);
    assert(record->epoch <= INT64_MAX);
    assert(record->past_count <= WEIR_SWITCH_HISTORY_MAX);
    json_t *root = record_object(record);
    char *text = weir_json_text(root);

    json_decref(root);
    if (text == NULL) {
        return WEIR_ERR_NOMEM;
    }
    *out = text;
    return WEIR_OK;
}

/* Reading: each says whether what it wants is there, and can be. */

static bool take_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    if (text == NULL || strlen(text) >= size) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return text[0] == '\0' || weir_switch_text_valid(out, size);
}

/* "" is none, where there may be none. */
static bool take_color(const json_t *object, const char *key, bool required, char *out)
{
    return take_text(object, key, out, WEIR_SWITCH_COLOR_SIZE) &&
           (weir_switch_color_valid(out) || (!required && out[0] == '\0'));
}

static bool take_number(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_integer_value(value);
    return json_is_integer(value);
}

static bool take_count(const json_t *object, const char *key, uint64_t *out)
{
    int64_t number = 0;

    if (!take_number(object, key, &number) || number < 0 || number >= COUNT_MAX) {
        return false;
    }
    *out = (uint64_t)number;
    return true;
}

/* Index of the word among the names; `count` when it is none of them. */
static size_t find_word(const json_t *object, const char *key, const char *const *names,
                        size_t count)
{
    const char *word = json_string_value(json_object_get(object, key));
    size_t i = 0;

    while (i < count && (word == NULL || strcmp(word, names[i]) != 0)) {
        i++;
    }
    return i;
}

static bool take_step(const json_t *object, enum weir_switch_step *out)
{
    const char *names[WEIR_SWITCH_STEPS];

    for (size_t i = 0; i < WEIR_SWITCH_STEPS; i++) {
        names[i] = weir_switch_step_name((enum weir_switch_step)i);
    }
    *out = (enum weir_switch_step)find_word(object, "step", names, WEIR_SWITCH_STEPS);
    return *out < WEIR_SWITCH_STEPS;
}

static bool take_outcome(const json_t *object, enum weir_switch_outcome *out)
{
    const char *names[WEIR_SWITCH_ROLLED_BACK + 1];

    for (size_t i = 0; i <= WEIR_SWITCH_ROLLED_BACK; i++) {
        names[i] = weir_switch_outcome_name((enum weir_switch_outcome)i);
    }
    *out =
        (enum weir_switch_outcome)find_word(object, "outcome", names, WEIR_SWITCH_ROLLED_BACK + 1);
    return *out <= WEIR_SWITCH_ROLLED_BACK;
}

/* Left out: not. */
static bool take_flag(const json_t *object, const char *key, bool *out)
{
    const json_t *value = json_object_get(object, key);

    *out = json_is_true(value);
    return value == NULL || json_is_boolean(value);
}

/* One that may be left out. */
static bool take_limit(const json_t *object, const char *key, int64_t *out)
{
    return json_object_get(object, key) == NULL || (take_number(object, key, out) && *out > 0);
}

static bool take_health(const json_t *object, struct weir_switch_request *out)
{
    const json_t *word = json_object_get(object, "unhealthy");

    if (object == NULL) {
        return true;
    }
    out->unhealthy = word == NULL ? WEIR_SWITCH_TELL : WEIR_SWITCH_TAKE_BACK;
    return json_is_object(object) && take_limit(object, "errors", &out->health.errors) &&
           take_limit(object, "latency", &out->health.latency) &&
           take_limit(object, "lag", &out->health.lag) &&
           take_limit(object, "records", &out->health.records) &&
           (word == NULL ||
            strcmp(json_string_value(word) == NULL ? "" : json_string_value(word), "go_back") == 0);
}

/* What the second version did not know. */
static bool take_optional(const json_t *object, struct weir_switch_request *out)
{
    return take_flag(object, "replay", &out->replay) &&
           take_flag(object, "leave_unread", &out->leave_unread) &&
           take_health(json_object_get(object, "health"), out);
}

/* Left out where there is none. */
static bool take_peer(const json_t *object, char *out)
{
    return json_object_get(object, "peer") == NULL ||
           take_text(object, "peer", out, WEIR_SWITCH_GROUP_SIZE);
}

static bool take_names(const json_t *object, struct weir_switch_request *out)
{
    return take_text(object, "id", out->id, sizeof out->id) &&
           take_text(object, "by", out->by, sizeof out->by) && take_peer(object, out->peer);
}

/* Its words, limits and texts are those that can be asked for. */
static bool take_request(const json_t *object, struct weir_switch_request *out)
{
    const json_t *limits = json_object_get(object, "limits_ms");

    out->mode = (enum weir_switch_mode)find_word(object, "mode", mode_names, 2);
    out->drain = (enum weir_switch_drain)find_word(object, "drain", drain_names, 3);
    out->overdue = (enum weir_switch_overdue)find_word(object, "overdue", overdue_names, 2);
    return take_names(object, out) && take_color(object, "from", false, out->from) &&
           take_color(object, "to", true, out->to) &&
           take_number(limits, "prepare", &out->limits.prepare_ms) &&
           take_number(limits, "drain", &out->limits.drain_ms) &&
           take_number(limits, "take", &out->limits.take_ms) &&
           take_number(limits, "health", &out->limits.health_ms) &&
           take_number(object, "asked_ms", &out->asked_ms) && take_optional(object, out) &&
           weir_switch_check(out, NULL) == WEIR_OK && strcmp(out->from, out->to) != 0;
}

static bool take_past(const json_t *object, struct weir_switch_past *out)
{
    return take_text(object, "id", out->id, sizeof out->id) && out->id[0] != '\0' &&
           take_color(object, "from", false, out->from) &&
           take_color(object, "to", true, out->to) &&
           take_text(object, "by", out->by, sizeof out->by) && out->by[0] != '\0' &&
           take_text(object, "why", out->why, sizeof out->why) &&
           take_outcome(object, &out->outcome) && take_count(object, "epoch", &out->epoch) &&
           take_number(object, "asked_ms", &out->asked_ms) &&
           take_number(object, "ended_ms", &out->ended_ms);
}

static bool take_history(const json_t *array, struct weir_switch *out)
{
    size_t count = json_array_size(array);

    if (!json_is_array(array) || count > WEIR_SWITCH_HISTORY_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!take_past(json_array_get(array, i), &out->past[i])) {
            return false;
        }
    }
    out->past_count = count;
    return true;
}

static bool take_head(const json_t *root, struct weir_switch *out)
{
    return take_count(root, "turn", &out->turn) && take_count(root, "epoch", &out->epoch) &&
           take_color(root, "active", false, out->active) && take_step(root, &out->step) &&
           take_text(root, "why", out->why, sizeof out->why) &&
           take_flag(root, "agreed", &out->agreed);
}

static bool agreement_fits(const struct weir_switch *record)
{
    bool waits = record->step == WEIR_SWITCH_PREPARED || record->step == WEIR_SWITCH_ACTIVE;

    return !record->agreed || (waits && record->request.peer[0] != '\0');
}

static bool reason_fits(const struct weir_switch *record)
{
    bool settled = record->step == WEIR_SWITCH_ACTIVE && record->agreed; /* for good or bad */

    return settled || (record->why[0] == '\0') == (record->step != WEIR_SWITCH_RETURNING);
}

/* Do the step, and what is known of the switch, fit together? */
static bool fits(const struct weir_switch *record)
{
    const struct weir_switch_request *request = &record->request;
    bool handed_over =
        record->step == WEIR_SWITCH_HANDED_OVER || record->step == WEIR_SWITCH_ACTIVE;

    if (!agreement_fits(record) || !reason_fits(record)) {
        return false;
    }
    return record->step == WEIR_SWITCH_IDLE
               ? !record->before.told
               : record->turn > 0 &&
                     strcmp(record->active, handed_over ? request->to : request->from) == 0;
}

static enum weir_status read_root(const json_t *root, struct weir_switch *out,
                                  struct weir_error *error)
{
    int64_t version = 0;
    const json_t *request = json_object_get(root, "request");
    const char *part = NULL;

    if (!take_number(root, "version", &version) || version < 1) {
        return weir_error_set(error, WEIR_ERR_INVALID, 0, "it is of no weir");
    }
    if (version > WEIR_SWITCH_VERSION) {
        return weir_error_set(error, WEIR_ERR_STATE, 0, "it is of a newer weir");
    }
    if (!take_head(root, out)) {
        part = "its head";
    } else if (out->step == WEIR_SWITCH_IDLE ? request != NULL
                                             : !take_request(request, &out->request)) {
        part = "its request";
    } else if (!take_history(json_object_get(root, "history"), out)) {
        part = "its history";
    } else if (!weir_vitals_take(json_object_get(root, "before"), &out->before)) {
        part = "what was before";
    } else if (!fits(out)) {
        part = "its step";
    }
    return part == NULL ? WEIR_OK
                        : weir_error_set(error, WEIR_ERR_INVALID, 0, "%s is damaged", part);
}

enum weir_status weir_switch_read(const void *data, size_t size, struct weir_switch *out,
                                  struct weir_error *error)
{
    struct weir_switch found = {0};
    json_t *root = NULL;
    enum weir_status status = weir_json_load(data, size, &root);

    if (status != WEIR_OK) {
        return weir_error_nomem(error);
    }
    status = json_is_object(root)
                 ? read_root(root, &found, error)
                 : weir_error_set(error, WEIR_ERR_INVALID, 0, "it is no JSON object");
    json_decref(root);
    if (status == WEIR_OK) {
        *out = found;
    }
    return status;
}
