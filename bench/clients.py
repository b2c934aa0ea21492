"""How does a measurement make topics and records, and look at and write nodes? By the libraries weir has."""
import ctypes
import multiprocessing
import signal
import time
from ctypes import byref, c_char_p, c_int, c_int32, c_int64, c_size_t, c_void_p

from servers import Failure, die_with_parent

ERROR_SIZE = 512
ANSWER_MS = 120000
TURN_SECONDS = 0.002
NS_PER_S = 1_000_000_000
COPY = 2  # RD_KAFKA_MSG_F_COPY
RECORD = b"x" * 100
KEYS = [b"%d" % i for i in range(1000)]
CONNECTED = 3  # ZOO_CONNECTED_STATE
LOOK_TIMEOUT_MS = 60000
NODE_SIZE = 1 << 20
ABSENT = -101  # ZNONODE


def typed(library, name, result, *arguments):
    function = getattr(library, name)
    function.restype = result
    function.argtypes = arguments
    return function


def load(name):
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise Failure(f"{error}: run ./dev deps") from error


class Kafka:
    """librdkafka as a producer."""

    def __init__(self, address):
        self.library = load("librdkafka.so.1")
        create = typed(self.library, "rd_kafka_new", c_void_p, c_int, c_void_p, c_char_p, c_size_t)
        why = ctypes.create_string_buffer(ERROR_SIZE)
        self.handle = create(0, self.settings(address), why, ERROR_SIZE)
        if not self.handle:
            raise Failure(f"no producer: {why.value.decode()}")

    def settings(self, address):
        conf = typed(self.library, "rd_kafka_conf_new", c_void_p)()
        put = typed(self.library, "rd_kafka_conf_set", c_int, c_void_p, c_char_p, c_char_p,
                    c_char_p, c_size_t)
        why = ctypes.create_string_buffer(ERROR_SIZE)
        for key, value in (("bootstrap.servers", address), ("linger.ms", "0"), ("acks", "1"),
                           ("log_level", "0")):
            if put(conf, key.encode(), value.encode(), why, ERROR_SIZE) != 0:
                raise Failure(f"no producer: {why.value.decode()}")
        return conf

    def version(self):
        return typed(self.library, "rd_kafka_version_str", c_char_p)().decode()

    def create_topic(self, name, partitions):
        why = ctypes.create_string_buffer(ERROR_SIZE)
        topic = typed(self.library, "rd_kafka_NewTopic_new", c_void_p, c_char_p, c_int, c_int,
                      c_char_p, c_size_t)(name.encode(), partitions, 1, why, ERROR_SIZE)
        queue = typed(self.library, "rd_kafka_queue_new", c_void_p, c_void_p)(self.handle)
        typed(self.library, "rd_kafka_CreateTopics", None, c_void_p, c_void_p, c_size_t, c_void_p,
              c_void_p)(self.handle, (c_void_p * 1)(topic), 1, None, queue)
        event = typed(self.library, "rd_kafka_queue_poll", c_void_p, c_void_p, c_int)(queue,
                                                                                     ANSWER_MS)
        failed = event is None or typed(self.library, "rd_kafka_event_error", c_int,
                                        c_void_p)(event) != 0
        if failed or self.refused(event):
            raise Failure(f"topic {name} cannot be made")
        typed(self.library, "rd_kafka_event_destroy", None, c_void_p)(event)
        typed(self.library, "rd_kafka_queue_destroy", None, c_void_p)(queue)
        typed(self.library, "rd_kafka_NewTopic_destroy", None, c_void_p)(topic)

    def refused(self, event):
        count = c_size_t()
        result = typed(self.library, "rd_kafka_event_CreateTopics_result", c_void_p,
                       c_void_p)(event)
        topics = typed(self.library, "rd_kafka_CreateTopics_result_topics",
                       ctypes.POINTER(c_void_p), c_void_p, c_void_p)(result, byref(count))
        error = typed(self.library, "rd_kafka_topic_result_error", c_int, c_void_p)
        return any(error(topics[i]) != 0 for i in range(count.value))

    def sender(self, name):
        """A function of partition and key."""
        topic = typed(self.library, "rd_kafka_topic_new", c_void_p, c_void_p, c_char_p,
                      c_void_p)(self.handle, name.encode(), None)
        produce = typed(self.library, "rd_kafka_produce", c_int, c_void_p, c_int32, c_int,
                        c_char_p, c_size_t, c_char_p, c_size_t, c_void_p)
        return lambda partition, key: produce(topic, partition, COPY, RECORD, len(RECORD), key,
                                              len(key), None)

    def fill(self, name, partitions):
        """One record into each partition: a broker that has only been told of them is not ready."""
        send = self.sender(name)
        for partition in range(partitions):
            send(partition, KEYS[0])
        if typed(self.library, "rd_kafka_flush", c_int, c_void_p, c_int)(self.handle,
                                                                        ANSWER_MS) != 0:
            raise Failure(f"topic {name} takes no records")

    def feed(self, name, partitions, per_second, begun_at):
        """So many records a second into each partition, in turn, for ever."""
        send = self.sender(name)
        poll = typed(self.library, "rd_kafka_poll", c_int, c_void_p, c_int)
        begun = time.monotonic()
        begun_at.value = begun
        sent = 0
        while True:
            while sent < (time.monotonic() - begun) * per_second * partitions:
                send(sent % partitions, KEYS[sent // partitions % len(KEYS)])
                sent += 1
            poll(self.handle, 0)
            time.sleep(TURN_SECONDS)


def feed_alone(address, name, partitions, per_second, begun_at):
    die_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Kafka(address).feed(name, partitions, per_second, begun_at)


class Feeder:
    """A steady producer, in a process of its own, that goes from partition to partition. Each
    record is a request: librdkafka sends one for each partition."""

    def __init__(self, address, name, partitions, per_second):
        self.partitions = partitions
        self.per_second = per_second
        self.begun_at = multiprocessing.Value("d", 0.0)
        self.process = multiprocessing.Process(
            target=feed_alone, args=(address, name, partitions, per_second, self.begun_at),
            daemon=True)

    def due_ns(self, partition, index):
        """When its record of that number, from 0, was to be sent, which is never later than it
        was."""
        turns = index + partition / self.partitions
        return round((self.begun_at.value + turns / self.per_second) * NS_PER_S)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()


class Stat(ctypes.Structure):
    """What ZooKeeper says of a node."""
    _fields_ = [("czxid", c_int64), ("mzxid", c_int64), ("ctime", c_int64), ("mtime", c_int64),
                ("version", c_int32), ("cversion", c_int32), ("aversion", c_int32),
                ("owner", c_int64), ("size", c_int32), ("children", c_int32), ("pzxid", c_int64)]


class Look:
    """A session of our own, to look at nodes."""

    def __init__(self, address):
        self.library = load("libzookeeper_mt.so.2")
        typed(self.library, "zoo_set_debug_level", None, c_int)(1)
        self.handle = typed(self.library, "zookeeper_init", c_void_p, c_char_p, c_void_p, c_int,
                            c_void_p, c_void_p, c_int)(address.encode(), None, LOOK_TIMEOUT_MS,
                                                       None, None, 0)
        state = typed(self.library, "zoo_state", c_int, c_void_p)
        deadline = time.monotonic() + ANSWER_MS / 1000
        while state(self.handle) != CONNECTED:
            if time.monotonic() > deadline:
                raise Failure("no ZooKeeper session")
            time.sleep(0.01)

    def node(self, path):
        """None when it is not there."""
        stat = Stat()
        exists = typed(self.library, "zoo_exists", c_int, c_void_p, c_char_p, c_int, c_void_p)
        return stat if exists(self.handle, path.encode(), 0, byref(stat)) == 0 else None

    def read(self, path):
        """Its data and version; None and -1 when it is not there."""
        stat, data, size = Stat(), ctypes.create_string_buffer(NODE_SIZE), c_int(NODE_SIZE)
        get = typed(self.library, "zoo_get", c_int, c_void_p, c_char_p, c_int, c_char_p,
                    ctypes.POINTER(c_int), c_void_p)
        answer = get(self.handle, path.encode(), 0, data, byref(size), byref(stat))
        if answer not in (0, ABSENT):
            raise Failure(f"ZooKeeper does not give {path}: {answer}")
        return (None, -1) if answer == ABSENT else (data.raw[:size.value], stat.version)

    def close(self):
        typed(self.library, "zookeeper_close", c_int, c_void_p)(self.handle)
