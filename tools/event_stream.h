/* How does a consumer's life become a file of JSON lines? */
#ifndef WEIR_TOOLS_EVENT_STREAM_H
#define WEIR_TOOLS_EVENT_STREAM_H

#include <stdint.h>
#include <weir/event.h>
#include <weir/status.h>

/* One object per line, one write(2) per line, appended: a reader never sees half of a line that was
 * written, and what a kill leaves out is the tail. If it cuts a line short, the next life begins a
 * new one. Every event of include/weir/event.h becomes
 *     {"ts_mono_ns":1,"pid":2,"inst":"m1","ev":"handler_start","spans":[...],...}
 * and the ones Kafka's own VerifiableConsumer knows are also given in its words:
 *     {"timestamp":1,"name":"records_consumed","count":2,"partitions":[...]}
 * A file that cannot take a line (a full disk) loses that line, not a record: the loss is counted
 * and writing is tried again with the next one. */
struct weir_event_stream;

/* `path` "-" is standard output. `instance` names this member; it is copied. */
WEIR_MUST_CHECK enum weir_status weir_event_stream_open(const char *path, const char *instance,
                                                        struct weir_event_stream **out,
                                                        struct weir_error *error);
/* A weir_event_fn; user is the stream. Thread: any. */
void weir_event_stream_write(const struct weir_event *event, void *stream);
/* The first and the last line of the protocol: said before the consumer's first thread runs and
 * after its last one ended. */
void weir_event_stream_say(struct weir_event_stream *stream, const char *name);
/* Lines that could not be written, and why (an errno). */
uint64_t weir_event_stream_lost(const struct weir_event_stream *stream, int *reason);
void weir_event_stream_close(struct weir_event_stream *stream);

#endif /* WEIR_TOOLS_EVENT_STREAM_H */
