#include <weir/status.h>

static const struct {
    const char *name;
    const char *sentence;
} statuses[] = {
#define STATUS_ROW(id, name, sentence) [id] = {name, sentence},
    WEIR_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

enum { STATUSES = sizeof statuses / sizeof statuses[0] };

const char *weir_status_name(enum weir_status status)
{
    return (unsigned)status < STATUSES ? statuses[status].name : "unknown";
}

const char *weir_status_text(enum weir_status status)
{
    return (unsigned)status < STATUSES ? statuses[status].sentence : "unknown status";
}
