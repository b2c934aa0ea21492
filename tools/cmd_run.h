/* How does a consumer with a handler plug-in run as a process? */
#ifndef WEIR_TOOLS_CMD_RUN_H
#define WEIR_TOOLS_CMD_RUN_H

/* argv[0] is "run". Returns the exit code. */
int weir_cmd_run(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_RUN_H */
