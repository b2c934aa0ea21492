#include "tools/demo_shop.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { TURN_MS = 5, REPORTS_MS = 10000, NS_PER_MS = 1000000, VALUE_SIZE = 128, KEY_SIZE = 16 };

struct demo_shop {
    pthread_t thread;
    struct demo_ledger *ledger;
    struct demo_cluster *cluster;
    uint64_t random; /* state of the generator */
    uint32_t rate;
};

static const char *const articles[] = {"rope", "lamp", "net", "oar", "anchor", "bucket", "sail"};

/* splitmix64: the same seed gives the same orders. */
static uint32_t roll(struct demo_shop *shop, uint32_t sides)
{
    shop->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = shop->random;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % sides);
}

static bool give_order(struct demo_shop *shop)
{
    char key[KEY_SIZE];
    char value[VALUE_SIZE];
    uint32_t customer = roll(shop, DEMO_CUSTOMERS);
    const char *article = articles[roll(shop, sizeof articles / sizeof articles[0])];
    uint32_t cents = 100 + roll(shop, 20000);
    int64_t seq = demo_ledger_order(shop->ledger);

    if (seq < 0) {
        return false;
    }
    (void)snprintf(key, sizeof key, "c%04u", (unsigned)customer);
    (void)snprintf(value, sizeof value,
                   "{\"order\":%lld,\"customer\":\"%s\",\"article\":\"%s\",\"amount\":%u.%02u}",
                   (long long)seq, key, article, (unsigned)cents / 100, (unsigned)cents % 100);
    demo_cluster_send(shop->cluster,
                      &(struct demo_message){.seq = seq, .key = key, .value = value});
    return true;
}

static void await_reports(struct demo_shop *shop)
{
    int64_t deadline = demo_now_ns() + (int64_t)REPORTS_MS * NS_PER_MS;

    while (!demo_ledger_all_reported(shop->ledger) && demo_now_ns() < deadline) {
        demo_cluster_serve(shop->cluster, TURN_MS);
    }
}

/* What a late turn left out is not made up for: a slow machine gets fewer orders, not a burst. */
static void *run(void *user)
{
    struct demo_shop *shop = user;
    int64_t interval_ns = INT64_C(1000000000) / shop->rate;
    int64_t due_ns = demo_now_ns();
    bool open = true;

    while (open) {
        int64_t now_ns = demo_now_ns();
        if (now_ns - due_ns > (int64_t)100 * NS_PER_MS) {
            due_ns = now_ns;
        }
        for (; open && due_ns <= now_ns; due_ns += interval_ns) {
            open = give_order(shop);
        }
        demo_cluster_serve(shop->cluster, TURN_MS);
    }
    await_reports(shop);
    return NULL;
}

enum weir_status demo_shop_create(const struct demo_plan *plan, struct demo_ledger *ledger,
                                  struct demo_cluster *cluster, struct demo_shop **out)
{
    struct demo_shop *shop = calloc(1, sizeof *shop);

    assert(plan->rate > 0);
    if (shop == NULL) {
        return WEIR_ERR_NOMEM;
    }
    shop->ledger = ledger;
    shop->cluster = cluster;
    shop->rate = plan->rate;
    shop->random = plan->seed;
    if (pthread_create(&shop->thread, NULL, run, shop) != 0) {
        free(shop);
        return WEIR_ERR_NOMEM;
    }
    *out = shop;
    return WEIR_OK;
}

void demo_shop_destroy(struct demo_shop *shop)
{
    if (shop != NULL) {
        demo_ledger_close_orders(shop->ledger);
        (void)pthread_join(shop->thread, NULL);
        free(shop);
    }
}
