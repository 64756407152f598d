//! The workbench on a stage: the real application, the real engines and the sandbox's own sessions in one thread,
//! without sockets, terminal or clock. What it draws is the same in every run.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use telepost::app::drafting::{Contents, Want};
use telepost::app::faults::FaultRow;
use telepost::app::lessons::{Ask, Told};
use telepost::app::{Account, App, Effect, Entry, Example, Looked, Message, Now, Recovered, Settings, Store, Stored};
use telepost::connection::report::{Certificate, Protection, Verdict};
use telepost::connection::{Body, LinkEvent, Protocol, Report, Request, Submission, Target};
use telepost::download::order::Wanted;
use telepost::download::{Destination, Kept, Order};
use telepost::drafts::{Id, Keep, Listed, Saved, Trouble};
use telepost::keymap::Keymap;
use telepost::lesson::{Book, shelf};
use telepost::mail::View;
use telepost::mail::build::whole;
use telepost::sandbox::server::Conversation;
use telepost::sandbox::{self, Fault, Site, outbox::Outbox};
use telepost::sent::{Name, Parcel};
use telepost::theme::Theme;
use telepost::transcript::{Direction, Record, Tally};
use telepost::wire::{Channel, Chunk, ChunkKind, Engine, Output, Secret, Side, TlsMode, secret};
use telepost::{pop3, smtp, ui};

/// The moment at which all scenes play.
pub const MOMENT: &str = "2026-11-22T11:42:07+00:00[UTC]";

/// One link: an engine, and the server it talks to.
struct Wire<E: Engine> {
    engine: E,
    server: Box<dyn Conversation>,
    number: u32,
    /// Bytes for the server that it has not dealt with.
    unread: Vec<u8>,
    body: VecDeque<Body>,
    tally: Tally,
    /// The line is encrypted.
    tls: bool,
}

/// The stage.
pub struct Stage {
    pub app: App,
    size: (u16, u16),
    site: Arc<Site>,
    smtp: Option<Wire<smtp::Session>>,
    pop3: Option<Wire<pop3::Session>>,
    links: u32,
    records: u64,
    at: Duration,
    start: Instant,
    /// Effects that no one on the stage acts upon, in order.
    pub others: Vec<Effect>,
    /// What was connected to, in order.
    pub dialled: Vec<Target>,
    /// Addresses whose servers were asked for.
    pub sought: Vec<String>,
    /// The next server to connect to, instead of the sandbox.
    pub understudy: Option<Box<dyn Conversation>>,
    /// What the keeper in memory holds, in place of a disk.
    pub kept: Shelf,
    /// Drafts, templates and sent mails in memory, in place of a disk.
    pub cupboard: Cupboard,
}

/// Where drafts, templates and sent mails are kept, in memory.
#[derive(Debug, Default)]
pub struct Cupboard {
    /// By name, the one saved last at the end.
    pub drafts: Vec<(Id, Saved)>,
    /// By name.
    pub templates: Vec<(String, Saved)>,
    /// In order.
    pub sent: Vec<Parcel>,
    /// How far the lessons are.
    pub lessons: Book,
    /// Drafts that another process has open.
    pub elsewhere: Vec<Id>,
    /// Nothing can be kept, as on a full disk.
    pub full: bool,
    /// Saves are not answered, as on a slow disk: the answers wait in `held`.
    pub slow: bool,
    /// Answers that wait.
    pub held: Vec<Message>,
}

/// This mail as the next start finds it.
pub fn recovered(draft: telepost::mail::Draft) -> Recovered {
    Recovered { id: Id::new(9), saved: Box::new(Saved { draft, ..Saved::default() }) }
}

impl Cupboard {
    /// The draft that the program would be ended with now, as the next start finds it.
    pub fn left_open(&self) -> Option<Recovered> {
        let (id, saved) = self.drafts.iter().rev().find(|(_, saved)| !saved.away)?;
        Some(Recovered { id: id.clone(), saved: Box::new(saved.clone()) })
    }

