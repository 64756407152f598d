//! `telepost mailbox delete`: all or nothing. The messages are found in the same session, marked, and QUIT makes it
//! final; when one cannot be marked, the line is closed without QUIT, which keeps all of them (RFC 1939 6).

use serde_json::{Value, json};

use super::Common;
use super::access::{Access, refusal};
use crate::cli::{Status, Trouble, block_on, print, print_json};
use crate::pop3::{Ending, Line, Notice, Verb, Verdict};
use crate::wire::printable;

/// Which messages.
#[derive(Debug, clap::Args)]
#[command(override_usage = "telepost mailbox delete [OPTIONS] URL N|UIDL...\n       \
                            telepost mailbox delete [OPTIONS] --profile NAME N|UIDL...")]
pub struct Args {
    /// The server, pop3:// or pop3s://, with user@ before the host and :port behind it if wanted, unless --profile names one; then numbers of messages in
    /// this session, or UIDLs
    #[arg(value_name = "URL N|UIDL", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// Deletes them.
pub fn run(args: &Args) -> Result<(), Trouble> {
    let (url, messages) = args.common.url_and_messages(&args.words)?;
    let visit = args.common.visit(url, "mailbox delete")?;
    block_on(async {
        let mut access = Access::open(visit, &args.common.output).await?;
        let marked = mark(&mut access, messages).await;
        let numbers = match marked {
            Ok(numbers) => numbers,
            Err(trouble) => return Err(access.give_up(trouble).await),
        };
        let named: Vec<(u32, Option<String>)> =
            numbers.iter().map(|number| (*number, access.ids.get(*number).map(str::to_owned))).collect();
        let facts = args.common.output.json.then(|| access.facts());
        let ending = access.quit().await?;
        verdict(ending.as_ref())?;
        tell(&named, ending.as_ref(), facts)
    })
}

/// Marks every one. On any error the caller drops the line.
async fn mark(access: &mut Access, names: &[String]) -> Result<Vec<u32>, Trouble> {
    access.listing().await?;
    let numbers = resolve(access, names)?;
    for number in &numbers {
        access.line(Line::numbered(Verb::Dele, *number));
    }
    let mut left = numbers.len();
    while left > 0 {
        match access.next().await? {
            Notice::Marked(_) => left -= 1,
            Notice::Replied { verb: Verb::Dele, number, response, .. } if !response.is_ok() => {
                let trouble = refusal(&format!("DELE {}", number.unwrap_or_default()), &response);
                return Err(trouble.advise("nothing was deleted: the line was closed without QUIT"));
            }
            Notice::Dropped { why, .. } => return Err(Trouble::new(Status::Internal, why)),
            _ => {}
        }
    }
    Ok(numbers)
}

fn resolve(access: &Access, names: &[String]) -> Result<Vec<u32>, Trouble> {
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        let number = access.find(name)?;
        if let Some(other) = access.ids.named(name).find(|other| *other != number) {
            let what = format!("{name} is the number of one message and the unique-id of another, {other}");
            let advice = "name it in the other way; nothing was deleted";
            return Err(Trouble::new(Status::Refused, what).advise(advice));
        }
        if numbers.contains(&number) {
            let what = format!("{name} names message {number} a second time");
            return Err(Trouble::usage(what, "name each message once; nothing was deleted"));
        }
        numbers.push(number);
    }
    Ok(numbers)
}

/// What the answer to QUIT means for the exit status.
pub(super) fn verdict(ending: Option<&Ending>) -> Result<(), Trouble> {
    let response = ending.and_then(|ending| ending.response.as_ref());
    let said = response.map(|response| format!(" (the server answered {response})")).unwrap_or_default();
    match ending.map(|ending| ending.verdict) {
        Some(Verdict::Committed) => Ok(()),
        Some(Verdict::Refused) => {
            let status = response.map_or(Status::Refused, Status::of_response);
            let what = format!("QUIT was refused{said}: some of the messages may be deleted, some not");
            Err(Trouble::new(status, what).advise("telepost mailbox list shows which are left"))
        }
        Some(Verdict::Unknown) => {
            let what = format!("no answer came to QUIT{said}: the messages may be deleted or not");
            Err(Trouble::new(Status::Unknown, what).advise("telepost mailbox list shows which are left"))
        }
        Some(Verdict::Kept) | None => {
            let what = format!("the line went away before QUIT{said}: nothing was deleted");
            Err(Trouble::new(Status::Broken, what).advise("connect again and repeat it"))
        }
    }
}

fn tell(named: &[(u32, Option<String>)], ending: Option<&Ending>, facts: Option<Value>) -> Result<(), Trouble> {
    let answer = ending.and_then(|ending| ending.response.as_ref()).map(ToString::to_string).unwrap_or_default();
    let answer = printable::text(&answer);
    if let Some(mut object) = facts {
        let message = |(number, uidl): &(u32, Option<String>)| json!({ "number": number, "uidl": uidl.as_deref().map(printable::text) });
        let messages: Vec<_> = named.iter().map(message).collect();
        object["outcome"] = json!("deleted");
        object["exit"] = json!(0);
        object["messages"] = json!(messages);
        object["answer"] = json!(answer);
        object["explanation"] = json!("");
        object["advice"] = Value::Null;
        return print_json(&object);
    }
    let line = |(number, uidl): &(u32, Option<String>)| {
        format!("deleted {number}\t{}\n", printable::text(uidl.as_deref().unwrap_or("-")))
    };
    let lines: String = named.iter().map(line).collect();
    print(&format!("{lines}QUIT: {answer}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pop3::Response;

    #[test]
    fn the_answer_to_quit_decides() {
        let ending = |verdict, line: Option<&[u8]>| {
            Some(Ending { marks: vec![1], verdict, response: line.and_then(Response::parse) })
        };
        for (ending, status) in [
            (ending(Verdict::Refused, Some(b"-ERR some left")), Status::Refused),
            (ending(Verdict::Refused, Some(b"-ERR [SYS/TEMP] disk")), Status::Deferred),
            (ending(Verdict::Unknown, None), Status::Unknown),
            (ending(Verdict::Kept, None), Status::Broken),
            (None, Status::Broken),
        ] {
            assert_eq!(verdict(ending.as_ref()).unwrap_err().status, status, "{ending:?}");
        }
        assert_eq!(verdict(ending(Verdict::Committed, Some(b"+OK")).as_ref()), Ok(()));
    }
}
