#!/usr/bin/env python3
"""What benches/compare.sh measures with: interleaved rounds, figures of each process, checks, a table in Markdown.

    compare.py delay PORT TARGET MILLISECONDS     a proxy on loopback that holds every byte back for so long, each way
    compare.py poplib PORT USER FILE              downloads a mailbox with Python's poplib into an mbox file
    compare.py first PORT USER                    STAT, LIST, UIDL and the headers of the newest 50, with poplib
    compare.py smtplib PORT FILE TIMES plain|tls   sends a mail with smtplib, so many times over one connection
    compare.py attach PORT FILE                   builds a mail with an attachment by Python's email, and sends it
    compare.py starttls PORT CERTIFICATE KEY      a mail server on loopback that takes everything, with STARTTLS
    compare.py rounds ROUNDS TITLE FILE           runs the commands of FILE in turn and prints a table

A line of FILE is: name TAB command TAB what to remove before TAB check, and for a program that wants a terminal TAB
text TAB keys, as often as wanted: the keys are typed when the text appears, and the time ends with the last text. The ratio is to the first line, which is
ours. The check is a shell command that has to end with 0 behind each run. What a command prints goes to $OUT. A command that takes
longer than 10 s runs once, one that takes longer than $LIMIT seconds (60) is stopped. Nothing but Python's own library
is used.
"""

import fcntl
import os
import poplib
import selectors
import signal
import smtplib
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import termios
import threading
import time
from collections import deque
from email.message import EmailMessage

TIME = "/usr/bin/time"
LIMIT = float(os.environ.get("LIMIT", "60"))
SLOW = 10
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


def send(port, path, times, tls):
    with open(path, "rb") as file:
        mail = file.read()
    with smtplib.SMTP("127.0.0.1", port) as client:
        if tls:
            client.starttls(context=ssl.create_default_context(cafile=os.path.join(os.path.dirname(path), "ca.pem")))
        for _ in range(times):
            client.sendmail("ada@example.test", ["bob@example.test"], mail)


def attach(port, path):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.test", "bob@example.test", "S"
    mail.set_content("B")
    with open(path, "rb") as file:
        mail.add_attachment(file.read(), maintype="application", subtype="octet-stream", filename="blob")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(mail)


