#!/usr/bin/env python3
"""Whole-program figures of telepost, from outside: start, idle, memory, echo of a key under a flood, scripts.

    cargo build --release && python3 benches/whole.py [PROGRAM]

It takes a minute and a half, and wants a machine that does nothing else. Needs Linux (/proc) and python3, nothing
else; nothing goes beyond loopback. PROGRAM is target/release/telepost unless named. Prints one line a figure with its
goal, and ends with status 1 when a goal is missed.
"""

import fcntl
import os
import pty
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IDLE = 10
BODY = 200 << 20
MESSAGES = 100_000
LINES_A_SECOND = 10_000


class Workbench:
    """The program in a terminal of 120x40, with a home of its own."""

    def __init__(self, program, *arguments):
        self.home = tempfile.mkdtemp(prefix="telepost-bench-")
        names = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", **dict.fromkeys(names, self.home)}
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [program, *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self.terminal, self.pid = master, self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            while self.process.poll() is None:
                self.read(0.05)
        finally:
            os.close(self.terminal)
            shutil.rmtree(self.home, ignore_errors=True)

    def read(self, seconds):
        """What is written within so many seconds, as soon as there is any."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.terminal, 1 << 16)
        except OSError:
            return b""

    def wait_for(self, text, seconds=10):
        """Seconds until the text was written; it must not be torn by cursor movements."""
        begin, seen, text = time.perf_counter(), b"", text.encode()
        while text not in seen:
            if time.perf_counter() - begin > seconds:
                raise SystemExit(f"{text!r} was not written within {seconds} s; the last bytes: {seen[-600:]!r}")
            seen = seen[-len(text):] + self.read(0.1) if len(seen) > 1 << 20 else seen + self.read(0.1)
        return time.perf_counter() - begin

    def quiet(self, seconds=1):
        """Waits until nothing was written for so long."""
        while self.read(seconds):
            pass

    def type(self, text):
        os.write(self.terminal, text.encode())

    def memory(self, field="VmHWM"):
        """MiB."""
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(field + ":"))

    def wake_ups(self):
        """Times any thread gave the processor up or lost it."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/status") as status:
                total += sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)
        return total

    def ticks(self):
        """Processor time, user and system."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


class Server:
    """A line server on loopback; `answer(connection, line)` runs in a thread of its own for each connection."""

    def __init__(self, greeting, answer):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.greeting, self.answer = self.listener.getsockname()[1], greeting, answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection = self.listener.accept()[0]
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    def converse(self, connection):
        try:
            connection.sendall(self.greeting)
            for line in connection.makefile("rb"):
                self.answer(connection, line.strip().upper())
        except OSError:
            pass


def maildrop(connection, line):
    """A POP3 server with many messages."""
    numbers = range(1, MESSAGES + 1)
    match line.split()[0]:
        case b"CAPA":
            reply = b"+OK\r\nTOP\r\nUIDL\r\nUSER\r\nPIPELINING\r\n.\r\n"
        case b"STAT":
            reply = b"+OK %d %d\r\n" % (MESSAGES, MESSAGES * 4000)
        case b"LIST":
            reply = b"+OK\r\n" + b"".join(b"%d 4000\r\n" % number for number in numbers) + b".\r\n"
        case b"UIDL":
            reply = b"+OK\r\n" + b"".join(b"%d %08x5f8a1c22\r\n" % (number, number) for number in numbers) + b".\r\n"
        case b"TOP":
            reply = b"+OK\r\nFrom: Ada <ada@sandbox.test>\r\nSubject: Letter %s\r\n\r\n.\r\n" % line.split()[1]
        case _:
            reply = b"+OK\r\n"
    connection.sendall(reply)


def chatty(connection, line):
    """An SMTP server whose HELP lasts 90 ms and comes at a steady rate."""
    if line != b"HELP":
        return connection.sendall(b"250 ok\r\n")
    begin, sent, lines = time.perf_counter(), 0, LINES_A_SECOND * 9 // 100
    while sent < lines:
        due = min(lines, int((time.perf_counter() - begin) * LINES_A_SECOND) + 1)
        connection.sendall(b"".join(b"214%c%06d some help in a line\r\n" % (b" -"[number < lines], number)
                                    for number in range(sent + 1, due + 1)))
        sent = due
        time.sleep(0.001)


TEXT = set()


def sink(connection, line):
    """An SMTP server that takes everything."""
    if connection in TEXT and line != b".":
        return
    TEXT.discard(connection)
    if line == b"DATA":
        TEXT.add(connection)
    code = {b"DATA": b"354", b"QUIT": b"221"}.get(line, b"250")
    connection.sendall(code + b" ok\r\n")


def start(program, arguments, rounds=15):
    """Median milliseconds of a whole run without a terminal."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        subprocess.run([program, *arguments], stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


