"""A Kafka of our own to measure on."""
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KAFKA_VERSION = "4.1.0"
CLUSTER_ID = "d2Vpci1iZW5jaC1ydW4tMQ"
HEAP = "-Xmx2g"
STOP_SECONDS = 30
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """What the user is told."""


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


class Broker:
    """A Kafka of our own: its folder, its process group, gone at the end."""

    def __init__(self):
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
        libs = os.path.join(ROOT, "build/kafka", KAFKA_VERSION, "libs")
        if not os.path.isdir(libs):
            raise Failure(f"there is no {os.path.relpath(libs, ROOT)}: run ./dev deps")
        self.port, controller = free_ports(2)
        properties = os.path.join(self.folder, "properties")
        with open(properties, "w", encoding="utf-8") as file:
            file.write("\n".join(self.properties(controller)) + "\n")
        java = ["java", "-cp", os.path.join(libs, "*")]
        with open(self.log_path, "ab") as log:
            formatted = subprocess.run(
                java + ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties],
                stdout=log, stderr=log, check=False)
            if formatted.returncode != 0:
                raise Failure("Kafka cannot format its folder:\n" + self.last_words())
            # The larger heap and the full compiler are the point: this broker is to be no brake.
            self.process = subprocess.Popen(
                java[:1] + [HEAP] + java[1:] + ["kafka.Kafka", properties], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent)

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

    def address(self):
        return f"127.0.0.1:{self.port}"

    def check(self):
        if self.process.poll() is not None:
            raise Failure("Kafka has ended by itself:\n" + self.last_words())

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
