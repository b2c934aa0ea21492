/* What does `weir metrics` do? */
#ifndef WEIR_TOOLS_CMD_METRICS_H
#define WEIR_TOOLS_CMD_METRICS_H

/* argv[0] is "metrics". Returns the exit code. Data on standard output, errors on standard error.
 */
int weir_cmd_metrics(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_METRICS_H */
