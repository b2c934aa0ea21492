/* How is a text of somebody else's kept from showing our values? */
#ifndef WEIR_CONFIG_MASK_H
#define WEIR_CONFIG_MASK_H

#include <stdbool.h>
#include <weir/config.h>

/* Masks, in place, every value of the configuration that stands in a text of librdkafka's, such as
 * a reason or a line of its log. `secrets_only` leaves the values of keys that hold no secret.
 * Pure. Thread: any, while nobody sets. */
void weir_config_mask(const struct weir_config *config, bool secrets_only, char *text);

#endif /* WEIR_CONFIG_MASK_H */
