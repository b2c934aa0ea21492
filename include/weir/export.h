/* Which symbols does libweir export, and which results may not be ignored? */
#ifndef WEIR_EXPORT_H
#define WEIR_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define WEIR_API        __attribute__((visibility("default")))
#define WEIR_MUST_CHECK __attribute__((warn_unused_result))
#define WEIR_PRINTF(format_index, first_index)                                                     \
    __attribute__((format(printf, format_index, first_index)))
#else
#define WEIR_API
#define WEIR_MUST_CHECK
#define WEIR_PRINTF(format_index, first_index)
#endif

#endif /* WEIR_EXPORT_H */
