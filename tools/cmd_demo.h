/* What does weir do, shown in half a minute without a Kafka? */
#ifndef WEIR_TOOLS_CMD_DEMO_H
#define WEIR_TOOLS_CMD_DEMO_H

/* argv[0] is "demo". Returns the exit code. */
int weir_cmd_demo(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_DEMO_H */
