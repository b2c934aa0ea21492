/* Who asks for a switch, and how is it called when nobody named it? */
#ifndef WEIR_TOOLS_SWITCH_NAME_H
#define WEIR_TOOLS_SWITCH_NAME_H

/* Printable ASCII of 1 to 64 characters. Thread: main. */
enum { WEIR_SWITCH_NAME_SIZE = 65 };

/* Time, host and process: another one for each call of the command. */
void weir_switch_name_id(char out[WEIR_SWITCH_NAME_SIZE]);
/* user@host */
void weir_switch_name_asker(char out[WEIR_SWITCH_NAME_SIZE]);

#endif /* WEIR_TOOLS_SWITCH_NAME_H */
