//! Random mailboxes, servers, disks and people against the course: never is a message deleted that is not safe.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// A message as the server has it.
#[derive(Clone, Debug)]
struct Mail {
    octets: usize,
    announced: Option<u64>,
    own_id: bool,
    refused: bool,
    dele_refused: bool,
}

/// What will happen.
#[derive(Clone, Debug)]
struct Plan {
    mails: Vec<Mail>,
    delete: bool,
    /// After so many notices the line goes, in the middle of whatever comes.
    cut: Option<usize>,
    /// At that order the disk fails.
    fails: Option<usize>,
    /// After so many events the person stops it.
    stop: Option<usize>,
    /// Who is next, how large the pieces are, and what noise there is.
    dice: Vec<u8>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let announced = prop_oneof![
        Just(None),
        Just(Some(0)),
        (0..5_000_u64).prop_map(Some),
        (0..8_000_000_u64).prop_map(Some),
        Just(Some(u64::MAX))
    ];
    let often = prop::bool::weighted(0.9);
    let rare = || prop::bool::weighted(0.1);
    let mail = (0..300_usize, announced, often, rare(), rare()).prop_map(
        |(octets, announced, own_id, refused, dele_refused)| Mail { octets, announced, own_id, refused, dele_refused },
    );
    let maybe = |most: usize| prop::option::weighted(0.3, 0..most);
    let mails =
        prop_oneof![4 => prop::collection::vec(mail.clone(), 0..30), 1 => prop::collection::vec(mail, 500..1_300)];
    let dice = prop::collection::vec(any::<u8>(), 1..200);
    (mails, any::<bool>(), maybe(200), maybe(200), maybe(200), dice)
        .prop_map(|(mails, delete, cut, fails, stop, dice)| Plan { mails, delete, cut, fails, stop, dice })
}

fn content(number: u32, octets: usize) -> Vec<u8> {
    number.to_le_bytes().into_iter().cycle().take(octets).collect()
}

/// The disk: what lies there, what of it would outlast a crash, and what is not answered yet.
#[derive(Default)]
struct Disk {
    orders: VecDeque<Order>,
    taken: usize,
    open: Option<(u32, Vec<u8>)>,
    whole: BTreeMap<u32, Vec<u8>>,
    synced: BTreeMap<u32, Vec<u8>>,
    failed: bool,
}

impl Disk {
    fn work(&mut self, fails: Option<usize>) -> Option<Kept> {
        let order = self.orders.pop_front()?;
        self.taken += 1;
        if self.failed {
            return None;
        }
        if fails.is_some_and(|at| self.taken > at) {
            self.failed = true;
            return Some(Kept::Failed("no space left on device".into()));
        }
        match order {
            Order::Begin(wanted) => assert!(self.open.replace((wanted.number, Vec::new())).is_none()),
            Order::Piece(bytes) => self.open.as_mut().expect("begun").1.extend(bytes),
            Order::End => self.whole.extend(self.open.take()),
            Order::Discard => assert!(self.open.take().is_some()),
            Order::Sync => {
                assert!(self.open.is_none(), "half a message cannot be made safe");
                let safe = self.whole.keys().copied().collect();
                self.synced.append(&mut self.whole);
                return Some(Kept::Safe(safe));
            }
        }
        None
    }
}

/// The server: what it was asked, and what of the first answer is said.
#[derive(Default)]
struct Server {
    lines: VecDeque<Line>,
    /// Octets said of the message under way.
    said: Option<usize>,
    notices: usize,
    marks: BTreeSet<u32>,
    gone: bool,
}

impl Server {
    fn next(&mut self, plan: &Plan, dice: usize) -> Vec<Notice> {
        if self.gone {
            return Vec::new();
        }
        self.notices += 1;
        if plan.cut.is_some_and(|at| self.notices > at) {
            return self.go();
        }
        let Some(line) = self.lines.front() else { return Vec::new() };
        let (verb, number) = (line.verb(), line.number().unwrap());
        let mail = &plan.mails[number as usize - 1];
        match (verb, self.said) {
            (Verb::Dele, _) => {
                self.lines.pop_front();
                if mail.dele_refused {
                    return vec![replied(verb, number, b"-ERR no")];
                }
                self.marks.insert(number);
                vec![replied(verb, number, b"+OK"), Notice::Marked(number)]
            }
            (_, None) if mail.refused => {
                self.lines.pop_front();
                vec![replied(verb, number, b"-ERR gone")]
            }
            (_, None) => {
                self.said = Some(0);
                vec![replied(verb, number, b"+OK")]
            }
            (_, Some(said)) if said == mail.octets => {
                (self.said, _) = (None, self.lines.pop_front());
                let octets = mail.octets as u64;
                vec![Notice::BodyEnd { kind: BodyKind::Retr, number, octets, complete: true }]
            }
            (_, Some(said)) => {
                let to = (said + 1 + dice).min(mail.octets);
                self.said = Some(to);
                let bytes = content(number, mail.octets)[said..to].to_vec();
                vec![Notice::Body { kind: BodyKind::Retr, number, bytes }]
            }
        }
    }

    /// The line goes: what the engine tells then.
    fn go(&mut self) -> Vec<Notice> {
        (self.gone, _) = (true, std::mem::take(&mut self.marks));
        let number = self.lines.front().and_then(Line::number);
        let torso = self.said.take().zip(number).map(|(said, number)| Notice::BodyEnd {
            kind: BodyKind::Retr,
            number,
            octets: said as u64,
            complete: false,
        });
        torso.into_iter().chain([Notice::Closed { clean: false }]).collect()
    }
}

