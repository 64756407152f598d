//! A text on its way to the clipboard: one route after the other, until one takes it.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::clipboard::{self, Route};
use super::effects::{Answer, Hands};
use super::files;
use crate::app::Message;
use crate::config::paths;

/// How long tmux may take.
const TMUX: Duration = Duration::from_secs(2);

impl Hands {
    /// Tries the first of `routes`. `Some` when nothing is left to try.
    pub(super) fn copy(&mut self, text: String, mut routes: Vec<Route>, why: Option<String>) -> Option<Message> {
        if routes.is_empty() {
            return Some(Message::Copied(Err(why.unwrap_or_default())));
        }
        match routes.remove(0) {
            Route::Native => self.copy_to_desktop(text, routes),
            Route::Terminal { tmux } => self.copy_to_terminal(text, routes, tmux),
            Route::File => self.copy_to_file(text),
        }
        None
    }

    fn copy_to_desktop(&mut self, text: String, left: Vec<Route>) {
        let (answers, done) = (self.answers.clone(), self.clipboard.copy(text.clone()));
        tokio::spawn(async move {
            let result = done.await.unwrap_or_else(|_| Err("the clipboard's thread ended".to_owned()));
            let result = result.map(|()| "the system clipboard".to_owned());
            // The loop may have ended.
            let _ = answers.send(Answer::Copied { text, left, result });
        });
    }

    fn copy_to_terminal(&mut self, text: String, left: Vec<Route>, tmux: bool) {
        let written = self.screen.send(&clipboard::osc_52(&text)).map_err(|error| error.to_string());
        let answers = self.answers.clone();
        tokio::spawn(async move {
            let loaded = tmux && load_tmux_buffer(&text).await;
            let way = if loaded { "OSC 52 and tmux" } else { "OSC 52" };
            let result = written.map(|()| way.to_owned());
            let _ = answers.send(Answer::Copied { text, left, result });
        });
    }

    fn copy_to_file(&mut self, text: String) {
        let folder = self.surroundings.paths.as_ref().map(|paths| paths.state.clone());
        let answers = self.answers.clone();
        tokio::task::spawn_blocking(move || {
            let folder = folder.unwrap_or_else(std::env::temp_dir);
            let written = paths::create_private(&folder)
                .and_then(|()| files::write_new(&folder.join("copy.txt"), text.as_bytes()));
            let result = written
                .map(|path| format!("file {} (no clipboard takes it from here)", path.display()))
                .map_err(|error| error.to_string());
            let _ = answers.send(Answer::Copied { text, left: Vec::new(), result });
        });
    }
}

/// `tmux load-buffer -w -`: into tmux's own buffer, and from there to the terminal outside.
async fn load_tmux_buffer(text: &str) -> bool {
    let mut command = Command::new("tmux");
    command.args(["load-buffer", "-w", "-"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let load = async {
        let mut child = command.spawn().ok()?;
        let mut stdin = child.stdin.take()?;
        stdin.write_all(text.as_bytes()).await.ok()?;
        drop(stdin);
        child.wait().await.ok().filter(ExitStatus::success)
    };
    tokio::time::timeout(TMUX, load).await.is_ok_and(|status| status.is_some())
}
