#!/usr/bin/env bash
# telepost beside other programs, in interleaved rounds: downloads and the first screen of large mailboxes, from a
# Dovecot of its own on loopback; and sending, to Postfix's smtp-sink. Prints tables in Markdown.
#
#     cargo build --release && benches/compare.sh [CASE...]
#
# Cases: mbox maildir slow large first-10000 first-100000, and send-one send-1000 send-100-20ms send-50m attach-50m
# starttls; all of them unless some are named. For sending: smtp-sink, and of smtp-source, swaks, msmtp and curl what is
# installed; starttls wants openssl, and signs nobody in. ROUNDS (3) counts the
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
receiving="mbox maildir slow large first-10000 first-100000"
sending="send-one send-1000 send-100-20ms send-50m attach-50m starttls"
if [ ${#cases[@]} -eq 0 ]; then read -ra cases <<<"$receiving $sending"; fi
PATH=$PATH:/usr/sbin:/sbin

wants() { local one; for one in "${cases[@]}"; do case " $1 " in *" $one "*) return 0 ;; esac; done; return 1; }

missing() { printf 'compare.sh: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null; }
if wants "$receiving"; then has dovecot || missing "dovecot is not installed"; fi
if wants "$sending"; then has smtp-sink || missing "smtp-sink is not installed: it comes with Postfix"; fi
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
        if "$python" -c "import socket, sys; s = socket.create_connection(('127.0.0.1', $1), 2); sys.exit(s.recv(3) != b'${2:-+OK}')" 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work"/*.log >&2 || true
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
if wants "$receiving"; then
    dovecot -F -c "$work/dovecot.conf" >"$work/start.log" 2>&1 &
    children+=($!)
    answers "$port"
fi

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

# smtp-sink has no TLS: for STARTTLS a server of compare.py answers, the same for everybody. Started when first wanted.
sink=
start_sink() {
    [ -z "$sink" ] || return 0
    sink=$(free_port)
    # It wants to be told whom to become when it is root.
    local user=()
    if [ "$(id -u)" -eq 0 ]; then user=(-u nobody); fi
    smtp-sink "${user[@]}" -c "127.0.0.1:$sink" 1000 >"$work/sink.log" 2>&1 &
    children+=($!)
    answers "$sink" 220
}

# A whole mail of so many octets, with CRLF line ends.
mail_file() {
    [ -f "$work/$1.eml" ] || "$python" - "$work/$1.eml" "$2" <<'PYTHON'
import sys
path, octets = sys.argv[1], int(sys.argv[2])
line = b"Some words that make up a line of a mail, as long as lines are usually.\r\n"
head = (b"From: ada@example.test\r\nTo: bob@example.test\r\nSubject: Letter\r\n"
        b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@example.test>\r\n\r\n")
with open(path, "wb") as file:
    file.write(head + line * ((octets - len(head)) // len(line)))
PYTHON
}

msmtp_config() {
    printf 'account default\nhost 127.0.0.1\nport %s\nfrom ada@example.test\ndomain bench.example.test\nauth off\n' "$1" >"$work/msmtprc-$2"
    if [ "$2" = tls ]; then printf 'tls on\ntls_starttls on\ntls_trust_file %s\n' "$work/ca.pem" >>"$work/msmtprc-$2"; fi
    chmod 600 "$work/msmtprc-$2"
}

# One prepared mail by everybody. An empty check: a sender whose mail is not taken ends with another status than 0.
send_file() {
    local at=$1 file=$2 times=$3 tls=$4
    local ours="--tls none" swaks=""
    if [ "$tls" = tls ]; then
        ours="--tls require --ca $work/ca.pem" swaks="-tls --tls-ca-path $work/ca.pem --tls-verify"
    fi
    : >"$work/rows"
    row "telepost send --raw" "$telepost send smtp://127.0.0.1:$at $ours --raw $file --envelope-from ada@example.test --envelope-to bob@example.test --count $times" "" true
    row "python smtplib" "$python $here/compare.py smtplib $at $file $times $tls" "" true
    if has curl; then
        # All transfers of one call go over one connection, if the server leaves it open.
        "$python" - "$work/curlrc" "$at" "$file" "$times" "$tls" "$work/ca.pem" <<'PYTHON'
import sys
path, port, file, times, tls, ca = sys.argv[1:]
one = f'url = "smtp://127.0.0.1:{port}"\nmail-from = "ada@example.test"\nmail-rcpt = "bob@example.test"\nupload-file = "{file}"\n'
if tls == "tls":
    one += f'ssl-reqd\ncacert = "{ca}"\n'
with open(path, "w") as out:
    out.write("next\n".join([one] * int(times)))
PYTHON
        row curl "curl -s -S -K $work/curlrc" "" true
    fi
    if [ "$times" -eq 1 ]; then
        if has msmtp; then
            msmtp_config "$at" "$tls"
            row msmtp "msmtp -C $work/msmtprc-$tls bob@example.test <$file" "" true
        fi
        if has swaks; then
            row swaks "swaks --silent 2 --server 127.0.0.1 --port $at $swaks --from ada@example.test --to bob@example.test --data @$file" "" true
        fi
    fi
    if has smtp-source && [ "$tls" = plain ]; then
        row "smtp-source -d" "smtp-source -d -m $times -F $file -f ada@example.test -t bob@example.test 127.0.0.1:$at" "" true
        if [ "$times" -gt 1 ]; then
            row "smtp-source -s 4" "smtp-source -s 4 -m $times -F $file -f ada@example.test -t bob@example.test 127.0.0.1:$at" "" true
            row "telepost, 4 connections" "$telepost send smtp://127.0.0.1:$at $ours --raw $file --envelope-from ada@example.test --envelope-to bob@example.test --count $times --connections 4" "" true
        fi
    fi
}

# A file that becomes an attachment.
send_attachment() {
    local at=$1 file=$2
    : >"$work/rows"
    row "telepost send --attach" "$telepost send smtp://127.0.0.1:$at --tls none --from ada@example.test --to bob@example.test --subject S --body B --attach $file" "" true
    row "python email, smtplib" "$python $here/compare.py attach $at $file" "" true
    if has curl; then
        row "curl -F" "curl -s -S smtp://127.0.0.1:$at --mail-from ada@example.test --mail-rcpt bob@example.test -H 'Subject: S' -F '=B;type=text/plain' -F 'file=@$file;encoder=base64'" "" true
    fi
    if has swaks; then
        row swaks "swaks --silent 2 --server 127.0.0.1 --port $at --from ada@example.test --to bob@example.test --body B --attach @$file" "" true
    fi
}

measure() { "$python" "$here/compare.py" rounds "$rounds" "$1" "$work/rows"; }
version() {
    has "$1" || return 0
    printf ', %s %s' "$1" "$("$@" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+|[0-9]{8}' | head -n 1 || true)"
}

printf '%s, %s, %s CPUs, Linux %s. ' "$(date -u +%F)" "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)"
printf '%s, Python %s' "$("$program" --version)" "$("$python" -V | cut -d' ' -f2)"
version dovecot --version
if has postconf; then printf ', Postfix %s' "$(postconf -dh mail_version 2>/dev/null || true)"; fi
version swaks --version; version msmtp --version
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
    send-one)
        start_sink
        mail_file small 2048
        send_file "$sink" "$work/small.eml" 1 plain
        measure "One mail of 2 KiB to smtp-sink"
        ;;
    send-1000)
        start_sink
        mail_file page 4096
        send_file "$sink" "$work/page.eml" 1000 plain
        measure "1000 mails of 4 KiB to smtp-sink"
        ;;
    send-100-20ms)
        start_sink
        mail_file page 4096
        far=$(free_port)
        "$python" "$here/compare.py" delay "$far" "$sink" 10 &
        children+=($!)
        answers "$far" 220
        send_file "$far" "$work/page.eml" 100 plain
        measure "100 mails of 4 KiB, 20 ms round trip"
        ;;
    send-50m)
        start_sink
        mail_file big $((68 << 20))
        send_file "$sink" "$work/big.eml" 1 plain
        measure "One prepared mail of 68 MiB to smtp-sink"
        ;;
    attach-50m)
        start_sink
        [ -f "$work/blob" ] || head -c $((50 << 20)) /dev/urandom >"$work/blob"
        send_attachment "$sink" "$work/blob"
        measure "A file of 50 MiB as an attachment to smtp-sink"
        ;;
    starttls)
        has openssl || missing "openssl is not installed"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -subj /CN=localhost \
            -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$work/key.pem" -out "$work/ca.pem" 2>"$work/openssl.log"
        safe=$(free_port)
        "$python" "$here/compare.py" starttls "$safe" "$work/ca.pem" "$work/key.pem" &
        children+=($!)
        answers "$safe" 220
        mail_file small 2048
        send_file "$safe" "$work/small.eml" 1 tls
        measure "One mail of 2 KiB over STARTTLS"
        ;;
    *) missing "there is no case $case" ;;
    esac
done
