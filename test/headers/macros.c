/* Does every public macro compile and mean what it says, in C and in C++?
 *
 * run compiles this file as C11 and as C++17 with both compilers and runs it; a public macro that
 * is not named here fails the check. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <weir/config.h>
#include <weir/consumer.h>
#include <weir/event.h>
#include <weir/export.h>
#include <weir/handler.h>
#include <weir/metrics.h>
#include <weir/plan.h>
#include <weir/snapshot.h>
#include <weir/status.h>
#include <weir/strategy.h>

WEIR_HANDLER_LINKAGE WEIR_API int exported(void);
WEIR_STRATEGY_LINKAGE WEIR_API int exported_too(void);
WEIR_MUST_CHECK static int checked(const char *format, ...) WEIR_PRINTF(1, 2);

int exported(void)
{
    return 1;
}

int exported_too(void)
{
    return 1;
}

static int checked(const char *format, ...)
{
    char text[8];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return length;
}

static void handle(struct weir_batch *batch, void *worker)
{
    (void)worker;
    while (weir_batch_next(batch) != NULL) {
    }
}

static enum weir_status assign(const struct weir_strategy_view *view, uint32_t *owners,
                               struct weir_error *error)
{
    (void)error;
    for (size_t i = 0; i < view->partition_count; i++) {
        owners[i] = WEIR_STRATEGY_NOBODY;
    }
    return WEIR_OK;
}

/* Designated initialisers are C and, from C++20, C++. */
#ifdef __cplusplus
WEIR_HANDLER("macros", nullptr, nullptr, handle, nullptr, nullptr, nullptr, nullptr)
WEIR_STRATEGY("macros", assign)
#else
WEIR_HANDLER(.name = "macros", .handle = handle)
WEIR_STRATEGY(.name = "macros", .assign = assign)
#endif
WEIR_HANDLER_VERSION("1.2.3")

/* Every table gives its enumeration, without gaps, and no empty text. */
#define COUNT_ROW(...) +1
enum {
    STATUSES = 0 WEIR_STATUS_TABLE(COUNT_ROW),
    STATES = 0 WEIR_STATE_TABLE(COUNT_ROW),
    EVENTS = 0 WEIR_EVENT_TABLE(COUNT_ROW),
    COUNTERS = 0 WEIR_COUNTER_TABLE(COUNT_ROW),
    GAUGES = 0 WEIR_GAUGE_TABLE(COUNT_ROW),
    HISTOGRAMS = 0 WEIR_HISTOGRAM_TABLE(COUNT_ROW),
    PARTITION_STATES = 0 WEIR_PARTITION_STATE_TABLE(COUNT_ROW)
};
#undef COUNT_ROW

/* clang-format off */
#define TEXT_ROW(id, name, sentence) {name, sentence},
#define TEXT_ROW_WITH_UNIT(id, name, unit, sentence) {name, sentence},
static const char *const texts[][2] = {
    WEIR_STATUS_TABLE(TEXT_ROW)
    WEIR_STATE_TABLE(TEXT_ROW)
    WEIR_EVENT_TABLE(TEXT_ROW)
    WEIR_COUNTER_TABLE(TEXT_ROW_WITH_UNIT)
    WEIR_GAUGE_TABLE(TEXT_ROW_WITH_UNIT)
    WEIR_HISTOGRAM_TABLE(TEXT_ROW_WITH_UNIT)
    WEIR_PARTITION_STATE_TABLE(TEXT_ROW)
};
#undef TEXT_ROW
#undef TEXT_ROW_WITH_UNIT
/* clang-format on */

enum { TEXTS = sizeof texts / sizeof texts[0] };

static int expect(int truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "macros: %s\n", what);
    }
    return truth ? 0 : 1;
}

static int check_plugin(void)
{
    const struct weir_handler_plugin *plugin = &weir_handler_plugin;
    int wrong = 0;

    wrong += expect(plugin->magic == WEIR_HANDLER_MAGIC, "the plug-in has the magic");
    wrong += expect(plugin->abi == WEIR_HANDLER_ABI, "the plug-in has the version");
    wrong += expect(plugin->plugin_size == sizeof *plugin, "the plug-in has its size");
    wrong += expect(plugin->handler.handle == handle, "the plug-in has the handler");
    wrong += expect(strcmp(plugin->handler.name, "macros") == 0, "the plug-in has the name");
    wrong += expect(strcmp(WEIR_HANDLER_SYMBOL, "weir_handler_plugin") == 0,
                    "the symbol is the one the macro defines");
    wrong += expect(strcmp(weir_handler_version, "1.2.3") == 0, "the plug-in has a version");
    wrong += expect(strcmp(WEIR_HANDLER_VERSION_SYMBOL, "weir_handler_version") == 0,
                    "its symbol is the one the macro defines");
    return wrong;
}

static int check_strategy(void)
{
    const struct weir_strategy_plugin *plugin = &weir_strategy_plugin;
    int wrong = 0;

    wrong += expect(plugin->magic == WEIR_STRATEGY_MAGIC, "the strategy has the magic");
    wrong += expect(plugin->magic != WEIR_HANDLER_MAGIC, "which is not a handler's");
    wrong += expect(plugin->abi == WEIR_STRATEGY_ABI, "the strategy has the version");
    wrong += expect(plugin->plugin_size == sizeof *plugin, "the strategy has its size");
    wrong += expect(plugin->strategy.assign == assign, "the strategy has its slot");
    wrong += expect(strcmp(plugin->strategy.name, "macros") == 0, "the strategy has the name");
    wrong += expect(strcmp(WEIR_STRATEGY_SYMBOL, "weir_strategy_plugin") == 0,
                    "the symbol is the one the macro defines");
    return wrong;
}

int main(void)
{
    int wrong = check_plugin() + check_strategy();

    for (size_t i = 0; i < TEXTS; i++) {
        wrong += expect(texts[i][0][0] != '\0' && texts[i][1][0] != '\0', "a text is empty");
    }
    wrong += expect(STATUSES == WEIR_ERR_FATAL + 1, "statuses without gaps");
    wrong += expect(STATES == WEIR_STATE_FAILED + 1, "states without gaps");
    wrong += expect(EVENTS == (int)WEIR_EVENT_KINDS, "events without gaps");
    wrong += expect(COUNTERS == (int)WEIR_COUNTERS, "counters without gaps");
    wrong +=
        expect(PARTITION_STATES == WEIR_PARTITION_CLOSING + 1, "partition states without gaps");
    wrong += expect(GAUGES == (int)WEIR_GAUGES, "gauges without gaps");
    wrong += expect(HISTOGRAMS == (int)WEIR_HISTOGRAMS, "histograms without gaps");
    wrong += expect(TEXTS == STATUSES + STATES + EVENTS + COUNTERS + GAUGES + HISTOGRAMS +
                                 PARTITION_STATES,
                    "every row has its texts");
    wrong +=
        expect(checked("%d", exported()) + checked("%d", exported_too()) == 2, "printf attributes");
    return wrong != 0;
}
