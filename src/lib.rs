//! telepost: a terminal workbench for mail conversations.

pub mod wire;
