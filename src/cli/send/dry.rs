//! What would be sent, printed: the engine that sends, fed with the replies of a server that takes everything.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::mail::{Prepared, Source};
use crate::cli::args::Server;
use crate::cli::{Status, Trouble};
use crate::connection::{Body, Protocol};
use crate::smtp::{Command, Dialect, MailOutcome, Manner, Notice, Session};
use crate::wire::segment::reader::Reader;
use crate::wire::{ChunkKind, Engine, Output, Segment, Timeouts};

/// What the server announces: all that a mail may ask for.
const ANNOUNCED: &[u8] = b"250-server\r\n250-PIPELINING\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n\
    250-CHUNKING\r\n250-BINARYMIME\r\n250-DELIVERBY\r\n250-FUTURERELEASE 9999999 2999-12-31T23:59:59Z\r\n250 REQUIRETLS\r\n";

/// Prints every mail.
pub fn run(source: &mut Source, manner: &Manner, server: &Server) -> Result<(), Trouble> {
    let dialect = if server.target.protocol == Protocol::Lmtp { Dialect::Lmtp } else { Dialect::Smtp };
    let mut out = io::BufWriter::new(io::stdout().lock());
    for index in 0..source.total() {
        let mail = source.prepare(index, manner.clone())?;
        Rehearsal::new(dialect).mail(mail, &mut out)?;
    }
    out.flush().map_err(|error| Trouble::output(&error))
}

/// A conversation with nobody.
struct Rehearsal {
    session: Session,
    /// Answers to RCPT that LMTP gives again behind the final dot.
    recipients: usize,
    dialect: Dialect,
}

impl Rehearsal {
    /// Up to where the mail comes.
    fn new(dialect: Dialect) -> Self {
        let now = Instant::now();
        let mut session = Session::new(dialect, Timeouts::default(), now);
        session.receive(b"220 server\r\n", now);
        session.submit(Command::Hello("client".to_owned()), now);
        session.receive(ANNOUNCED, now);
        while session.poll().is_some() {}
        Self { session, recipients: 0, dialect }
    }

    fn mail(&mut self, mail: Prepared, out: &mut impl Write) -> Result<(), Trouble> {
        let mut body = Pieces::new(mail.body);
        self.session.submit(Command::Mail(mail.transaction), Instant::now());
        while let Some(output) = self.session.poll() {
            match output {
                Output::Transmit(chunk) => {
                    out.write_all(&chunk.bytes).map_err(|error| Trouble::output(&error))?;
                    self.answer(&chunk.bytes, chunk.kind);
                }
                Output::WantBody(_) => {
                    let (bytes, last) = body.next()?;
                    self.session.body(&bytes, last, Instant::now());
                }
                Output::Notify(Notice::MailDone(report)) if report.outcome != MailOutcome::Sent => {
                    let said = report.reply.as_ref().map(ToString::to_string);
                    let why = report.why.or(said).unwrap_or_default();
                    return Err(Trouble::new(Status::Usage, format!("it would not be sent: {why}")));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Says yes.
    fn answer(&mut self, bytes: &[u8], kind: ChunkKind) {
        let verb = bytes.get(..4).unwrap_or_default().to_ascii_uppercase();
        let (reply, times): (&[u8], _) = match (kind, verb.as_slice()) {
            (ChunkKind::Command, b"DATA") => (b"354 go on\r\n", 1),
            (ChunkKind::Command, b"BDAT") if !bytes.ends_with(b" LAST\r\n") => (b"250 ok\r\n", 1),
            (ChunkKind::Command, b"BDAT") | (ChunkKind::BodyEnd, _) if self.dialect == Dialect::Lmtp => {
                (b"250 ok\r\n", self.recipients)
            }
            (ChunkKind::Command | ChunkKind::BodyEnd, _) => (b"250 ok\r\n", 1),
            _ => return,
        };
        self.recipients += usize::from(kind == ChunkKind::Command && verb == b"RCPT");
        self.session.receive(&reply.repeat(times), Instant::now());
    }
}

/// A body, piece by piece.
struct Pieces {
    rest: std::vec::IntoIter<Segment>,
    /// The file that is being read.
    file: Option<(PathBuf, Reader)>,
}

impl Pieces {
    fn new(body: Body) -> Self {
        let segments = match body {
            Body::Bytes(bytes) => vec![Segment::Bytes(bytes)],
            Body::Segments(segments) => segments.to_vec(),
            Body::File(path) => vec![Segment::File { path }],
        };
        Self { rest: segments.into_iter(), file: None }
    }

    /// The next piece, and whether nothing follows.
    fn next(&mut self) -> Result<(Vec<u8>, bool), Trouble> {
        if let Some((path, reader)) = self.file.as_mut().filter(|(_, reader)| !reader.has_ended()) {
            return reader.block(Vec::new()).map(|block| (block, false)).map_err(|error| Trouble::file(path, &error));
        }
        match self.rest.next() {
            None => return Ok((Vec::new(), true)),
            Some(Segment::Bytes(bytes)) => return Ok((bytes.to_vec(), false)),
            Some(file) => {
                let path = file.path().map(Path::to_owned).unwrap_or_default();
                let reader = Reader::open(&file).map_err(|error| Trouble::file(&path, &error))?;
                self.file = Some((path, reader));
            }
        }
        self.next()
    }
}
