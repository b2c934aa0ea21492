/* weir offsets */
#ifndef WEIR_TOOLS_CMD_OFFSETS_H
#define WEIR_TOOLS_CMD_OFFSETS_H

int weir_cmd_offsets(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_OFFSETS_H */
