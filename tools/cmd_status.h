/* weir status */
#ifndef WEIR_TOOLS_CMD_STATUS_H
#define WEIR_TOOLS_CMD_STATUS_H

int weir_cmd_status(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_STATUS_H */
