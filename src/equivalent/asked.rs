//! What a mail asks for beyond being taken, what is done wrong with it on its way and where it is broken off, as options of
//! `telepost send`.

use super::command::Command;
use super::is_tame;
use super::own::value;
use crate::smtp::{DeliverBy, Dsn, Halt, Hold, Late, Leave, Manner, Notify, Ret, Stage, Transfer};

/// All of it; for what has no option, a comment.
pub(super) fn of(manner: &Manner, command: &mut Command) {
    let requests = &manner.requests;
    dsn(&requests.dsn, command);
    if let Some(wanted) = requests.deliver_by {
        value(command, "--deliver-by", deliver_by(wanted));
    }
    match &requests.hold {
        Some(Hold::For(seconds)) => drop(command.option("--hold-for", seconds.to_string())),
        Some(Hold::Until(moment)) => hold_until(moment, command),
        None => {}
    }
    let flaws = manner.flaws;
    let switches = [
        (requests.require_tls, "--require-tls"),
        (manner.transfer == Transfer::Bdat, "--bdat"),
        (flaws.unstuffed, "--fault unstuffed"),
        (flaws.line_ends, "--fault line-ends"),
        (flaws.unannounced, "--fault unannounced"),
        (flaws.oversize, "--fault oversize"),
    ];
    for (_, switch) in switches.into_iter().filter(|(on, _)| *on) {
        match switch.split_once(' ') {
            Some((option, text)) => value(command, option, text),
            None => drop(command.word(switch)),
        }
    }
    if let Some(end) = manner.halt {
        halt(end, command);
    }
}

fn dsn(dsn: &Dsn, command: &mut Command) {
    match dsn.notify {
        Some(Notify::Never) => value(command, "--dsn-notify", "never"),
        Some(Notify::On { success, failure, delay }) => {
            let words = [(success, "success"), (failure, "failure"), (delay, "delay")];
            let words: Vec<&str> = words.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
            value(command, "--dsn-notify", words.join(","));
        }
        None => {}
    }
    let ret = dsn.ret.map(|ret| if ret == Ret::Full { "full" } else { "hdrs" });
    command.maybe("--dsn-ret", ret);
    match &dsn.envid {
        Some(id) if is_tame(id) && !id.is_empty() => value(command, "--dsn-envid", id),
        Some(_) => drop(command.note("not in this command: ENVID (DSN)")),
        None => {}
    }
    if dsn.orcpt {
        command.word("--dsn-orcpt");
    }
}

fn deliver_by(wanted: DeliverBy) -> String {
    let late = if wanted.late == Late::Return { ";return" } else { "" };
    let trace = if wanted.trace { ";trace" } else { "" };
    format!("{}{late}{trace}", wanted.seconds)
}

/// The option takes a moment and nothing else.
fn hold_until(moment: &str, command: &mut Command) {
    if moment.parse::<jiff::Timestamp>().is_ok_and(|read| read.to_string() == moment) {
        value(command, "--hold-until", moment);
    } else {
        command.note("not in this command: HOLDUNTIL (FUTURERELEASE)");
    }
}

fn halt(halt: Halt, command: &mut Command) {
    match (halt.how, halt.after) {
        (Leave::Quit, Stage::Greeting | Stage::Hello | Stage::Tls | Stage::Auth | Stage::Mail | Stage::Rcpt) => {
            value(command, "--stop-after", halt.after.word());
        }
        (Leave::Drop, after) if !matches!(after, Stage::Lookup | Stage::Done) => {
            value(command, "--drop-after", after.word());
        }
        (how, after) => {
            let what = if how == Leave::Quit { "QUIT" } else { "the drop of the line" };
            command.note(format!("not in this command: {what} after {}", after.word()));
        }
    }
}
