#include "tools/group_refuse.h"

#include "tools/memory.h"
#include "tools/options.h"
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_SIZE = 1024, NAMED_MAX = 3 };

/* The names of a few, and whether there are more. */
struct naming {
    char *text; /* NULL: nobody yet */
    size_t count;
};

/* Takes the name. */
static void name(struct naming *naming, char *one)
{
    if (naming->count < NAMED_MAX) {
        char *longer = weir_cli_text("%s%s%.200s", naming->text == NULL ? "" : naming->text,
                                     naming->text == NULL ? ": " : ", ", one);
        free(naming->text);
        naming->text = longer;
    } else if (naming->count == NAMED_MAX) {
        char *longer = weir_cli_text("%s, ...", naming->text);
        free(naming->text);
        naming->text = longer;
    }
    naming->count++;
    free(one);
}

static void name_all(struct naming *naming, const struct weir_view *view)
{
    for (size_t i = 0; i < view->member_count; i++) {
        const struct weir_view_member *member = &view->members[i];
        name(naming, member->client == NULL
                         ? weir_cli_copy(member->id)
                         : weir_cli_text("%.100s at %.60s", member->client, member->host));
    }
}

int weir_group_refuse(const char *group, const struct weir_view *view)
{
    struct naming naming = {.text = NULL};
    char text[TEXT_SIZE];

    if (weir_view_is_idle(view)) {
        return WEIR_EXIT_OK;
    }
    name_all(&naming, view);
    if (naming.count == 0 && view->reason != NULL) { /* nobody is there, but for what they own */
        name(&naming, weir_cli_copy(view->reason));
    }
    (void)snprintf(text, sizeof text,
                   "group '%.200s' is %s%s, and has members%s; stop them first: offsets can only "
                   "be changed while a group has none",
                   group, view->state, view->meeting == WEIR_VIEW_ZOOKEEPER ? " in ZooKeeper" : "",
                   naming.text == NULL ? "" : naming.text);
    weir_cli_complain(text);
    free(naming.text);
    return WEIR_EXIT_TRY_AGAIN;
}
