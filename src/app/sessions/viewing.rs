//! A saved session in the transcript pane, in place of the live conversation, which goes on out of sight. Nothing is
//! added to it but notes, and those go into its file.

use jiff::Zoned;

use super::Ask;
use crate::app::App;
use crate::app::transcript::TranscriptPane;
use crate::layout::Pane;
use crate::sessions::{Name, Session};
use crate::transcript::Transcript;
use crate::transcript::export::Header;
use crate::wire::Side;

/// The session that is looked at.
#[derive(Debug)]
pub(crate) struct Viewed {
    pub(crate) name: Name,
    header: Header,
    started: Zoned,
    /// Rows of both protocols are in it.
    pub(crate) both_sides: bool,
    /// The live conversation.
    live: TranscriptPane,
    /// Of the transcript, when its notes were last kept.
    kept: u64,
}

impl App {
    /// The live conversation, whatever is shown.
    pub fn live(&self) -> &Transcript {
        self.sessions.viewed.as_ref().map_or(&self.transcript.store, |viewed| &viewed.live.store)
    }

    pub(in crate::app) fn live_pane(&mut self) -> &mut TranscriptPane {
        match &mut self.sessions.viewed {
            Some(viewed) => &mut viewed.live,
            None => &mut self.transcript,
        }
    }

    /// The saved session that is shown.
    pub(crate) fn viewed_session(&self) -> Option<&Viewed> {
        self.sessions.viewed.as_deref()
    }

    /// When, and with whom, if what is shown is a saved session.
    pub fn shown_header(&self) -> Option<&Header> {
        self.viewed_session().map(|viewed| &viewed.header)
    }

    /// When the clock of the transcript that is shown stood at zero.
    pub(crate) fn shown_start(&self) -> &Zoned {
        self.viewed_session().map_or(&self.started.wall, |viewed| &viewed.started)
    }

    pub(crate) fn transcript_title(&self) -> String {
        match self.viewed_session() {
            Some(viewed) => format!("2 Transcript read-only: {}", viewed.name),
            None => "2 Transcript".to_owned(),
        }
    }

    pub(super) fn view_session(&mut self, name: Name, session: Session) {
        self.back_to_live();
        let Session { transcript, header } = session;
        let has = |side| transcript.iter().any(|entry| entry.side() == side);
        let both_sides = has(Side::Smtp) && has(Side::Pop3);
        let kept = transcript.revision();
        let started = header.started.to_zoned(self.now.wall.time_zone().clone());
        let live = std::mem::replace(&mut self.transcript, TranscriptPane::of(transcript));
        self.transcript.time = live.time;
        self.sessions.viewed = Some(Box::new(Viewed { name, header, started, both_sides, live, kept }));
        self.focus_on(Pane::Transcript);
        let page = self.page(Pane::Transcript);
        self.transcript.go_to_top(page);
        self.info("a saved session, read-only: Esc goes back to the live conversation");
    }

    /// Shows the live conversation again.
    pub(in crate::app) fn back_to_live(&mut self) {
        self.sessions_on();
        if let Some(viewed) = self.sessions.viewed.take() {
            self.transcript = viewed.live;
        }
    }

    /// Something goes out: its conversation is in the pane again, at its end.
    pub(in crate::app) fn show_what_goes_out(&mut self) {
        if self.viewed_session().is_some() {
            self.back_to_live();
            self.info("this is the live conversation again; ^X l leads to the saved session");
        }
        self.transcript.go_to_bottom();
    }

    /// Keeps notes that were written to the session that is shown.
    pub(in crate::app) fn sessions_on(&mut self) {
        let store = &self.transcript.store;
        let Some(viewed) = &mut self.sessions.viewed else { return };
        if viewed.kept == store.revision() {
            return;
        }
        viewed.kept = store.revision();
        let note = |id| Some((id, store.get(id)?.note()?.to_owned()));
        let ask = Ask::Annotate(viewed.name.clone(), store.annotated().filter_map(note).collect());
        self.ask_of_sessions(ask);
    }
}
