/* How fast is weir on the user's own cluster? */
#ifndef WEIR_TOOLS_CMD_BENCH_H
#define WEIR_TOOLS_CMD_BENCH_H

/* argv[0] is "bench". Returns the exit code. */
int weir_cmd_bench(int argc, char **argv);

#endif /* WEIR_TOOLS_CMD_BENCH_H */
