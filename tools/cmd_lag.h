/* weir lag */
#ifndef WEIR_TOOLS_CMD_LAG_H
#define WEIR_TOOLS_CMD_LAG_H

int weir_cmd_lag(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_LAG_H */
