//! telepost: a terminal workbench for mail conversations.

pub mod app;
pub mod cli;
pub mod config;
pub mod connection;
pub mod explain;
pub mod keymap;
pub mod layout;
pub mod mail;
pub mod pop3;
pub mod run;
pub mod sandbox;
pub mod smtp;
pub mod terminal;
pub mod theme;
pub mod transcript;
pub mod ui;
pub mod wire;