    fn take(&mut self, effect: &Effect) -> Option<Message> {
        match effect {
            Effect::SaveDraft(keep) => Some(Message::DraftSaved(keep.id.clone(), keep.revision, self.save(keep))),
            Effect::ForgetDraft(id) => {
                self.drafts.retain(|(known, _)| known != id);
                None
            }
            Effect::KeepSent(parcel) => {
                if !self.full {
                    self.sent.push((**parcel).clone());
                }
                Some(Message::SentKept(if self.full { Err("no space is left".to_owned()) } else { Ok(true) }))
            }
            Effect::Store(store) => Some(Message::Stored(self.ask(store))),
            _ => None,
        }
    }

    fn save(&mut self, keep: &Keep) -> Result<(), Trouble> {
        if self.elsewhere.contains(&keep.id) {
            return Err(Trouble::Taken);
        }
        if self.full {
            return Err(Trouble::Other("no space is left".to_owned()));
        }
        self.drafts.retain(|(known, _)| *known != keep.id);
        self.drafts.push((keep.id.clone(), keep.saved.clone()));
        Ok(())
    }

    fn ask(&mut self, store: &Store) -> Stored {
        match store {
            Store::Drafts => {
                let listed = |(id, saved): &(Id, Saved)| Listed {
                    elsewhere: self.elsewhere.contains(id),
                    ..in_list(id.clone(), saved)
                };
                Stored::Drafts(Ok(self.drafts.iter().rev().map(listed).collect()))
            }
            Store::Draft(id) if self.elsewhere.contains(id) => Stored::Draft(id.clone(), Err(Trouble::Taken)),
            Store::Draft(id) => {
                let found = self.drafts.iter().find(|(known, _)| known == id);
                let found = found.map(|(_, saved)| Box::new(saved.clone())).ok_or(Trouble::Gone);
                Stored::Draft(id.clone(), found)
            }
            Store::SaveTemplate(name, saved) => {
                self.templates.push((name.clone(), (**saved).clone()));
                Stored::TemplateSaved(name.clone(), Ok(()))
            }
            Store::Template(name) => {
                let found = self.templates.iter().find(|(known, _)| known == name);
                let begun =
                    |(_, saved): &(String, Saved)| Box::new(Saved { template: Some(name.clone()), ..saved.clone() });
                Stored::Template(name.clone(), found.map(begun).ok_or(Trouble::Gone))
            }
            Store::Templates => self.all_templates(),
            Store::DropTemplate(name) => {
                self.templates.retain(|(known, _)| known != name);
                self.all_templates()
            }
            Store::Sent => self.all_sent(),
            Store::DropSent(name) => {
                self.sent.retain(|parcel| parcel.name != *name);
                self.all_sent()
            }
            Store::ReadSent(name, want) => Stored::SentRead(name.clone(), self.read(name, *want)),
            Store::People(people) => Stored::People(people.clone()),
        }
    }

    fn all_templates(&self) -> Stored {
        Stored::Templates(Ok(self.templates.iter().map(|(name, saved)| in_list(name.clone(), saved)).collect()))
    }

    fn all_sent(&self) -> Stored {
        let listed = |parcel: &Parcel| telepost::sent::Listed {
            name: parcel.name.clone(),
            letter: parcel.letter.clone(),
            from_form: parcel.letter.form.is_some(),
            eml: format!("/kept/{}.eml", parcel.name.as_str()).into(),
        };
        Stored::Sent(Ok(self.sent.iter().rev().map(listed).collect()))
    }

    fn read(&self, name: &Name, want: Want) -> Result<Contents, String> {
        let parcel = self.sent.iter().find(|parcel| parcel.name == *name).ok_or("it is not there any more")?;
        Ok(match want {
            Want::Form => Contents::Form(parcel.letter.form.clone().ok_or("it was not written in the form")?),
            Want::Octets => {
                let octets = whole(&parcel.segments).expect("it is in memory");
                Contents::Octets(Arc::new(octets), parcel.letter.envelope.clone())
            }
            Want::Transcript => Contents::Transcript(format!("how {} went", parcel.letter.subject)),
        })
    }
}

fn in_list<N>(name: N, saved: &Saved) -> Listed<N> {
    Listed {
        name,
        subject: saved.draft.subject.clone(),
        to: saved.draft.to.clone(),
        changed: MOMENT.parse::<jiff::Zoned>().expect("a date").timestamp(),
        octets: 1_234,
        template: saved.template.clone(),
        elsewhere: false,
        away: saved.away,
        perhaps_sent: saved.perhaps_sent,
    }
}