class Sandbox:
    """The practice server alone, without TLS."""

    def __init__(self, program):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        options = ["--smtp-port", str(self.port), "--fault", "no-starttls"]
        self.process = subprocess.Popen([program, "sandbox", *options], stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def __enter__(self):
        return f"smtp://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def memory_of(arguments):
    """The most memory of a run, MiB."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    _, process.returncode, usage = os.wait4(process.pid, 0)
    if process.returncode:
        raise SystemExit(f"{arguments}: status {process.returncode}")
    return usage.ru_maxrss / 1024


def scripts(program, row):
    """A mail by a script and by the plan of a send, and a body that is larger than memory should be."""
    with tempfile.TemporaryDirectory() as place, Sandbox(program) as url:
        mail, large, script = (os.path.join(place, name) for name in ("mail.eml", "large.eml", "script"))
        head = b"From: ada@sandbox.test\r\nTo: bob@sandbox.test\r\nSubject: hi\r\n\r\n"
        with open(mail, "wb") as file:
            file.write(head + b"Hello.\r\n")
        with open(large, "wb") as file:
            file.write(head)
            for _ in range(BODY >> 20):
                file.write((b"x" * 62 + b"\r\n") * (1 << 14))
        dialogue = ("connect smtp", "expect 220", "send EHLO lab.test", "expect 250", "send MAIL FROM:<ada@sandbox.test>",
                    "expect 250", "send RCPT TO:<bob@sandbox.test>", "expect 250", "send DATA", "expect 354",
                    "body FILE", "expect 250", "send QUIT", "expect 221")

        def written(body, url):
            with open(script, "w") as file:
                file.write("\n".join(dialogue).replace("FILE", body) + "\n")
            return ["run", script, url]

        sent = ["send", "--raw", mail, url]
        row("telepost send, one mail", start(program, sent), "ms")
        row("telepost run, the same dialogue", start(program, written(mail, url)), "ms")
        url = f"smtp://127.0.0.1:{Server(b'220 hi' + bytes([13, 10]), sink).port}"
        row(f"telepost run, body of {BODY >> 20} MiB: most memory", memory_of([program, *written(large, url)]), "MiB", 24)


def first_frame(program, rounds=15):
    """Median milliseconds from exec to the first frame."""
    times = []
    for _ in range(rounds):
        with Workbench(program, "demo") as workbench:
            workbench.wait_for("Compose")
            times.append(time.perf_counter() - workbench.started)
    return statistics.median(times) * 1000


def idle(workbench, seconds=IDLE):
    """Wake-ups, clock ticks and bytes written while nothing happens."""
    before = workbench.wake_ups(), workbench.ticks()
    written = workbench.read(seconds)
    return workbench.wake_ups() - before[0], workbench.ticks() - before[1], len(written)


def echoes(workbench, seconds=6):
    """Milliseconds from keys in the prompt to their echo, while the server talks."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        workbench.type("HELP\r")
        for letter in "ΩЖ":
            time.sleep(0.02)
            while workbench.read(0):
                pass
            begin = time.perf_counter()
            workbench.type(letter)
            workbench.wait_for(letter)
            times.append((time.perf_counter() - begin) * 1000)
        workbench.type("\x7f\x7f")
        time.sleep(0.06)
    return times


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "target", "release", "telepost")
    missed = 0

    def row(what, value, unit, goal=None):
        nonlocal missed
        bad = goal is not None and value > goal
        missed += bad
        shown = f"{value:10.1f} {unit:8}" + ("" if goal is None else f" goal <= {goal:g}{'   MISSED' if bad else ''}")
        print(f"{what:46}{shown.rstrip()}", flush=True)

    row("a program that does nothing (true)", start("true", []), "ms")
    row("telepost --help", start(program, ["--help"]), "ms")
    row("telepost paths", start(program, ["paths"]), "ms")
    row("telepost explain 550", start(program, ["explain", "550"]), "ms", 15)
    scripts(program, row)
    row("demo: exec to first frame", first_frame(program), "ms", 50)
    with Workbench(program, "demo") as workbench:
        workbench.wait_for("Compose")
        workbench.quiet(6)
        row("demo: memory", workbench.memory(), "MiB")
        for what, value in zip(("wake-ups", "clock ticks", "bytes written"), idle(workbench)):
            row(f"demo, idle for {IDLE} s: {what}", value, "", 0)
        workbench.type("\x1b[15~")
        workbench.wait_for("queued as")
        # The thread that saved the draft ends 10 s later.
        workbench.quiet(11)
        for what, value in zip(("wake-ups", "clock ticks", "bytes written"), idle(workbench)):
            row(f"demo, connected, idle for {IDLE} s: {what}", value, "", 0)
        workbench.type("\x1b[18~")
        workbench.wait_for("run to here")
        workbench.quiet()
        for what, value in zip(("wake-ups", "clock ticks", "bytes written"), idle(workbench)):
            row(f"demo, step mode, idle for {IDLE} s: {what}", value, "", 0)
    with Workbench(program, "demo", "--lesson", "by-hand") as workbench:
        workbench.wait_for("step 1/10")
        # The thread that kept the progress ends 10 s later.
        workbench.quiet(11)
        for what, value in zip(("wake-ups", "clock ticks", "bytes written"), idle(workbench)):
            row(f"demo, a lesson, idle for {IDLE} s: {what}", value, "", 0)
    with Workbench(program, f"pop3://ada@127.0.0.1:{Server(b'+OK' + bytes([13, 10]), maildrop).port}",
                   "--allow-plain-auth") as workbench:
        workbench.wait_for("Compose")
        workbench.type("\x183r")
        workbench.quiet(0.5)
        workbench.type("secret\r")
        row(f"{MESSAGES:,} messages: key to first headers", workbench.wait_for("Letter") * 1000, "ms")
        workbench.quiet(1)
        row(f"{MESSAGES:,} messages: memory", workbench.memory("VmRSS"), "MiB", 24)
        row(f"{MESSAGES:,} messages: most memory", workbench.memory(), "MiB")
    with Workbench(program, f"smtp://127.0.0.1:{Server(b'220 hi' + bytes([13, 10]), chatty).port}") as workbench:
        workbench.wait_for("Compose")
        workbench.type("\x184\x1b[19~")
        workbench.quiet(0.5)
        times = echoes(workbench)
        row(f"echo at {LINES_A_SECOND:,} lines/s: median", statistics.median(times), "ms", 30)
        row(f"echo at {LINES_A_SECOND:,} lines/s: slowest of {len(times)}", max(times), "ms")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
