//! The one list of actions: id, text, group. Footer, help, palette, leader popup, `keys` and the tests read it.

/// Where an action stands in help and palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The program itself.
    Program,
    /// Panes and focus.
    Panes,
    /// The connections.
    Connection,
    /// The mail in the form, and those kept.
    Mail,
    /// Moving and looking.
    View,
    /// The transcript.
    Transcript,
    /// The mailbox.
    Mailbox,
    /// Text fields.
    Text,
}

impl Group {
    /// The heading in help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Program => "Program",
            Self::Panes => "Panes",
            Self::Connection => "Connection",
            Self::Mail => "Mail",
            Self::View => "Moving and looking",
            Self::Transcript => "Transcript",
            Self::Mailbox => "Mailbox",
            Self::Text => "Text",
        }
    }
}

/// What help says about an action.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The action.
    pub action: Action,
    /// Its name in key files and tests.
    pub id: &'static str,
    /// One or two words for footer and popup.
    pub short: &'static str,
    /// One line for help and palette.
    pub text: &'static str,
    /// Where it stands in help.
    pub group: Group,
}

macro_rules! actions {
    ($($group:ident { $($name:ident $id:literal $short:literal $text:literal;)+ })+) => {
        /// What a person wants, found by key, palette or mouse.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[doc = $text] $name,)+)+ }

        /// All actions, in the order of help.
        pub const ALL: &[Info] = &[$($(
            Info { action: Action::$name, id: $id, short: $short, text: $text, group: Group::$group },
        )+)+];
    };
}