/// A keeper in memory.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Where it was opened, and for which maildrop, in order.
    pub opened: Vec<(Destination, String)>,
    /// Messages that are whole and safe, by unique-id.
    pub safe: Vec<(Wanted, Vec<u8>)>,
    /// Every sync fails, as on a full disk.
    pub full: bool,
    writing: Option<(Wanted, Vec<u8>)>,
    whole: Vec<(Wanted, Vec<u8>)>,
}

impl Shelf {
    fn open(&mut self, destination: Destination, account: String) -> Message {
        self.opened.push((destination, account));
        Message::DownloadReady(Ok(self.safe.iter().filter_map(|(wanted, _)| wanted.uid.clone()).collect()))
    }

    fn take(&mut self, order: Order) -> Option<Message> {
        match order {
            Order::Begin(wanted) => self.writing = Some((wanted, Vec::new())),
            Order::Piece(piece) => self.writing.as_mut().expect("it was begun").1.extend(piece),
            Order::End => self.whole.extend(self.writing.take()),
            Order::Discard => self.writing = None,
            Order::Sync if self.full => return Some(Message::Kept(Kept::Failed("the disk is full".to_owned()))),
            Order::Sync => {
                let numbers = self.whole.iter().map(|(wanted, _)| wanted.number).collect();
                self.safe.append(&mut self.whole);
                return Some(Message::Kept(Kept::Safe(numbers)));
            }
        }
        None
    }
}

/// The certificate that every server on the stage shows.
pub fn certificate() -> Certificate {
    let date = |text: &str| text.parse().expect("a date");
    Certificate {
        subject: "CN=sandbox.test".to_owned(),
        issuer: "CN=telepost sandbox CA".to_owned(),
        names: vec!["sandbox.test".to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned()],
        not_before: date("2026-11-21T11:42:07Z"),
        not_after: date("2026-12-22T11:42:07Z"),
        serial: "5a:ad:b0:01".to_owned(),
        key: "ECDSA P-256".to_owned(),
        signature: "ecdsa-with-SHA256".to_owned(),
        sha256: std::array::from_fn(|at| (at * 7) as u8),
        self_signed: false,
        is_ca: false,
    }
}

/// What the stage tells of every handshake.
pub fn protection(verdict: Verdict) -> Protection {
    Protection {
        version: "TLS 1.3".to_owned(),
        suite: "TLS13_AES_256_GCM_SHA384".to_owned(),
        group: "X25519MLKEM768".to_owned(),
        alpn: None,
        sni: Some("sandbox.test".to_owned()),
        name: "sandbox.test".to_owned(),
        chain: vec![certificate()],
        verdict,
        lapse: Duration::from_millis(7),
        client_certificate: false,
        keys_logged: false,
    }
}

/// As [`account`], with TLS where it is offered, and Ada signing in to send.
pub fn secure_account() -> Account {
    let mut account = account();
    for target in [&mut account.smtp, &mut account.pop3].into_iter().flatten() {
        target.tls.mode = TlsMode::Auto;
    }
    Account { smtp_user: Some("ada".to_owned()), allow_plain_auth: false, ..account }
}

/// The account that the sandbox gives, with fixed ports; in clear, so that scenes about something else stay so.
pub fn account() -> Account {
    let target = |protocol, port| Target::new(protocol, "127.0.0.1", port).with_tls(TlsMode::None);
    Account {
        name: "sandbox".to_owned(),
        smtp: Some(target(Protocol::Smtp, 2525)),
        pop3: Some(target(Protocol::Pop3, 2110)),
        user: Some("bob".to_owned()),
        password: Some(Secret::new("opensesame")),
        allow_plain_auth: true,
        from: "Ada Lovelace <ada@sandbox.test>".to_owned(),
        example: Some(Example {
            to: "bob@sandbox.test".to_owned(),
            subject: "Hello".to_owned(),
            body: "Hi Bob,\n\n.a line that starts with a dot\n\nAda".to_owned(),
        }),
        ..Account::empty("lab.test")
    }
}

