/* Was the command asked to stop, and asked again? */
#ifndef WEIR_TOOLS_STOP_SIGNAL_H
#define WEIR_TOOLS_STOP_SIGNAL_H

/* From here on SIGTERM, SIGINT and, unless it is ignored, SIGHUP reach one thread of their own, and
 * SIGPIPE nobody: call it once, before any other thread is started. The descriptor is readable from
 * the first signal on and stays so; -1 when no descriptor or thread is left. The second signal ends
 * the process with WEIR_EXIT_TRY_AGAIN, whatever the other threads wait for: a plug-in's open or
 * close, a library's end, a full pipe. One that follows the first closely is the same: timeout(1)
 * and process managers signal the process and then its group. A terminal that goes away may say so
 * several times, and nobody is there who could be impatient: SIGHUP is never the second. Nothing
 * gives the two signals back. */
int weir_stop_signal_watch(void);

#endif /* WEIR_TOOLS_STOP_SIGNAL_H */
