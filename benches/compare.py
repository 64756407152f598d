#!/usr/bin/env python3
"""What benches/compare.sh measures with: interleaved rounds, figures of each process, checks, a table in Markdown.

    compare.py delay PORT TARGET MILLISECONDS     a proxy on loopback that holds every byte back for so long, each way
    compare.py poplib PORT USER FILE              downloads a mailbox with Python's poplib into an mbox file
    compare.py first PORT USER                    STAT, LIST, UIDL and the headers of the newest 50, with poplib
    compare.py rounds ROUNDS TITLE FILE           runs the commands of FILE in turn and prints a table

A line of FILE is: name TAB command TAB what to remove before TAB check. The check is a shell command that has to end
with 0 behind each run. Standard output of a command goes to $OUT. Nothing but Python's own library is used.
"""

import os
import poplib
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import deque

TIME = "/usr/bin/time"
poplib._MAXLINE = 1 << 20


def delay(port, target, milliseconds):
    """Passes on in order; what came in is written when its time has come."""
    pause = milliseconds / 1000

    def pump(source, sink):
        waiting, ended = deque(), False
        look = selectors.DefaultSelector()
        look.register(source, selectors.EVENT_READ)
        try:
            while not ended or waiting:
                rest = waiting[0][0] - time.monotonic() if waiting else None
                if rest is not None and rest <= 0:
                    sink.sendall(waiting.popleft()[1])
                elif ended:
                    time.sleep(rest)
                elif look.select(rest):
                    data = source.recv(1 << 18)
                    ended = not data
                    if data:
                        waiting.append((time.monotonic() + pause, data))
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    listener = socket.create_server(("127.0.0.1", port))
    while True:
        client = listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", target))
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ends in ((client, server), (server, client)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def sign_in(port, user):
    box = poplib.POP3("127.0.0.1", port)
    box.user(user)
    box.pass_("pw")
    return box


def download(port, user, path):
    box = sign_in(port, user)
    with open(path, "wb") as out:
        for number in range(1, box.stat()[0] + 1):
            lines = box.retr(number)[1]
            out.write(b"From bench Thu Jan  1 00:00:00 1970\n" + b"\n".join(lines) + b"\n\n")
    box.quit()


def first_screen(port, user):
    box = sign_in(port, user)
    last = box.stat()[0]
    box.list()
    box.uidl()
    for number in range(last, max(0, last - 50), -1):
        print(*box.top(number, 0)[1])
    box.quit()


def run(command, out):
    """Seconds, processor seconds and MiB of one run, and why it is worth nothing, if so."""
    begin, peak = time.perf_counter(), out + ".peak"
    # What a process of ours starts begins with the memory of Python as its peak; behind `time` it does not.
    before = [TIME, "-f", "%M", "-o", peak] if os.path.exists(TIME) else []
    with open(out, "wb") as sink:
        child = subprocess.Popen([*before, "sh", "-c", command], stdin=subprocess.DEVNULL, stdout=sink,
                                 stderr=subprocess.PIPE)
        said = []
        reader = threading.Thread(target=lambda: said.append(child.stderr.read()))
        reader.start()
        timer = threading.Timer(600, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
    why = None if child.returncode == 0 else f"status {child.returncode}: {said[0].decode(errors='replace')[-200:]!r}"
    memory = usage.ru_maxrss
    if before:
        with open(peak) as figure:
            memory = int(figure.read().split()[-1])
    return wall, usage.ru_utime + usage.ru_stime, memory / 1024, why


def rounds(count, title, path):
    with open(path) as file:
        commands = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    figures, wrong = {name: [] for name, *_ in commands}, {}
    for number in range(count + 1):
        # The first round warms the caches and is not counted. The order turns, so that nobody is always behind another.
        turn = number % len(commands)
        for name, command, remove, check in commands[turn:] + commands[:turn]:
            if name in wrong:
                continue
            subprocess.run(["rm", "-rf", "--", *remove.split()], check=True)
            wall, cpu, peak, why = run(command, os.environ["OUT"])
            if why is None and subprocess.run(["sh", "-c", check], stdout=subprocess.DEVNULL).returncode:
                why = "it did not get everything"
            if why:
                wrong[name] = why
                print(f"{title}: {name}: {why}", file=sys.stderr)
            elif number:
                figures[name].append((wall, cpu, peak))
    print(f"\n### {title}\n\n| | wall | range | CPU | peak memory |\n|---|---:|---:|---:|---:|")
    median = lambda name, at: statistics.median(row[at] for row in figures[name])
    order = sorted((name for name in figures if name not in wrong), key=lambda name: median(name, 0))
    for name in order:
        walls = [row[0] for row in figures[name]]
        print(f"| {name} | {median(name, 0):.3f} s | {min(walls):.3f}-{max(walls):.3f} | {median(name, 1):.2f} s "
              f"| {median(name, 2):.0f} MiB |")
    for name in wrong:
        print(f"| {name} | failed | | | |")


def main():
    match sys.argv[1:]:
        case ["delay", port, target, milliseconds]:
            delay(int(port), int(target), float(milliseconds))
        case ["poplib", port, user, path]:
            download(int(port), user, path)
        case ["first", port, user]:
            first_screen(int(port), user)
        case ["rounds", count, title, path]:
            rounds(int(count), title, path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