impl Stage {
    /// The workbench with the sandbox, as `demo` starts it.
    pub fn demo(size: (u16, u16)) -> Self {
        Self::open(size, settings(Some(account())))
    }

    /// The workbench with these settings.
    pub fn open(size: (u16, u16), settings: Settings) -> Self {
        let moment = MOMENT.parse::<jiff::Zoned>().expect("a date").timestamp();
        let options = sandbox::Options { clock: Some(moment), ..sandbox::Options::default() };
        let site = Arc::new(Site::new(&options).expect("the name is a domain"));
        let start = Instant::now();
        let (app, effects) = App::new(settings, size, now(start));
        let mut stage = Self {
            app,
            size,
            site,
            smtp: None,
            pop3: None,
            links: 0,
            records: 0,
            at: Duration::ZERO,
            start,
            others: Vec::new(),
            dialled: Vec::new(),
            sought: Vec::new(),
            understudy: None,
            kept: Shelf::default(),
            cupboard: Cupboard::default(),
        };
        stage.play(effects);
        stage
    }

    /// What the next SMTP connection would talk to: for an understudy that is almost the sandbox.
    pub fn server(&self) -> Box<dyn Conversation> {
        Box::new(sandbox::smtp::Session::new(Arc::clone(&self.site), IpAddr::V4(Ipv4Addr::LOCALHOST)))
    }

    /// Passes a message in and plays what follows until nothing more happens.
    pub fn tell(&mut self, message: Message) {
        let effects = self.app.update(message, now(self.start));
        self.play(effects);
    }

    /// As [`Self::tell`], some time later.
    pub fn tell_after(&mut self, pause: Duration, message: Message) {
        self.start += pause;
        self.tell(message);
    }

    /// The moment of the scene.
    pub fn now(&self) -> Now {
        now(self.start)
    }