/// What is none of the course's business, or not yet.
fn noise(dice: u8) -> Option<Notice> {
    let number = 100_000 + u32::from(dice);
    match dice % 16 {
        0 => Some(Notice::Body { kind: BodyKind::Retr, number, bytes: b"strange".to_vec() }),
        1 => Some(Notice::BodyEnd { kind: BodyKind::Retr, number, octets: 7, complete: true }),
        2 => Some(Notice::Body { kind: BodyKind::Top, number: 1, bytes: b"Subject: x".to_vec() }),
        3 => Some(Notice::BodyEnd { kind: BodyKind::Top, number: 1, octets: 10, complete: true }),
        4 => Some(replied(Verb::Retr, number, b"+OK")),
        5 => Some(Notice::Marked(number)),
        _ => None,
    }
}

struct World {
    plan: Plan,
    course: Course,
    server: Server,
    disk: Disk,
    answers: VecDeque<Kept>,
    now: Instant,
    asked: BTreeSet<u32>,
}

impl World {
    fn new(plan: Plan) -> Self {
        let now = Instant::now();
        let wanted = plan.mails.iter().zip(1..).map(|(mail, number)| Wanted {
            number,
            octets: mail.announced,
            uid: mail.own_id.then(|| "id".into()),
        });
        let course = Course::new(wanted.collect(), plan.delete, now);
        let (server, disk, answers) = (Server::default(), Disk::default(), VecDeque::new());
        Self { plan, course, server, disk, answers, now, asked: BTreeSet::new() }
    }

    /// Does what the course wants; its end, when it has come to it.
    fn drain(&mut self) -> Option<Outcome> {
        while let Some(step) = self.course.poll() {
            match step {
                Step::Send(line) => {
                    self.check(&line);
                    self.server.lines.push_back(line);
                }
                Step::Keep(order) => self.disk.orders.push_back(order),
                Step::Done(outcome) => return Some(outcome),
            }
        }
        None
    }

    /// The invariant.
    fn check(&mut self, line: &Line) {
        let number = line.number().unwrap();
        let mail = &self.plan.mails[number as usize - 1];
        assert!(!self.server.gone || self.plan.cut.is_some());
        match line.verb() {
            Verb::Retr => assert!(self.asked.insert(number), "{number} is asked for twice"),
            Verb::Dele => {
                assert!(self.plan.delete && mail.own_id, "{number} may not be deleted");
                assert_eq!(self.disk.synced.get(&number), Some(&content(number, mail.octets)), "{number} is not safe");
            }
            other => panic!("{other:?} is none of its words"),
        }
    }

    fn happen(&mut self, dice: u8) {
        self.now += Duration::from_millis(u64::from(dice));
        if let Some(notice) = noise(dice / 3) {
            self.course.notice(notice, self.now);
        }
        match dice % 3 {
            0 => self.answers.extend(self.disk.work(self.plan.fails)),
            1 => {
                if let Some(kept) = self.answers.pop_front() {
                    self.course.kept(kept, self.now);
                }
            }
            _ => {
                for notice in self.server.next(&self.plan, usize::from(dice) * 4) {
                    self.course.notice(notice, self.now);
                }
            }
        }
    }

    fn live(mut self) -> (Self, Outcome) {
        // Every message takes a handful of events of each kind; the dice may go against us for long.
        let most = 3_000 + self.plan.mails.len() * 3_000;
        for event in 0..most {
            if let Some(outcome) = self.drain() {
                return (self, outcome);
            }
            if self.plan.stop == Some(event) {
                self.course.stop();
            }
            // A die, and then everybody in turn, so that nobody starves.
            let dice = self.plan.dice[event % self.plan.dice.len()];
            self.happen(if event % 2 == 0 { dice } else { (event / 2 % 3) as u8 + 252 });
        }
        panic!("it does not end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_deleted_that_is_not_safe_and_it_always_ends(plan in plan()) {
        let (mut world, outcome) = World::new(plan).live();
        let mails = &world.plan.mails;
        for number in &outcome.safe {
            let mail = &mails[*number as usize - 1];
            prop_assert_eq!(world.disk.synced.get(number), Some(&content(*number, mail.octets)));
        }
        let safe: BTreeSet<u32> = outcome.safe.iter().copied().collect();
        prop_assert_eq!(safe.len(), outcome.safe.len(), "named twice");
        if !world.server.gone {
            prop_assert_eq!(&outcome.marked.iter().copied().collect::<BTreeSet<_>>(), &world.server.marks);
        }
        prop_assert!(outcome.marked.iter().all(|number| safe.contains(number)));
        prop_assert!(outcome.refused.iter().all(|(number, _)| mails[*number as usize - 1].refused));
        prop_assert_eq!(outcome.safe.len() + outcome.refused.len() + outcome.left, mails.len());
        prop_assert!(outcome.left == 0 || outcome.why.is_some());
        prop_assert_eq!(outcome.cause == Cause::Whole, outcome.why.is_none());
        let undisturbed = (world.plan.cut, world.plan.fails, world.plan.stop) == (None, None, None);
        if undisturbed {
            prop_assert_eq!((outcome.left, &outcome.why), (0, &None));
            let wished = |mail: &Mail| world.plan.delete && mail.own_id && !mail.refused && !mail.dele_refused;
            prop_assert_eq!(outcome.marked.len(), mails.iter().filter(|mail| wished(mail)).count());
            prop_assert!(world.server.lines.is_empty(), "something is still asked");
        }
        world.course.stop();
        world.course.line_lost("late");
        world.course.kept(Kept::Safe(vec![1]), world.now);
        world.course.notice(Notice::Closed { clean: true }, world.now);
        prop_assert_eq!(world.course.poll(), None, "there is one end");
    }
}