def starttls(port, certificate, key):
    """Takes every mail; no more of SMTP than the senders here need."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"220 bench ESMTP\r\n")
        lines, secure = client.makefile("rb"), False
        while line := lines.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"STARTTLS":
                client.sendall(b"220 go on\r\n")
                client = context.wrap_socket(client, server_side=True)
                lines, secure = client.makefile("rb"), True
            elif verb == b"EHLO":
                client.sendall(b"250-bench\r\n250-PIPELINING\r\n" + (b"" if secure else b"250-STARTTLS\r\n") + b"250 8BITMIME\r\n")
            elif verb == b"DATA":
                client.sendall(b"354 go on\r\n")
                while lines.readline() != b".\r\n":
                    pass
                client.sendall(b"250 taken\r\n")
            elif verb == b"QUIT":
                client.sendall(b"221 bye\r\n")
                break
            else:
                client.sendall(b"250 ok\r\n")
        client.close()

    def guarded(client):
        try:
            serve(client)
        except OSError:
            client.close()

    listener = socket.create_server(("127.0.0.1", port))
    while True:
        threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()


class Run:
    """One run of a command: its figures, and why they are worth nothing, if so.

    With `screen`, pairs of a text and what is typed when it appears, the command gets a terminal, and its time ends with
    the last of these texts. A pair of nothing gives it a terminal, too, and the time ends with the command.
    """

    def __init__(self, command, out, screen):
        self.out, self.seen, self.said, self.late = out, None, b"", False
        pairs = list(screen)
        self.terminal, self.screen = bool(pairs), [(text, keys) for text, keys in pairs if text]
        self.begin, peak = time.perf_counter(), out + ".peak"
        # What a process of ours starts begins with the memory of Python as its peak; behind `time` it does not.
        before = [TIME, "-f", "%M", "-o", peak] if os.path.exists(TIME) else []
        usage = self.wait([*before, "sh", "-c", command])
        self.wall = (self.seen or time.perf_counter()) - self.begin
        self.cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
        if before and os.path.exists(peak):
            with open(peak) as figure:
                memory = int((figure.read().split() or ["0"])[-1])
        self.peak = memory / 1024

    def wait(self, command):
        with open(self.out, "wb") as sink:
            if self.terminal:
                ours, theirs = os.openpty()
                fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
                self.child = subprocess.Popen(command, preexec_fn=lambda: os.login_tty(theirs))
                os.close(theirs)
                reader = threading.Thread(target=self.watch, args=(ours, sink))
            else:
                self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.PIPE,
                                              start_new_session=True)
                reader = threading.Thread(target=self.listen)
            reader.start()
            timer = threading.Timer(LIMIT, self.stop)
            timer.start()
            _, status, usage = os.wait4(self.child.pid, 0)
            timer.cancel()
            self.child.returncode = os.waitstatus_to_exitcode(status)
            reader.join()
        return usage

    def stop(self):
        self.late = True
        os.killpg(self.child.pid, signal.SIGKILL)

    def listen(self):
        self.said = self.child.stderr.read()[-200:]

    def watch(self, terminal, sink):
        shown, left = b"", self.screen
        while True:
            try:
                data = os.read(terminal, 1 << 16)
            except OSError:
                break
            if not data:
                break
            sink.write(data)
            shown = (shown + data)[-(1 << 16):]
            while left and left[0][0].encode() in shown:
                (_, keys), *left = left
                if not left:
                    self.seen = time.perf_counter()
                shown = b""
                os.write(terminal, keys.encode().decode("unicode_escape").encode())
        os.close(terminal)

    def why(self):
        if self.late:
            return f"more than {LIMIT:.0f} s"
        if self.screen and self.seen is None:
            return "the screen did not come"
        if not self.terminal and self.child.returncode:
            return f"status {self.child.returncode}: {self.said.decode(errors='replace')!r}"
        return None


def rounds(count, title, path):
    with open(path) as file:
        commands = [line.rstrip("\n").split("\t") for line in file if line.strip()]
    figures, wrong, slow = {name: [] for name, *_ in commands}, {}, set()
    for number in range(count + 1):
        # The first round warms the caches and is not counted. The order turns, so that nobody is always behind another.
        turn = number % len(commands)
        for name, command, remove, check, *screen in commands[turn:] + commands[:turn]:
            if name in wrong or name in slow:
                continue
            subprocess.run(["rm", "-rf", "--", *remove.split()], check=True)
            once = Run(command, os.environ["OUT"], zip(screen[::2], screen[1::2]))
            why = once.why()
            if why is None and subprocess.run(["sh", "-c", check], stdout=subprocess.DEVNULL).returncode:
                why = "it did not get everything"
            if why:
                wrong[name] = why
                print(f"{title}: {name}: {why}", file=sys.stderr)
                continue
            if not number and once.wall > SLOW:
                slow.add(name)
            if number or name in slow:
                figures[name].append((once.wall, once.cpu, once.peak))
    print(f"\n### {title}\n\n| | wall | ratio | range | CPU | peak memory |\n|---|---:|---:|---:|---:|---:|")
    median = lambda name, at: statistics.median(row[at] for row in figures[name])
    order = sorted((name for name in figures if name not in wrong), key=lambda name: median(name, 0))
    ours = median(commands[0][0], 0) if commands[0][0] in order else None
    for name in order:
        ratio = f"{median(name, 0) / ours:.2f}" if ours else ""
        walls = [row[0] for row in figures[name]]
        spread = "one run" if name in slow else f"{min(walls):.4f}-{max(walls):.4f}"
        print(f"| {name} | {median(name, 0):.4f} s | {ratio} | {spread} | {median(name, 1):.3f} s "
              f"| {median(name, 2):.1f} MiB |", flush=True)
    for name, why in wrong.items():
        print(f"| {name} | {why if why.startswith('more') else 'failed'} | | | | |", flush=True)


def main():
    match sys.argv[1:]:
        case ["delay", port, target, milliseconds]:
            delay(int(port), int(target), float(milliseconds))
        case ["poplib", port, user, path]:
            download(int(port), user, path)
        case ["first", port, user]:
            first_screen(int(port), user)
        case ["smtplib", port, path, times, tls]:
            send(int(port), path, int(times), tls == "tls")
        case ["attach", port, path]:
            attach(int(port), path)
        case ["starttls", port, certificate, key]:
            starttls(int(port), certificate, key)
        case ["rounds", count, title, path]:
            rounds(int(count), title, path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
