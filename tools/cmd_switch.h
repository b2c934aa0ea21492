/* weir switch */
#ifndef WEIR_TOOLS_CMD_SWITCH_H
#define WEIR_TOOLS_CMD_SWITCH_H

int weir_cmd_switch(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_SWITCH_H */