    /// Presses keys by name: `F5`, `Enter`, `^X`, a character.
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            self.tell(Message::Event(Event::Key(key_event(key))));
        }
    }

    /// Types text.
    pub fn type_text(&mut self, text: &str) {
        for character in text.chars() {
            self.tell(Message::Event(Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE))));
        }
    }

    /// Pastes text.
    pub fn paste(&mut self, text: &str) {
        self.tell(Message::Event(Event::Paste(text.to_owned())));
    }

    /// Clicks at the first place where `text` stands on the screen.
    pub fn click(&mut self, text: &str) {
        let screen = self.screen();
        let found = screen
            .lines()
            .enumerate()
            .find_map(|(row, line)| line.find(text).map(|byte| (line[..byte].chars().count(), row)));
        let (column, row) = found.unwrap_or_else(|| panic!("{text:?} is not on the screen:\n{screen}"));
        self.mouse(MouseEventKind::Down(MouseButton::Left), column as u16, row as u16);
    }

    /// A mouse event.
    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.tell(Message::Event(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })));
    }

    /// Changes the size of the screen.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.tell(Message::Event(Event::Resize(size.0, size.1)));
    }

    /// The cells of the screen as they are now.
    pub fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a test backend");
        terminal.draw(|frame| ui::render(frame, &self.app)).expect("drawing cannot fail here");
        terminal.backend().buffer().clone()
    }

    /// The screen as text, one line a row.
    pub fn screen(&self) -> String {
        let buffer = self.buffer();
        let width = usize::from(buffer.area.width);
        buffer
            .content()
            .chunks(width.max(1))
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Fails with the screen when `text` is not on it.
    #[track_caller]
    pub fn sees(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "{text:?} is not on the screen:\n{screen}");
    }

    /// Fails with the screen when `text` is on it.
    #[track_caller]
    pub fn lacks(&self, text: &str) {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} is on the screen:\n{screen}");
    }

    /// The letters in a mailbox of the sandbox, as octets.
    pub fn letters(&self, user: usize) -> Vec<Vec<u8>> {
        self.site.store.letters(user).iter().map(|letter| letter.to_vec()).collect()
    }

    /// The server on this side goes away without a word.
    pub fn cut(&mut self, side: Side) {
        let instant = self.start;
        let reports = match side {
            Side::Smtp => self.smtp.take().map(|mut wire| {
                wire.engine.eof(instant);
                self.drain_smtp(&mut wire)
            }),
            Side::Pop3 => self.pop3.take().map(|mut wire| {
                wire.engine.eof(instant);
                self.drain_pop3(&mut wire)
            }),
        };
        for report in reports.unwrap_or_default() {
            self.tell(Message::Report(report));
        }
        let link = self.links;
        self.tell(Message::Report(Report::Link { side, link, event: LinkEvent::Closed(None) }));
    }

    /// The sandbox does these things wrong from here on, and nothing else.
    pub fn misbehave(&self, faults: &[Fault]) {
        self.site.faults.set(faults);
    }

    /// As the program does it with its sandbox.
    fn switch(&self, wanted: Option<Vec<String>>) -> Result<Vec<FaultRow>, String> {
        if let Some(names) = wanted {
            let faults = names.iter().map(|name| name.parse()).collect::<Result<Vec<Fault>, String>>()?;
            self.site.faults.set(&faults);
        }
        let row = |fault: &Fault| FaultRow { name: fault.name(), summary: fault.summary(), on: self.site.has(*fault) };
        Ok(Fault::ALL.iter().map(row).collect())
    }

    fn play(&mut self, effects: Vec<Effect>) {
        let mut waiting: VecDeque<Effect> = effects.into();
        while let Some(effect) = waiting.pop_front() {
            let messages = match effect {
                Effect::Request(request) => self.request(*request).into_iter().map(Message::Report).collect(),
                Effect::Parse { number, raw } => {
                    let view = Box::new(View::parse(&raw));
                    vec![Message::Parsed { number, raw, view }]
                }
                Effect::OpenDestination(destination, account) => vec![self.kept.open(destination, account)],
                Effect::Keep(order) => self.kept.take(order).into_iter().collect(),
                Effect::ParsePart { raw, path } => {
                    let view = View::of_part(&raw, &path).map(Box::new);
                    view.map(|view| Message::PartParsed { raw: Arc::clone(&raw), path, view }).into_iter().collect()
                }
                Effect::Assemble(assembly) => vec![Message::Assembled(assembly.serial, assembly.make())],
                Effect::Preview(viewing) => vec![Message::Previewed(viewing.serial, viewing.make())],
                Effect::ListFolder(folder) => {
                    let entries = Entry::list(&folder);
                    vec![Message::Folder(folder, entries)]
                }
                Effect::LookAt(path) => {
                    let looked = Looked::at(&path);
                    vec![Message::LookedAt(path, looked)]
                }
                Effect::Draft { raw, answer, own } => {
                    vec![Message::Drafted(answer, Box::new(answer.draft(&raw, &own)))]
                }
                Effect::Faults(wanted) => vec![Message::Faults(self.switch(wanted))],
                Effect::Lessons(Ask::List) => {
                    let book = Box::new(self.cupboard.lessons.clone());
                    vec![Message::Lessons(Told::Listed(shelf::all(Vec::new()), book))]
                }
                Effect::Lessons(Ask::Keep(id, progress)) => {
                    self.cupboard.lessons.lessons.insert(id, *progress);
                    Vec::new()
                }
                Effect::StartSandbox => vec![Message::Sandbox(Ok(Box::new(account())))],
                Effect::SaveDraft(_) | Effect::ForgetDraft(_) | Effect::Store(_) | Effect::KeepSent(_) => {
                    let answer = self.cupboard.take(&effect);
                    self.others.push(effect);
                    if self.cupboard.slow {
                        self.cupboard.held.extend(answer);
                        continue;
                    }
                    answer.into_iter().collect()
                }
                other => {
                    self.others.push(other);
                    Vec::new()
                }
            };
            for message in messages {
                waiting.extend(self.app.update(message, now(self.start)));
            }
        }
    }

    fn request(&mut self, request: Request) -> Vec<Report> {
        match request {
            Request::Connect(target) => self.connect(&target),
            Request::Discover(discovery) => {
                self.sought.push(discovery.address);
                Vec::new()
            }
            Request::Submit(Submission::Smtp(command, body)) => self.with_smtp(|wire, now| {
                wire.body.extend(body);
                wire.engine.submit(command, now);
            }),
            Request::Submit(Submission::Pop3(command)) => self.with_pop3(|wire, now| wire.engine.submit(command, now)),
            Request::Disconnect(Side::Smtp) => self.with_smtp(|wire, now| {
                wire.engine.submit(smtp::Command::Line(smtp::Line::bare(smtp::Verb::Quit)), now);
            }),
            Request::Disconnect(Side::Pop3) => self.with_pop3(|wire, now| {
                wire.engine.submit(pop3::Command::Line(pop3::Line::bare(pop3::Verb::Quit)), now);
            }),
            Request::Drop(Side::Pop3) | Request::Abort(Side::Pop3) => {
                let mut reports = self.with_pop3(|wire, now| wire.engine.dropped(now));
                if let Some(wire) = self.pop3.take() {
                    reports.push(closed(Side::Pop3, wire.number));
                }
                reports
            }
            Request::Drop(Side::Smtp) | Request::Abort(Side::Smtp) => {
                let mut reports = self.with_smtp(|wire, now| wire.engine.eof(now));
                if let Some(wire) = self.smtp.take() {
                    reports.push(closed(Side::Smtp, wire.number));
                }
                reports
            }
        }
    }

    fn connect(&mut self, target: &Target) -> Vec<Report> {
        self.links += 1;
        self.dialled.push(target.clone());
        let (link, side) = (self.links, target.protocol.side());
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, target.port));
        let dialling = LinkEvent::Dialling { protocol: target.protocol, host: target.host.clone(), port: target.port };
        let mut reports = vec![Report::Link { side, link, event: dialling }];
        reports.push(self.event(side, link, &format!("trying {peer}")));
        reports.push(self.event(side, link, &format!("connected to {peer}")));
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        reports.push(Report::Link {
            side,
            link,
            event: LinkEvent::Connected { peer, local, lapse: Duration::from_millis(1) },
        });
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let site = Arc::clone(&self.site);
        let mut server: Box<dyn Conversation> = match (self.understudy.take(), side) {
            (Some(server), _) => server,
            (None, Side::Smtp) => Box::new(sandbox::smtp::Session::new(site, here)),
            (None, Side::Pop3) => Box::new(sandbox::pop3::Session::new(site, here)),
        };
        let implicit = target.tls.mode == TlsMode::Implicit;
        if implicit {
            server.tls_started(Channel::default());
            reports.extend(self.handshake(side, link));
        }
        let mut out = Outbox::default();
        server.greet(false, &mut out);
        let (greeting, now) = (written(&out), self.start);
        match side {
            Side::Smtp => {
                let engine = smtp::Session::new(smtp::Dialect::Smtp, target.timeouts, now);
                self.smtp = Some(Wire::new(engine, server, link).encrypted(implicit, now));
                reports.extend(self.with_smtp(|wire, now| wire.engine.receive(&greeting, now)));
            }
            Side::Pop3 => {
                let engine = pop3::Session::new(target.timeouts, now);
                self.pop3 = Some(Wire::new(engine, server, link).encrypted(implicit, now));
                reports.extend(self.with_pop3(|wire, now| wire.engine.receive(&greeting, now)));
            }
        }
        reports
    }

    fn with_smtp(&mut self, act: impl FnOnce(&mut Wire<smtp::Session>, Instant)) -> Vec<Report> {
        let Some(mut wire) = self.smtp.take() else {
            return vec![Report::Link { side: Side::Smtp, link: self.links, event: LinkEvent::NotConnected }];
        };
        act(&mut wire, self.start);
        let mut reports = self.drain_smtp(&mut wire);
        if wire.server.is_over() && wire.engine.state() != smtp::State::Closed {
            wire.engine.eof(self.start);
            reports.extend(self.drain_smtp(&mut wire));
        }
        if wire.engine.state() == smtp::State::Closed {
            reports.push(closed(Side::Smtp, wire.number));
        } else {
            self.smtp = Some(wire);
        }
        reports
    }

    fn with_pop3(&mut self, act: impl FnOnce(&mut Wire<pop3::Session>, Instant)) -> Vec<Report> {
        let Some(mut wire) = self.pop3.take() else {
            return vec![Report::Link { side: Side::Pop3, link: self.links, event: LinkEvent::NotConnected }];
        };
        act(&mut wire, self.start);
        let mut reports = self.drain_pop3(&mut wire);
        if wire.server.is_over() && wire.engine.state() != pop3::State::Closed {
            wire.engine.eof(self.start);
            reports.extend(self.drain_pop3(&mut wire));
        }
        if wire.engine.state() == pop3::State::Closed {
            reports.push(closed(Side::Pop3, wire.number));
        } else {
            self.pop3 = Some(wire);
        }
        reports
    }

    fn drain_smtp(&mut self, wire: &mut Wire<smtp::Session>) -> Vec<Report> {
        let link = wire.number;
        self.drain(wire, Side::Smtp, |notice| Report::Smtp { link, notice })
    }

    fn drain_pop3(&mut self, wire: &mut Wire<pop3::Session>) -> Vec<Report> {
        let link = wire.number;
        self.drain(wire, Side::Pop3, |notice| Report::Pop3 { link, notice })
    }

    /// Lets engine and server talk until both are silent.
    fn drain<E: Engine>(
        &mut self,
        wire: &mut Wire<E>,
        side: Side,
        report: impl Fn(E::Notice) -> Report,
    ) -> Vec<Report> {
        let (mut reports, now) = (Vec::new(), self.start);
        loop {
            while let Some(output) = wire.engine.poll() {
                match output {
                    Output::Transmit(chunk) => {
                        reports.push(self.record(wire, side, Direction::Sent, &chunk));
                        wire.unread.extend_from_slice(&chunk.bytes);
                    }
                    Output::Received(chunk) => reports.push(self.record(wire, side, Direction::Received, &chunk)),
                    Output::Notify(notice) => reports.push(report(notice)),
                    Output::WantBody(_) => match wire.body.pop_front() {
                        Some(Body::Bytes(bytes)) => wire.engine.body(&bytes, true, now),
                        Some(Body::Segments(segments)) => {
                            let octets = whole(&segments).expect("the files of a test are there");
                            wire.engine.body(&octets, true, now);
                        }
                        _ => wire.engine.body_failed(now),
                    },
                    Output::StartTls => {
                        reports.extend(self.handshake(side, wire.number));
                        wire.start_tls(now);
                    }
                    Output::Close => {}
                }
            }
            let mut out = Outbox::default();
            let used = wire.server.receive(&wire.unread, &mut out);
            wire.unread.drain(..used);
            let answer = written(&out);
            if answer.is_empty() {
                return reports;
            }
            self.at += Duration::from_millis(2);
            wire.engine.receive(&answer, now);
        }
    }

    fn record<E: Engine>(&mut self, wire: &mut Wire<E>, side: Side, direction: Direction, chunk: &Chunk) -> Report {
        self.records += 1;
        self.at += Duration::from_millis(1);
        let body = matches!(chunk.kind, ChunkKind::Body | ChunkKind::BodyEnd);
        if chunk.kind == ChunkKind::Body {
            wire.tally = tally(wire.tally, &chunk.bytes);
        }
        let tally = body.then_some(wire.tally);
        if chunk.kind == ChunkKind::BodyEnd {
            wire.tally = Tally::default();
        }
        let first = matches!(chunk.kind, ChunkKind::Reply { first: true, .. });
        Report::Record(Record {
            number: self.records,
            side,
            link: wire.number,
            at: self.at,
            lapse: first.then_some(Duration::from_millis(2)),
            direction,
            kind: chunk.kind,
            expected: chunk.expected,
            tls: wire.tls,
            bytes: secret::masked(&chunk.bytes, &chunk.secrets),
            tally,
        })
    }

    /// A handshake that came to its end.
    fn handshake(&mut self, side: Side, link: u32) -> [Report; 2] {
        self.at += Duration::from_millis(7);
        let shown = Box::new(protection(Verdict::Trusted("the sandbox's roots".to_owned())));
        let row = self.event(side, link, "TLS 1.3, TLS13_AES_256_GCM_SHA384, trusted: sandbox.test, 30 days left");
        [row, Report::Link { side, link, event: LinkEvent::Tls(shown) }]
    }

    fn event(&mut self, side: Side, link: u32, text: &str) -> Report {
        self.records += 1;
        Report::Record(Record {
            number: self.records,
            side,
            link,
            at: self.at,
            lapse: None,
            direction: Direction::Event,
            kind: ChunkKind::Stray,
            expected: true,
            tls: false,
            bytes: text.as_bytes().to_vec(),
            tally: None,
        })
    }
}

