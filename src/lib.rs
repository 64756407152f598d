//! telepost: a terminal workbench for mail conversations.

pub mod smtp;
pub mod wire;
