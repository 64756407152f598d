//! telepost: a terminal workbench for mail conversations.

pub mod explain;
pub mod mail;
pub mod pop3;
pub mod sandbox;
pub mod smtp;
pub mod transcript;
pub mod wire;