impl<E: Engine> Wire<E> {
    fn new(engine: E, server: Box<dyn Conversation>, number: u32) -> Self {
        let (unread, body, tally) = (Vec::new(), VecDeque::new(), Tally::default());
        Self { engine, server, number, unread, body, tally, tls: false }
    }

    /// Encrypted from its first octet, if so.
    fn encrypted(mut self, implicit: bool, now: Instant) -> Self {
        if implicit {
            self.engine.tls_started(Channel::default(), now);
            self.tls = true;
        }
        self
    }

    /// Both sides go over to TLS; what the server has not read in clear it never will.
    fn start_tls(&mut self, now: Instant) {
        self.unread.clear();
        self.server.tls_started(Channel::default());
        self.engine.tls_started(Channel::default(), now);
        self.tls = true;
    }
}

/// What the workbench starts with on the stage.
pub fn settings(account: Option<Account>) -> Settings {
    Settings {
        keymap: Keymap::default(),
        theme: Theme::new(telepost::theme::Name::Terminal, false),
        account,
        host: "lab.test".to_owned(),
        recovered: None,
        drafts: 0,
        keep_sent: Some(1_000),
        known: Vec::new(),
        mouse: true,
        connect: false,
        profiles: Vec::new(),
        presets: Vec::new(),
        dns: None,
    }
}

