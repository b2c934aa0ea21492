#include "test/support/usage.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/support/deadline.h"
#include "test/support/scene.h"
#include "test/support/text.h"
#include "test/support/tmpdir.h"

/* The words of /proc/PID/stat from the state, which is word 3, on. */
enum { STATE_WORD = 3, USER_WORD = 14, NS_PER_MS = 1000000, MS_PER_S = 1000, DECIMAL = 10 };

static char *read_of(pid_t pid, const char *name)
{
    char *path = text_format("/proc/%ld/%s", (long)pid, name);
    char *text = tmpdir_read(path);

    free(path);
    return text;
}

int64_t usage_cpu_ms(pid_t pid)
{
    char *line = read_of(pid, "stat");
    const char *rest = strrchr(line, ')'); /* the name before it may hold anything */

    for (int word = STATE_WORD - 1; rest != NULL && word < USER_WORD; word++) {
        rest = strchr(rest + 1, ' ');
    }
    ck_assert_ptr_nonnull(rest);
    char *end = NULL;
    int64_t ticks = strtoll(rest, &end, DECIMAL);
    ticks += strtoll(end, NULL, DECIMAL);
    free(line);
    return ticks * MS_PER_S / sysconf(_SC_CLK_TCK);
}

int64_t usage_resident_kib_max(pid_t pid)
{
    static const char name[] = "VmHWM:";
    char *text = read_of(pid, "status");
    const char *at = strstr(text, name);

    ck_assert_ptr_nonnull(at);
    int64_t kib = strtoll(at + strlen(name), NULL, DECIMAL);
    free(text);
    return kib;
}

static int64_t cpu_of_all(void)
{
    int64_t ms = 0;

    for (size_t i = 0; i < scene.member_count; i++) {
        ms += usage_cpu_ms(member_pid(scene.members[i]));
    }
    return ms;
}

int64_t usage_hold_out(int64_t ms)
{
    int64_t begin_ns = deadline_now_ns();
    int64_t before_ms = cpu_of_all();

    while (deadline_now_ns() - begin_ns < ms * NS_PER_MS) {
        deadline_turn();
        for (size_t i = 0; i < scene.member_count; i++) {
            ck_assert(process_running(member_process(scene.members[i])));
        }
    }
    int64_t took_ms = cpu_of_all() - before_ms;
    ck_assert_int_le(took_ms, ms / 4);
    return took_ms;
}
