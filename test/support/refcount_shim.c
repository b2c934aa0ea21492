/* How does the thread sanitizer get to see that librdkafka frees a message's bytes after our last
 * look at them?
 *
 * The bytes of all messages of one fetch are in one buffer with a reference count, and whoever
 * gives the last reference back frees it: now our thread, in rd_kafka_message_destroy, now one of
 * librdkafka's. The count is an atomic inside the library, which the sanitizer cannot see, so it
 * takes the latter for a race with our reading. Here the giving back is a release and every free()
 * that librdkafka calls an acquire: what is ordered in fact is ordered for the sanitizer. Nothing
 * else is: neither callbacks nor what our own code frees.
 *
 * The former it takes for a race with librdkafka's thread that still read the rest of the fetch
 * when our messages of it were done, and gave its reference back unseen; and not only where we give
 * a message back: the library drops what is outdated while we take from its queues. What it reads
 * and frees is its own business, so what librdkafka frees is not compared with reads before. (That
 * nothing of ours reads what was freed is the address sanitizer's to say.)
 *
 * Linked into executables next to c11_pthread_shim.c, with -rdynamic, and not instrumented itself:
 * free() is called before the sanitizer has begun. Thread: any. */
#include <assert.h>
#include <dlfcn.h>
#include <link.h>
#include <sanitizer/tsan_interface.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct rd_kafka_message_s;
struct rd_kafka_event_s;

void rd_kafka_message_destroy(struct rd_kafka_message_s *message);
void rd_kafka_event_destroy(struct rd_kafka_event_s *event);
void __interceptor_free(void *memory); /* the sanitizer's own */
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);

/* Only its address matters. */
static char given_back;

/* librdkafka's code, noted before main. */
static uintptr_t code_begin;
static uintptr_t code_size;

static int note_code(struct dl_phdr_info *object, size_t size, void *user)
{
    (void)size;
    (void)user;
    if (strstr(object->dlpi_name, "/librdkafka.so") == NULL) {
        return 0;
    }
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
            code_begin = object->dlpi_addr + segment->p_vaddr;
            code_size = segment->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void find_code(void)
{
    (void)dl_iterate_phdr(note_code, NULL);
}

void free(void *memory)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);

    if (caller - code_begin >= code_size) {
        __interceptor_free(memory);
        return;
    }
    __tsan_acquire(&given_back);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    __interceptor_free(memory);
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
}

typedef void destroy_fn(void *object);

/* librdkafka's own function of that name; `kept` saves looking it up again. */
static destroy_fn *real_function(const char *name, _Atomic(destroy_fn *) *kept)
{
    destroy_fn *function = atomic_load(kept);

    if (function == NULL) {
        void *symbol = dlsym(RTLD_NEXT, name);
        assert(symbol != NULL);
        memcpy(&function, &symbol, sizeof function);
        atomic_store(kept, function);
    }
    return function;
}

void rd_kafka_message_destroy(struct rd_kafka_message_s *message)
{
    static _Atomic(destroy_fn *) kept;

    __tsan_release(&given_back);
    real_function("rd_kafka_message_destroy", &kept)(message);
}

void rd_kafka_event_destroy(struct rd_kafka_event_s *event)
{
    static _Atomic(destroy_fn *) kept;

    __tsan_release(&given_back);
    real_function("rd_kafka_event_destroy", &kept)(event);
}