fn now(instant: Instant) -> Now {
    Now { instant, wall: MOMENT.parse().expect("a date"), random: 0x7e1e }
}

fn closed(side: Side, link: u32) -> Report {
    Report::Link { side, link, event: LinkEvent::Closed(None) }
}

fn written(out: &Outbox) -> Vec<u8> {
    out.slices().iter().flat_map(|slice| slice.to_vec()).collect()
}

fn tally(before: Tally, bytes: &[u8]) -> Tally {
    let mut after = Tally { octets: before.octets + bytes.len() as u64, ..before };
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        after.lines += u64::from(line.ends_with(b"\n"));
        after.stuffed += u64::from(line.starts_with(b".."));
        after.longest = after.longest.max(line.trim_ascii_end().len() as u64);
    }
    after
}

fn key_event(name: &str) -> KeyEvent {
    let (code, modifiers) = match name {
        "Enter" => (KeyCode::Enter, KeyModifiers::NONE),
        "Esc" => (KeyCode::Esc, KeyModifiers::NONE),
        "Tab" => (KeyCode::Tab, KeyModifiers::NONE),
        "Shift-Tab" => (KeyCode::BackTab, KeyModifiers::SHIFT),
        "Up" => (KeyCode::Up, KeyModifiers::NONE),
        "Down" => (KeyCode::Down, KeyModifiers::NONE),
        "PageDown" => (KeyCode::PageDown, KeyModifiers::NONE),
        "PageUp" => (KeyCode::PageUp, KeyModifiers::NONE),
        "Home" => (KeyCode::Home, KeyModifiers::NONE),
        "End" => (KeyCode::End, KeyModifiers::NONE),
        "Delete" => (KeyCode::Delete, KeyModifiers::NONE),
        "Left" => (KeyCode::Left, KeyModifiers::NONE),
        "Right" => (KeyCode::Right, KeyModifiers::NONE),
        "Space" => (KeyCode::Char(' '), KeyModifiers::NONE),
        "Backspace" => (KeyCode::Backspace, KeyModifiers::NONE),
        _ => match (name.strip_prefix('^'), name.strip_prefix('F').and_then(|digits| digits.parse().ok())) {
            (Some(letter), _) if !letter.is_empty() => {
                (KeyCode::Char(letter.to_ascii_lowercase().chars().next().expect("a letter")), KeyModifiers::CONTROL)
            }
            (_, Some(number)) => (KeyCode::F(number), KeyModifiers::NONE),
            _ => (KeyCode::Char(name.chars().next().expect("a key")), KeyModifiers::NONE),
        },
    };
    KeyEvent::new(code, modifiers)
}
