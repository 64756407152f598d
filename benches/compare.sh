#!/usr/bin/env bash
# The POP3 side of telepost beside other programs: downloads and the first screen of large mailboxes, from a Dovecot of
# its own on loopback, in interleaved rounds. Prints tables in Markdown.
#
#     cargo build --release && benches/compare.sh [CASE...]
#
# Cases: mbox maildir slow large first-10000 first-100000; all of them unless some are named. ROUNDS (3) counts the
# rounds, COUNT (10000) the messages of a download, LIMIT (60) the seconds of one command, PROGRAM names the telepost,
# WORK the folder (a new one in memory). Wants Linux, dovecot and python3.11; of mpop, fetchmail, getmail, curl, alpine
# and neomutt what is installed. As root Dovecot
# runs as usual, else everything runs as the person who calls. Nothing is left behind.
set -euo pipefail
cd "$(dirname "$0")/.."

here=$PWD/benches
program=${PROGRAM:-$PWD/target/release/telepost}
rounds=${ROUNDS:-3}
count=${COUNT:-10000}
cases=("$@")
if [ ${#cases[@]} -eq 0 ]; then cases=(mbox maildir slow large first-10000 first-100000); fi

missing() { printf 'compare.sh: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null; }
has dovecot || missing "dovecot is not installed"
python=$(python3 -c 'import sys; print(sys.executable)') || missing "python3 is not installed"
[ -x "$program" ] || missing "$program is not there: cargo build --release"

base=/dev/shm
[ -w "$base" ] || base=${TMPDIR:-/tmp}
work=${WORK:-$(mktemp -d "$base/telepost-compare-XXXXXX")}
mkdir -p "$work"/{mail,run,home,out}
chmod 755 "$work"
children=()
cleanup() {
    for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
    wait 2>/dev/null || true
    [ -n "${WORK:-}" ] || rm -rf "$work"
}
trap cleanup EXIT INT TERM

free_port() { "$python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
answers() {
    for _ in $(seq 100); do
        if "$python" -c "import socket, sys; s = socket.create_connection(('127.0.0.1', $1), 2); sys.exit(s.recv(3) != b'+OK')" 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work/dovecot.log" >&2 || true
    missing "nothing answers on port $1"
}

# A mailbox of so many messages of so many octets, as Maildir. Dovecot reads sizes from the names.
fill() {
    local user=$1 messages=$2 octets=$3
    [ -d "$work/mail/$user/Maildir/cur" ] && return
    "$python" - "$work/mail/$user/Maildir" "$messages" "$octets" <<'PYTHON'
import os, sys
folder, messages, octets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for part in ("cur", "new", "tmp"):
    os.makedirs(f"{folder}/{part}")
line = "Some words that make up a line of a mail, as long as lines are usually.\n"
for number in range(1, messages + 1):
    head = (f"From: Ada <ada@example.test>\nTo: bench@example.test\nSubject: Letter {number}\n"
            f"Date: Sun, 22 Nov 2026 12:00:00 +0000\nMessage-ID: <{number}@example.test>\n\n")
    mail = head + line * ((octets - len(head)) // len(line))
    size = f"S={len(mail)},W={len(mail) + mail.count(chr(10))}"
    with open(f"{folder}/cur/{1700000000 + number}.M{number}P1.bench,{size}:2,", "w") as file:
        file.write(mail)
PYTHON
    if [ "$(id -u)" -eq 0 ]; then chown -R "$owner" "$work/mail/$user"; fi
}

# Who owns the mail: a number without an account when root starts Dovecot, which drops its rights; else ourselves.
if [ "$(id -u)" -eq 0 ]; then
    owner=10800:10800 rights=
else
    owner=$(id -u):$(id -g) name=$(id -un) group=$(id -gn)
    rights="default_internal_user = $name
default_login_user = $name
default_internal_group = $group
service anvil {
  chroot =
}
service pop3-login {
  chroot =
}"
fi
uid=${owner%:*} gid=${owner#*:}
port=$(free_port)
cat >"$work/dovecot.conf" <<CONF
protocols = pop3
listen = 127.0.0.1
base_dir = $work/run
state_dir = $work/run
log_path = $work/dovecot.log
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:$work/mail/%n/Maildir
mail_max_userip_connections = 0
$rights
passdb {
  driver = static
  args = password=pw
}
userdb {
  driver = static
  args = uid=$uid gid=$gid home=$work/mail/%n
}
service pop3-login {
  inet_listener pop3 {
    port = $port
  }
  inet_listener pop3s {
    port = 0
  }
}
CONF
dovecot -F -c "$work/dovecot.conf" >"$work/start.log" 2>&1 &
children+=($!)
answers "$port"

export OUT=$work/out/stdout TELEPOST_PASSWORD=pw HOME=$work/home
for name in CONFIG STATE CACHE DATA; do export "XDG_${name}_HOME=$work/home"; done
out=$work/out
telepost="$program"
plain="--allow-plain-auth"

# name TAB command TAB what to remove before TAB check; for a terminal also text TAB keys
row() { printf '%s\t%s\t%s\t%s\n' "$@" >>"$work/rows"; }
screen_row() { (IFS=$'\t'; printf '%s\n' "$*") >>"$work/rows"; }
in_mbox() { printf 'test "$(grep -c "^%s" %s)" -eq %s' "$1" "$2" "$3"; }
in_maildir() { printf 'test "$(find %s/new %s/cur -type f | wc -l)" -eq %s' "$1" "$1" "$2"; }

mpop_config() {
    local user=$1 at=$2 delivery=$3
    printf 'account default\nhost 127.0.0.1\nport %s\nuser %s\npassword pw\ntls off\nauth user\nkeep on\nonly_new off\nreceived_header off\nuidls_file %s/mpop.uidls\ndelivery %s\n' \
        "$at" "$user" "$out" "$delivery" >"$work/mpop-${delivery%% *}-$at-$user"
    chmod 600 "$work/mpop-${delivery%% *}-$at-$user"
}

# All of a mailbox into one mbox file, by everybody who can.
into_mbox() {
    local user=$1 at=$2 messages=$3 from="From "
    : >"$work/rows"
    row "telepost fetch --mbox" "$telepost fetch pop3://$user@127.0.0.1:$at $plain --mbox $out/tp.mbox" \
        "$out/tp.mbox $work/home/telepost" "$(in_mbox "$from" "$out/tp.mbox" "$messages")"
    row "python poplib" "$python $here/compare.py poplib $at $user $out/py.mbox" "$out/py.mbox" \
        "$(in_mbox "$from" "$out/py.mbox" "$messages")"
    if has mpop; then
        mpop_config "$user" "$at" "mbox $out/mpop.mbox"
        row mpop "mpop -C $work/mpop-mbox-$at-$user -q" "$out/mpop.mbox $out/mpop.uidls" \
            "$(in_mbox "$from" "$out/mpop.mbox" "$messages")"
    fi
    if has curl; then
        row "curl (raw, no mbox)" "curl -s -u $user:pw pop3://127.0.0.1:$at/[1-$messages]" "" \
            "$(in_mbox "Message-ID:" "$OUT" "$messages")"
    fi
    if has fetchmail; then
        printf "set no bouncemail\nset pidfile '%s/fetchmail.pid'\nset idfile '%s/fetchmail.ids'\npoll 127.0.0.1 service %s protocol pop3 no dns user '%s' password 'pw' keep fetchall sslproto '' bsmtp '%s/fetchmail.bsmtp'\n" \
            "$work" "$work" "$at" "$user" "$out" >"$work/fetchmailrc"
        chmod 600 "$work/fetchmailrc"
        row "fetchmail --bsmtp" "fetchmail -f $work/fetchmailrc -s" "$out/fetchmail.bsmtp" \
            "$(in_mbox "MAIL FROM" "$out/fetchmail.bsmtp" "$messages")"
    fi
    if has neomutt; then
        printf "set folder=%s pop_pass=pw pop_authenticators=user ssl_starttls=no ssl_force_tls=no pop_checkinterval=0 quit=yes pop_delete=no message_cachedir='' header_cache='' confirmappend=no confirmcreate=no sleep_time=0 wait_key=no mail_check=600\npush '<tag-pattern>~A<enter><tag-prefix><copy-message>%s/mutt.mbox<enter><exit>'\n" \
            "$out" "$out" >"$work/muttrc"
        screen_row neomutt "TERM=xterm exec neomutt -n -F $work/muttrc -f pop://$user@127.0.0.1:$at/" \
            "$out/mutt.mbox" "$(in_mbox "$from" "$out/mutt.mbox" "$messages")" "" ""
    fi
}

into_maildir() {
    local user=$1 at=$2 messages=$3
    : >"$work/rows"
    row "telepost fetch --maildir" "$telepost fetch pop3://$user@127.0.0.1:$at $plain --maildir $out/tp" \
        "$out/tp $work/home/telepost" "$(in_maildir "$out/tp" "$messages")"
    if has mpop; then
        mpop_config "$user" "$at" "maildir $out/mpop"
        row mpop "mkdir -p $out/mpop/cur $out/mpop/new $out/mpop/tmp && mpop -C $work/mpop-maildir-$at-$user -q" \
            "$out/mpop $out/mpop.uidls" "$(in_maildir "$out/mpop" "$messages")"
    fi
    # getmail refuses to write as root.
    if has getmail && [ "$(id -u)" -ne 0 ]; then
        mkdir -p "$work/getmail"
        printf '[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = %s\nusername = %s\npassword = pw\n[destination]\ntype = Maildir\npath = %s/getmail/\n[options]\nread_all = true\ndelete = false\nverbose = 0\ndelivered_to = false\nreceived = false\n' \
            "$at" "$user" "$out" >"$work/getmail/rc"
        chmod -R go= "$work/getmail"
        row getmail6 "mkdir -p $out/getmail/cur $out/getmail/new $out/getmail/tmp && getmail -g $work/getmail -r rc" \
            "$out/getmail" "$(in_maildir "$out/getmail" "$messages")"
    fi
}

# What a person waits for when a mailbox is opened.
first_screen() {
    local user=$1 messages=$2
    : >"$work/rows"
    row "telepost mailbox list --limit 50" "$telepost mailbox list pop3://$user@127.0.0.1:$port $plain --limit 50" "" \
        "test \"\$(grep -c 'Letter' $OUT)\" -eq 50"
    row "python poplib: STAT, LIST, UIDL, 50 TOP" "$python $here/compare.py first $port $user" "" \
        "test \"\$(grep -c 'Letter' $OUT)\" -eq 50"
    if has curl; then
        row "curl: LIST alone, no header" "curl -s -u $user:pw pop3://127.0.0.1:$port/" "" \
            "test \"\$(wc -l <$OUT)\" -eq $messages"
    fi
    if has alpine; then
        printf "personal-name=A\nuser-domain=example.test\ninbox-path={127.0.0.1:%s/pop3/user=%s/notls/novalidate-cert}INBOX\nfeature-list=quit-without-confirm,suppress-user-lookup-in-password\nlast-version-used=9.99\n" \
            "$port" "$user" >"$work/pinerc"
        screen_row "alpine (headers of 35)" "TERM=xterm exec alpine -p $work/pinerc -i" "" true PASSWORD 'pw\r' Preserve n "Letter 30 " q
    fi
    if has neomutt && [ "$messages" -le 10000 ]; then
        printf "set folder=%s pop_pass=pw pop_authenticators=user ssl_starttls=no ssl_force_tls=no quit=yes pop_delete=no message_cachedir='' header_cache='' sleep_time=0 wait_key=no read_inc=0\n" \
            "$out" >"$work/muttrc-first"
        screen_row "neomutt (every header)" "TERM=xterm exec neomutt -n -F $work/muttrc-first -f pop://$user@127.0.0.1:$port/" \
            "" true "Msgs:$messages" q
    fi
}

measure() { "$python" "$here/compare.py" rounds "$rounds" "$1" "$work/rows"; }
version() {
    has "$1" || return 0
    printf ', %s %s' "$1" "$("$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+|[0-9]{8}' | head -n 1 || true)"
}

printf '%s, %s, %s CPUs, Linux %s. ' "$(date -u +%F)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)"
printf '%s, Dovecot %s, Python %s' "$("$program" --version)" "$(dovecot --version | cut -d' ' -f1)" "$("$python" -V | cut -d' ' -f2)"
version mpop --version; version fetchmail --version; version getmail --version; version curl --version; version neomutt -v
printf '. Medians of %s interleaved rounds.\n' "$rounds"

for case in "${cases[@]}"; do
    case $case in
    mbox)
        fill many "$count" 4096
        into_mbox many "$port" "$count"
        measure "Download of $count messages of 4 KiB into an mbox file"
        ;;
    maildir)
        fill many "$count" 4096
        into_maildir many "$port" "$count"
        measure "Download of $count messages of 4 KiB into a Maildir"
        ;;
    slow)
        fill thousand 1000 4096
        far=$(free_port)
        "$python" "$here/compare.py" delay "$far" "$port" 10 &
        children+=($!)
        answers "$far"
        into_mbox thousand "$far" 1000
        rounds=$((rounds < 3 ? rounds : 3)) measure "Download of 1000 messages of 4 KiB, 20 ms round trip"
        ;;
    large)
        fill large 1 $((64 << 20))
        into_mbox large "$port" 1
        row "telepost mailbox show --raw" "$telepost mailbox show pop3://large@127.0.0.1:$port $plain 1 --raw" "" \
            "$(in_mbox "Message-ID:" "$OUT" 1)"
        measure "Download of one message of 64 MiB"
        ;;
    first-10000)
        fill many10000 10000 4096
        first_screen many10000 10000
        measure "First screen of 10000 messages"
        ;;
    first-100000)
        fill many100000 100000 512
        first_screen many100000 100000
        measure "First screen of 100000 messages"
        ;;
    *) missing "there is no case $case" ;;
    esac
done
