/* What does `weir plan` do? */
#ifndef WEIR_TOOLS_CMD_PLAN_H
#define WEIR_TOOLS_CMD_PLAN_H

/* argv[0] is "plan". Returns the exit code. Data on standard output, errors on standard error. */
int weir_cmd_plan(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_PLAN_H */
