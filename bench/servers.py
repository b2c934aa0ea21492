"""Which servers does a measurement get? A Kafka and a ZooKeeper of its own, gone at the end."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# As the tests name what is to be run.
WEIR = os.environ.get("WEIR_BINARY", os.path.join(ROOT, "build/release/weir"))
EXAMPLES = os.environ.get("WEIR_EXAMPLES", os.path.join(ROOT, "build/release/examples"))
KAFKA_VERSION = "4.1.0"
CLUSTER_ID = "d2Vpci1iZW5jaC1ydW4tMQ"
HEAP = "-Xmx2g"
# As Kafka's own bin/kafka-run-class.sh has it, and a heap that never grows.
PAUSES = ["-Xms2g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
          "-XX:InitiatingHeapOccupancyPercent=35"]
# So long Java compiles what is hot, on all processors that there are.
WARM_UP_SECONDS = 30
# What is asked of ZooKeeper comes all at once and seldom: Java's second compiler would still be at
# work in each of ten switches. One that has been up for weeks is compiled.
COMPILED_ONCE = ["-XX:TieredStopAtLevel=1"]
ZOOKEEPER_JAR = "/usr/share/java/zookeeper.jar"
ZOOKEEPER_CLASSES = ZOOKEEPER_JAR + ":/usr/share/java/slf4j-simple.jar"
START_SECONDS = 60
STOP_SECONDS = 30
ANSWER_SECONDS = 5
EXIT_UNAVAILABLE = 69
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """What the user is told."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def warm_up(seconds):
    """Under the load that is there already; a round that does not count comes after it."""
    say(f"{seconds} s for the servers' compilers, and a round that does not count")
    time.sleep(seconds)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Server:
    """A Java process of our own: its folder, its process group, gone at the end."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="weir-bench-")
        self.log_path = os.path.join(self.folder, "log")
        self.process = None
        self.port = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        raise NotImplementedError

    def write(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def launch(self, command):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                preexec_fn=die_with_parent)

    def address(self):
        return f"127.0.0.1:{self.port}"

    def serves(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def await_service(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failure(f"{self.name} has ended by itself:\n" + self.last_words())
            if self.serves():
                return
            time.sleep(0.1)
        raise Failure(f"{self.name} did not come up:\n" + self.last_words())

    def last_words(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-15:])

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Broker(Server):
    """A Kafka. The larger heap and the full compiler are the point: it is to be no brake."""

    def __init__(self, more=()):
        super().__init__("Kafka")
        self.more = list(more)

    def start(self):
        libs = os.path.join(ROOT, "build/kafka", KAFKA_VERSION, "libs")
        if not os.path.isdir(libs):
            raise Failure(f"there is no {os.path.relpath(libs, ROOT)}: run ./dev deps")
        self.port, controller = free_ports(2)
        properties = self.write("properties", self.properties(controller) + self.more)
        java = ["java", "-cp", os.path.join(libs, "*")]
        with open(self.log_path, "ab") as log:
            formatted = subprocess.run(
                java + ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties],
                stdout=log, stderr=log, check=False)
        if formatted.returncode != 0:
            raise Failure("Kafka cannot format its folder:\n" + self.last_words())
        self.launch(java[:1] + [HEAP] + PAUSES + java[1:] + ["kafka.Kafka", properties])

    def properties(self, controller):
        return [
            "process.roles=broker,controller",
            "node.id=1",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names=CONTROLLER",
            "inter.broker.listener.name=PLAINTEXT",
            f"log.dirs={os.path.join(self.folder, 'data')}",
            "offsets.topic.replication.factor=1",
            "offsets.topic.num.partitions=4",
            "transaction.state.log.replication.factor=1",
            "transaction.state.log.min.isr=1",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "group.initial.rebalance.delay.ms=0",
        ]


class ZooKeeper(Server):
    """Debian's, one server. Its ticks let a session be as short as a second."""

    def __init__(self):
        super().__init__("ZooKeeper")

    def start(self):
        if not os.access(ZOOKEEPER_JAR, os.R_OK):
            raise Failure(f"there is no {ZOOKEEPER_JAR}: run ./dev deps")
        self.port, = free_ports(1)
        settings = self.write("zoo.cfg", [
            "tickTime=500",
            "minSessionTimeout=1000",
            "maxSessionTimeout=60000",
            "clientPortAddress=127.0.0.1",
            f"clientPort={self.port}",
            f"dataDir={os.path.join(self.folder, 'data')}",
            "admin.enableServer=false",
            "forceSync=no",
            "4lw.commands.whitelist=*",
            "maxClientCnxns=0",
        ])
        self.launch(["java", "-Xmx512m"] + COMPILED_ONCE +
                    ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
                     ZOOKEEPER_CLASSES, "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                     settings])

    def ask(self, word):
        """What it answers to one of its four-letter words; nothing if it does not."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), ANSWER_SECONDS) as connection:
                connection.sendall(word.encode())
                return b"".join(iter(lambda: connection.recv(4096), b"")).decode()
        except OSError:
            return ""

    def serves(self):
        return "Mode: standalone" in self.ask("srvr")

    def version(self):
        return self.ask("srvr").partition("version: ")[2].partition("-")[0]

    def received(self):
        """How many requests it has had, this one included."""
        for line in self.ask("mntr").splitlines():
            name, _, value = line.partition("\t")
            if name == "zk_packets_received":
                return int(value)
        raise Failure("ZooKeeper does not say how many requests it had")
