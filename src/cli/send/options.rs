//! The options of `telepost send`: the mail itself, how many, and where it ends on purpose.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::batch::Rate;
use crate::smtp::{Halt, Leave, Stage};

/// Where a conversation is ended on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stop {
    /// When TCP stands; nothing is said
    Connect,
    /// After the greeting: QUIT
    Greeting,
    /// After EHLO, LHLO or HELO: QUIT
    Helo,
    /// After STARTTLS and the hello behind it: QUIT
    Tls,
    /// After signing in: QUIT
    Auth,
    /// After MAIL FROM: QUIT
    Mail,
    /// After the last RCPT TO: QUIT
    Rcpt,
    /// After the 354 to DATA: the line is closed without a body, as nothing else keeps the mail from being taken
    Data,
}

/// Where the line is closed on purpose, without QUIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cut {
    /// When TCP stands
    Connect,
    /// After the greeting
    Greeting,
    /// After EHLO, LHLO or HELO
    Helo,
    /// After STARTTLS and the hello behind it
    Tls,
    /// After signing in
    Auth,
    /// After MAIL FROM
    Mail,
    /// After the last RCPT TO
    Rcpt,
    /// After the 354 to DATA
    Data,
    /// In the middle of the body
    Body,
    /// After the final dot, its answer not awaited: the mail may be taken or not
    Dot,
}

impl Stop {
    /// As the engine wants it.
    pub fn halt(self) -> Halt {
        let (after, how) = match self {
            Self::Connect => (Stage::Connect, Leave::Drop),
            Self::Greeting => (Stage::Greeting, Leave::Quit),
            Self::Helo => (Stage::Hello, Leave::Quit),
            Self::Tls => (Stage::Tls, Leave::Quit),
            Self::Auth => (Stage::Auth, Leave::Quit),
            Self::Mail => (Stage::Mail, Leave::Quit),
            Self::Rcpt => (Stage::Rcpt, Leave::Quit),
            Self::Data => (Stage::Data, Leave::Drop),
        };
        Halt { after, how }
    }
}

impl Cut {
    /// As the engine wants it.
    pub fn halt(self) -> Halt {
        let after = match self {
            Self::Connect => Stage::Connect,
            Self::Greeting => Stage::Greeting,
            Self::Helo => Stage::Hello,
            Self::Tls => Stage::Tls,
            Self::Auth => Stage::Auth,
            Self::Mail => Stage::Mail,
            Self::Rcpt => Stage::Rcpt,
            Self::Data => Stage::Data,
            Self::Body => Stage::Body,
            Self::Dot => Stage::FinalDot,
        };
        Halt { after, how: Leave::Drop }
    }
}

/// The mail itself.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Mail")]
pub struct MailArgs {
    /// Sender, such as "Ada <ada@example.org>"
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// Recipient; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    /// Recipients from a file, one a line, or from standard input (-); lines that start with # are comments
    #[arg(long, value_name = "FILE")]
    pub to_file: Option<PathBuf>,
    /// Recipient of a copy; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub cc: Vec<String>,
    /// Recipient that no header names; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub bcc: Vec<String>,
    /// Where answers go, if not to the sender (Reply-To)
    #[arg(long, value_name = "ADDRESS")]
    pub reply_to: Option<String>,
    /// The Subject header
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// The text of the mail
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub body: Option<String>,
    /// Read the text from a file, or from standard input (-)
    #[arg(long, value_name = "FILE")]
    pub body_file: Option<PathBuf>,
    /// The text is Markdown: it goes out as it is, and as HTML beside it
    #[arg(long)]
    pub markdown: bool,
    /// Text that is not ASCII goes as it is, in 8bit, where the server announces 8BITMIME
    #[arg(long)]
    pub eight_bit: bool,
    /// Attach a file; may be repeated
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// Attach a file that is shown with the text; may be repeated
    #[arg(long, value_name = "FILE")]
    pub inline: Vec<PathBuf>,
    /// A further header, `Name: value`; may be repeated
    #[arg(long, value_name = "HEADER")]
    pub header: Vec<String>,
    /// Begin with this draft or template of the form (a .json file; `telepost paths` says where they lie); the other
    /// options go over it
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Sign with this private key (DKIM), RSA or Ed25519 in PEM
    #[arg(long, value_name = "FILE", requires_all = ["dkim_domain", "dkim_selector"])]
    pub dkim_key: Option<PathBuf>,
    /// Domain of the signature (its d= tag)
    #[arg(long, value_name = "DOMAIN", requires = "dkim_key")]
    pub dkim_domain: Option<String>,
    /// Selector of the signature (its s= tag)
    #[arg(long, value_name = "SELECTOR", requires = "dkim_key")]
    pub dkim_selector: Option<String>,
    /// Do this wrong on purpose; may be repeated, or be a list with commas
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = super::faults::parser())]
    pub fault: Vec<String>,
    /// Send this whole mail, headers and all, from a file or from standard input (-): line ends become CRLF, dots are
    /// stuffed, nothing else is touched
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "from", "to", "to_file", "cc", "bcc", "reply_to", "subject", "body", "body_file", "markdown", "attach",
            "eight_bit", "inline", "header", "template", "csv",
        ]
    )]
    pub raw: Option<PathBuf>,
    /// Say this in MAIL FROM instead of the address in From; empty for the null sender, <>
    #[arg(long, value_name = "ADDRESS")]
    pub envelope_from: Option<String>,
    /// Say this in RCPT TO instead of the addresses in To, Cc and Bcc; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub envelope_to: Vec<String>,
    /// The same as --envelope-to, from a file, one a line, or from standard input (-)
    #[arg(long, value_name = "FILE")]
    pub envelope_to_file: Option<PathBuf>,
}

/// How many mails, how fast, and over how many connections.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Many mails")]
pub struct ManyArgs {
    /// Send it so many times, each with its own Message-ID
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub count: u64,
    /// One mail for each recipient (with that one in RCPT TO), instead of one mail to all of them
    #[arg(long)]
    pub each: bool,
    /// One mail for each row of this file: its first row names fields, and {{name}} in addresses, subject, text and
    /// headers stands for a value ({{{{ for two braces)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "each"])]
    pub csv: Option<PathBuf>,
    /// Start at most so many mails a second or a minute, evenly: 10/s, 300/min
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
    /// So many connections side by side
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub connections: u16,
    /// End each connection after so many mails, and open another
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub per_connection: Option<u64>,
    /// Write the result of each mail to this new file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// DATA for every mail; without this, several mails go by BDAT where the server announces CHUNKING and PIPELINING
    #[arg(long)]
    pub data: bool,
}

/// Where the conversation ends on purpose.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Ending on purpose")]
pub struct EndArgs {
    /// End the conversation at this stage, politely (QUIT) where that delivers nothing
    #[arg(long, value_enum, value_name = "STAGE", conflicts_with_all = ["count", "each", "csv"])]
    pub stop_after: Option<Stop>,
    /// Close the line without QUIT at this stage
    #[arg(long, value_enum, value_name = "STAGE", conflicts_with_all = ["count", "each", "csv", "stop_after"])]
    pub drop_after: Option<Cut>,
}

impl EndArgs {
    /// Where, and how.
    pub fn halt(&self) -> Option<Halt> {
        self.stop_after.map(Stop::halt).or_else(|| self.drop_after.map(Cut::halt))
    }
}
