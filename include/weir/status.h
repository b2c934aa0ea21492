/* How does a call say that it failed, and why? */
#ifndef WEIR_STATUS_H
#define WEIR_STATUS_H

#include <weir/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The one table of results: identifier, name, sentence. Values are stable; new ones are appended.
 */
#define WEIR_STATUS_TABLE(X)                                                                       \
    X(WEIR_OK, "ok", "it worked")                                                                  \
    X(WEIR_ERR_NOMEM, "out of memory", "memory could not be allocated")                            \
    X(WEIR_ERR_FULL, "full", "a limit is reached; try again when there is room")                   \
    X(WEIR_ERR_STALE, "stale", "it belongs to something that has ended")                           \
    X(WEIR_ERR_INVALID, "invalid", "an argument is not acceptable")                                \
    X(WEIR_ERR_CONFIG, "configuration", "a configuration key or value is not acceptable")          \
    X(WEIR_ERR_PLUGIN, "plug-in", "the plug-in file cannot be used")                               \
    X(WEIR_ERR_NOT_FOUND, "not found", "it does not exist")                                        \
    X(WEIR_ERR_UNAVAILABLE, "unavailable", "a server cannot be reached or does not answer")        \
    X(WEIR_ERR_DENIED, "denied", "the server refused: authentication or authorization")            \
    X(WEIR_ERR_TIMEOUT, "timeout", "it took longer than allowed")                                  \
    X(WEIR_ERR_IO, "input/output", "a file or descriptor failed")                                  \
    X(WEIR_ERR_STATE, "wrong state", "it cannot be done now")                                      \
    X(WEIR_ERR_RECORD, "record failed", "a record failed and the policy is to stop")               \
    X(WEIR_ERR_FATAL, "fatal", "the client cannot go on and must be created anew")

enum weir_status {
#define WEIR_STATUS_ENUM(id, name, sentence) id,
    WEIR_STATUS_TABLE(WEIR_STATUS_ENUM)
#undef WEIR_STATUS_ENUM
};

enum { WEIR_ERROR_TEXT_SIZE = 512 };

/* Filled by calls that meet the outside world. `text` is a whole sentence that names what is wrong
 * and what to do, without secrets. `cause` is the errno or library code below, 0 if none. */
struct weir_error {
    enum weir_status code;
    int cause;
    char text[WEIR_ERROR_TEXT_SIZE];
};

/* Static strings, never NULL. Thread: any. */
WEIR_API const char *weir_status_name(enum weir_status status);
WEIR_API const char *weir_status_text(enum weir_status status);

#ifdef __cplusplus
}
#endif

#endif /* WEIR_STATUS_H */
