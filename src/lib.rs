//! telepost: a terminal workbench for mail conversations. ARCHITECTURE.md tells more.
//!
//! | room | duty |
//! |---|---|
//! | [`wire`] | bytes: framing, dot-stuffing, printable form, masking, limits, the [`wire::Engine`] seam |
//! | [`sasl`] | signing in: mechanisms as challenge and response, and the choice among them |
//! | [`smtp`], [`pop3`] | the protocol engines, without sockets and clocks |
//! | [`mail`] | a draft becomes octets, octets become a view |
//! | [`batch`] | many mails: which ones, when each may start, what became of them |
//! | [`download`] | a maildrop comes home: what is asked for, and onto the disk so that nothing is lost |
//! | [`drafts`] | unsent mails and templates on disk |
//! | [`sent`] | copies of sent mails on disk, and the addresses they went to |
//! | [`ledger`] | what is remembered of a maildrop between sessions |
//! | [`verify`] | DKIM, SPF result, DMARC alignment, by library and only on request |
//! | [`explain`] | what a reply means and what to do |
//! | [`steps`] | the proper commands from here to the end, to be sent one by one |
//! | [`script`], [`sessions`] | conversations as a line language; kept on disk, and compared |
//! | [`lesson`] | lessons: files, progress, what was reached |
//! | [`equivalent`] | the same conversation as a command line of another tool |
//! | [`transcript`] | every byte of both conversations: bounded, searchable, exportable |
//! | [`connection`] | the one task that owns the sockets: names, proxies, TLS; requests in, reports out |
//! | [`sandbox`] | the embedded SMTP and POP3 server on loopback, with TLS and faults on demand |
//! | [`app`] | the state and `update`: messages in, effects out |
//! | [`ui`] | `&App` becomes cells |
//! | [`keymap`], [`layout`], [`theme`] | keys to actions, sizes to rectangles, meanings to styles |
//! | [`config`] | settings files, profiles, where secrets are, environment, folders, URLs |
//! | [`terminal`], [`run`] | taking the terminal and giving it back; the loop and its effects |
//! | [`cli`] | the command line, one file a subcommand |
//!
//! A key goes [`run`] → [`app::App::update`] → [`keymap`] → [`app::Effect`] → [`connection::Request`] → engine → wire.
//! A reply comes back wire → engine → [`transcript::Record`] and notice → [`connection::Report`] →
//! [`app::App::update`] → [`ui::render`] → frame.

pub mod app;
pub mod batch;
pub mod cli;
pub mod config;
pub mod connection;
pub mod download;
pub mod drafts;
pub mod equivalent;
pub mod explain;
pub mod keymap;
pub mod layout;
pub mod ledger;
pub mod lesson;
pub mod mail;
pub mod pop3;
pub mod run;
pub mod sandbox;
pub mod sasl;
pub mod script;
pub mod sent;
pub mod sessions;
pub mod smtp;
pub mod steps;
pub mod terminal;
pub mod theme;
pub mod transcript;
pub mod ui;
pub mod verify;
pub mod wire;
