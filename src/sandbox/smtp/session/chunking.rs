//! BDAT: a mail in measured pieces, without dots (RFC 3030 2).
//!
//! The octets of a piece are read whatever becomes of it, as the client sends them unasked; its reply comes behind them.
//! After a refused piece nothing but RSET helps.

use std::borrow::Cow;

use memchr::memmem;

use super::{Answer, Session};
use crate::sandbox::outbox::Outbox;
use crate::sandbox::smtp::{parameters, reply};
use crate::sandbox::store::Body;

/// A piece whose octets are arriving.
#[derive(Debug)]
pub(super) struct Chunk {
    size: usize,
    left: usize,
    last: bool,
    refusal: Option<Cow<'static, str>>,
}

/// The pieces of a mail so far.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    octets: Vec<u8>,
    /// A piece was refused.
    spoilt: bool,
}

impl Session {
    /// The line of BDAT. Its answer, unless octets come first.
    pub(super) fn bdat(&mut self, argument: &str) -> Option<Answer> {
        let mut words = argument.split_ascii_whitespace();
        let size = words.next().and_then(parameters::octets);
        let last = words.next();
        let is_last = last.is_some_and(|word| word.eq_ignore_ascii_case("LAST"));
        let Some(size) = size.filter(|_| last.is_some() == is_last && words.next().is_none()) else {
            return Some(Err("501 5.5.4 Write BDAT and a number of octets, and LAST behind the last".into()));
        };
        let refusal = self.chunk_refusal(size);
        let chunk = Chunk { size, left: size, last: is_last, refusal };
        if size == 0 {
            return Some(self.chunk_done(chunk));
        }
        self.chunk = Some(chunk);
        None
    }

    fn chunk_refusal(&self, size: usize) -> Option<Cow<'static, str>> {
        let Some(mail) = &self.mail else {
            let first = if self.hello.is_none() { "Say HELO or EHLO first" } else { "Need MAIL before BDAT" };
            return Some(format!("503 5.5.1 {first}").into());
        };
        let (spoilt, so_far) = mail.chunks.as_ref().map_or((false, 0), |chunks| (chunks.spoilt, chunks.octets.len()));
        match () {
            () if mail.to.is_empty() => Some("503 5.5.1 Need RCPT before BDAT".into()),
            () if spoilt => Some("503 5.5.1 A piece of this mail was refused; RSET starts over".into()),
            () if so_far.saturating_add(size) > self.size_limit() => Some(reply::too_big(self.size_limit())),
            () => None,
        }
    }

    /// More of a piece. Returns how much of `input` it was.
    pub(super) fn take_chunk(&mut self, input: &[u8], out: &mut Outbox) -> usize {
        if self.drops_in_data() {
            return input.len();
        }
        let Some(mut chunk) = self.chunk.take() else { return 0 };
        let taken = chunk.left.min(input.len());
        chunk.left -= taken;
        if let Some(mail) = self.mail.as_mut().filter(|_| chunk.refusal.is_none()) {
            mail.chunks.get_or_insert_default().octets.extend_from_slice(&input[..taken]);
        }
        if chunk.left == 0 {
            let answer = self.chunk_done(chunk);
            self.answer(answer, out);
        } else {
            self.chunk = Some(chunk);
        }
        taken
    }

    fn chunk_done(&mut self, chunk: Chunk) -> Answer {
        if let Some(refusal) = chunk.refusal {
            if let Some(mail) = self.mail.as_mut().filter(|mail| !mail.to.is_empty()) {
                mail.chunks = Some(Chunks { octets: Vec::new(), spoilt: true });
            }
            return Err(refusal);
        }
        let mail = self.mail.as_mut().expect("a piece without MAIL is refused");
        let chunks = mail.chunks.get_or_insert_default();
        if !chunk.last {
            return Ok(format!("250 2.0.0 {} octets received", chunk.size).into());
        }
        let octets = std::mem::take(&mut chunks.octets);
        let dotted = octets.starts_with(b".") || memmem::find(&octets, b"\r\n.").is_some();
        self.accept(Some(Body::new(octets, dotted)))
    }
}
