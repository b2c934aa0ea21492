/* What does `weir config` do? */
#ifndef WEIR_TOOLS_CMD_CONFIG_H
#define WEIR_TOOLS_CMD_CONFIG_H

/* argv[0] is "config". Returns the exit code. Data on standard output, errors on standard error. */
int weir_cmd_config(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_CONFIG_H */