actions! {
    Program {
        Help "help" "help" "Show all keys; Enter runs the chosen one";
        Palette "palette" "palette" "Find an action by its name and run it";
        Quit "quit" "quit" "Leave the program; asks if marks, work or an unsent draft are open";
        Cancel "cancel" "cancel" "Stop the work under way; twice within two seconds: leave";
        Suspend "suspend" "suspend" "Put the program to sleep; `fg` wakes it";
        Redraw "redraw" "redraw" "Draw the whole screen anew";
        ToggleMouse "mouse" "mouse" "Give the mouse to the terminal and take it back";
        NextTheme "theme" "theme" "Next colour theme";
        ShowLog "log" "messages" "Show the messages of this session again";
        StartSandbox "sandbox" "sandbox" "Start the sandbox server and connect to it";
        Faults "faults" "faults" "Choose what the sandbox does wrong";
        Lessons "lessons" "lessons" "Lessons: the guided tour, one for each way of sending and reading, your own";
        LessonHint "lesson-hint" "hint" "A hint for this step of the lesson; each time a plainer one";
        LessonSheet "lesson-sheet" "results" "Write the result sheet of the lessons as Markdown";
    }
    Panes {
        FocusCompose "compose" "compose" "Go to the compose form";
        FocusTranscript "transcript" "transcript" "Go to the transcript";
        FocusMailbox "mailbox" "mailbox" "Go to the mailbox";
        FocusPrompt "prompt" "prompt" "Go to the command prompt";
        NextPane "next-pane" "pane" "Next pane";
        PreviousPane "previous-pane" "pane back" "Previous pane";
        Zoom "zoom" "zoom" "Give the pane the whole area, and back";
        Back "back" "back" "Close what is on top, leave the field, leave zoom";
    }
    Connection {
        Connect "connect" "connect" "Connect to a server, or look at the connection";
        Disconnect "disconnect" "disconnect" "QUIT politely on the prompt's connection";
        DropLine "drop" "drop line" "Close the prompt's connection at once, without QUIT";
        Mend "mend" "mend" "Reconnect as the failure advises";
        Tls "tls" "TLS" "TLS: versions, certificate, verdict";
        Profiles "profiles" "profiles" "Profiles: go over to other servers";
        NextCommand "next-command" "next cmd" "Put the next proper command into the prompt, then send it";
        StepMode "step-mode" "step mode" "Lay the send or the visit out as commands to be sent one by one, and leave that";
        StepHere "step-here" "run to here" "Send the steps up to the one under the cursor";
        StepAll "step-all" "run all" "Send all steps that are left";
        StepChange "step-change" "change" "Change the line of the step in the prompt";
        StepSkip "step-skip" "skip" "Leave the step out, and take it in again";
        StepRepeat "step-repeat" "repeat" "Put the step in once more";
        RunScript "run-script" "run script" "Play a script from a file, or a recorded session, over these connections";
        Replay "replay" "replay" "Play the session in the transcript again, and compare";
        Fork "fork" "fork" "Play the session up to the row under the cursor; the line is yours from there";
        OtherSide "other-side" "SMTP/POP3" "Let the prompt talk to the other server";
    }
    Mail {
        Send "send" "send" "Send the mail in the form";
        Pace "pace" "one by one" "Send the commands of a mail one by one, or as many at once as the server allows";
        NewDraft "new-draft" "new mail" "Start an empty mail (the present one is kept until you send or confirm)";
        Drafts "drafts" "drafts" "List the drafts: open one, the present one is put away; or delete one";
        Templates "templates" "templates" "List the templates: begin a mail from one, or delete one";
        SaveTemplate "save-template" "template" "Keep the mail in the form as a template";
        Sent "sent" "sent mails" "List the sent mails: open, resend, compare, see how they went";
        Result "result" "result" "Show what became of each recipient and where the time went, and the form again";
        Retry "retry" "try again" "Try the recipients again that were put off (4yz): after a countdown, or at once";
        SendMany "send-many" "send many" "Send the mail in the form many times, or to many, over connections of its own";
        Attach "attach" "attach" "Attach a file: type its path, or look for it in the folders";
        Wire "wire" "wire" "Show the exact bytes that will be sent";
        MendMail "mend-mail" "mend mail" "Mend the first thing that the wire tab warns of and knows to mend";
        NextTab "next-tab" "next tab" "Next tab of the pane";
        PreviousTab "previous-tab" "tab back" "Previous tab of the pane";
        Editor "editor" "editor" "Edit the body in $EDITOR";
        Explain "explain" "explain" "Explain the reply: meaning, causes, what to do";
    }
    View {
        Up "up" "up" "Up one line";
        Down "down" "down" "Down one line";
        PageUp "page-up" "page up" "Up one page";
        PageDown "page-down" "page down" "Down one page";
        Top "top" "top" "To the first line";
        Bottom "bottom" "end" "To the last line; in the transcript, follow again";
        Open "open" "open" "Open or unfold what is under the cursor";
        Copy "copy" "copy" "Copy the row, the exchange, or the text";
        CopyAll "copy-all" "copy all" "Copy the whole transcript or message";
        CopyAs "copy-as" "copy as" "Copy the same conversation as a command: swaks, curl, openssl, telepost";
        CopyId "copy-id" "copy id" "Copy the queue id of the mail accepted last";
        Export "export" "export" "Write the transcript to a file (.txt, .jsonl, .md, .html), or its mail (.eml)";
        Pager "pager" "pager" "Show this in $PAGER";
    }
    Transcript {
        Filter "filter" "filter" "Show rows that match, e.g. class:5 dir:in cmd:RCPT lapse>500 words";
        HideRest "hide-rest" "hide rest" "Hide the rows that do not match, and show them again";
        FindNext "find-next" "next" "Next match";
        FindPrevious "find-previous" "previous" "Previous match";
        TimeMode "time" "time" "Time since start, since the row before, clock, none";
        Follow "follow" "follow" "Follow the conversation, or pause";
        FoldKind "fold-kind" "fold kind" "Fold or unfold all rows of this kind";
        Bookmark "bookmark" "bookmark" "Set a bookmark on the row, and take it away";
        Annotate "annotate" "note" "Write a note to the row";
        NextBookmark "next-bookmark" "next mark" "Next row with a bookmark or a note";
        Bytes "bytes" "bytes" "Show the octets of the row";
        GoToSource "go-to-source" "go to" "Go from the row to the field or the message that it is about";
        SelectRows "select-rows" "select" "Begin a selection of rows at this one, and end it";
        CopyExchange "copy-exchange" "exchange" "Copy the command and its reply";
        SessionWaterfall "session-waterfall" "waterfall" "Show where the time of this session went";
        Sessions "sessions" "sessions" "Saved sessions: open, compare, replay, remove";
        SaveSession "save-session" "save session" "Save this session under a name";
        CompareSessions "compare" "compare" "Compare this session with a saved one";
    }
    Mailbox {
        OpenMailbox "open-mailbox" "open mailbox" "Sign in to the POP3 server and list the mailbox";
        Refresh "refresh" "refresh" "List the mailbox anew (in a new session)";
        Delete "delete" "delete" "Mark the message for deletion (DELE); QUIT makes it final";
        Unmark "unmark" "unmark" "Take back the mark of this message (RSET, then the other marks again)";
        UnmarkAll "unmark-all" "unmark all" "Take back all marks (RSET)";
        Commit "commit" "QUIT" "QUIT the POP3 session: the server deletes what is marked";
        Select "select" "select" "Select the message, for what is done to many; again to let it go";
        SelectAll "select-all" "select all" "Select every message that the filter shows, or none";
        Sort "sort" "sort" "Sort by number, flags, size, date, from or subject";
        Jump "jump" "jump" "Go to the message with a number or unique-id";
        NextMessage "next-message" "next mail" "Open the next message";
        PreviousMessage "previous-message" "mail before" "Open the message before";
        Save "save" "save" "Save the message as it is to an .eml file; in Parts, the part under the cursor";
        SaveParts "save-parts" "save all" "Save all attachments into a folder";
        OpenPart "open-part" "open with" "Open the part under the cursor with the system's program for it";
        RawMessage "raw" "raw" "Show the message raw, with its line ends";
        Verify "verify" "verify" "Check DKIM signatures, SPF result and DMARC alignment (asks DNS)";
        Download "download" "download" "Download the selected messages, or all, to Maildir, mbox or files";
        Reply "reply" "reply" "Reply to the message, in the compose form";
        ReplyAll "reply-all" "reply all" "Reply to everybody the message went to";
        Forward "forward" "forward" "Send the message on, attachments kept, from the compose form";
        Resend "resend" "resend" "Send the message as it is to somebody else, octet for octet";
        LoopCheck "loop-check" "watch" "Wait for the mail just sent and compare what arrived with what was sent";
    }
    Text {
        Undo "undo" "undo" "Undo the last change of the text";
        Redo "redo" "redo" "Do it again";
        Literal "literal" "literal" "Take the next key literally (a control character, Tab)";
    }
}

impl Action {
    /// The action with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        ALL.iter().find(|info| info.id == id).map(|info| info.action)
    }

    /// What help says about it.
    pub fn info(self) -> &'static Info {
        ALL.iter().find(|info| info.action == self).expect("the macro lists every action")
    }
}
