#include "framework/sorter.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

enum { WORD_BITS = 64 };

enum weir_status weir_sorter_init(struct weir_sorter *sorter, uint32_t window)
{
    assert(window > 0);
    /* Twice the window: its first and last ticket are then never in the same word by wrapping. */
    uint64_t bits = WORD_BITS;

    while (bits < window) {
        bits *= 2;
    }
    bits *= 2;
    sorter->mask = bits - 1;
    sorter->marks = weir_calloc(bits / WORD_BITS, sizeof sorter->marks[0]);
    return sorter->marks == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
}

void weir_sorter_fini(struct weir_sorter *sorter)
{
    weir_free(sorter->marks);
    *sorter = (struct weir_sorter){0};
}

static uint64_t *word_of(const struct weir_sorter *sorter, uint64_t seq)
{
    return &sorter->marks[(seq & sorter->mask) / WORD_BITS];
}

static bool ascends(const uint64_t *seqs, uint32_t count)
{
    uint32_t i = 1;

    while (i < count && seqs[i - 1] < seqs[i]) {
        i++;
    }
    return i >= count;
}

void weir_sorter_sort(struct weir_sorter *sorter, uint64_t *seqs, uint32_t count)
{
    uint64_t low = UINT64_MAX;
    uint32_t found = 0;

    if (ascends(seqs, count)) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        low = seqs[i] < low ? seqs[i] : low;
        *word_of(sorter, seqs[i]) |= UINT64_C(1) << (seqs[i] % WORD_BITS);
    }
    for (uint64_t base = low - low % WORD_BITS; found < count; base += WORD_BITS) {
        uint64_t *word = word_of(sorter, base);
        for (; *word != 0; *word &= *word - 1) {
            seqs[found++] = base + (uint64_t)__builtin_ctzll(*word);
        }
        assert(base <= low || base - low <= sorter->mask);
    }
}
