//! The rules: why each matters, and whether breaking it is worth a question.

/// What a mail may ask of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Delivery status notifications (RFC 3461).
    Dsn,
    /// DELIVERBY (RFC 2852).
    DeliverBy,
    /// FUTURERELEASE (RFC 4865).
    Hold,
    /// REQUIRETLS (RFC 8689).
    RequireTls,
}

impl Request {
    /// The keyword that announces it.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Dsn => "DSN",
            Self::DeliverBy => "DELIVERBY",
            Self::Hold => "FUTURERELEASE",
            Self::RequireTls => "REQUIRETLS",
        }
    }
}

/// A rule that a mail rarely breaks on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// It has headers.
    NoHeader,
    /// A blank line ends them.
    HeaderEnd,
    /// Each line of the header is one.
    NotAHeader,
    /// From is there.
    NoFrom,
    /// Once.
    TwoFroms,
    /// Date is there.
    NoDate,
    /// Once.
    TwoDates,
    /// Message-ID is there.
    NoMessageId,
    /// Once.
    TwoMessageIds,
    /// Subject is there, and not empty.
    NoSubject,
    /// Once.
    TwoSubjects,
    /// Bcc is not in the header.
    Bcc,
    /// Several From addresses need a Sender.
    NoSender,
    /// CR and LF come in pairs.
    BareLineEnd,
    /// Lines have at most 998 octets.
    LongLine,
    /// No octet is zero.
    Nul,
    /// Headers are ASCII.
    RawHeader,
    /// 8-bit text says what it is.
    Undeclared,
    /// 8-bit text goes to servers that announce 8BITMIME.
    EightBit,
    /// Addresses that are not ASCII go to servers that announce SMTPUTF8.
    Utf8Address,
    /// Whoever is in RCPT TO stands in To, Cc or Bcc.
    Stranger,
    /// Whoever stands in To, Cc or Bcc is in RCPT TO.
    LeftOut,
    /// MAIL FROM is Sender, or From.
    OtherSender,
    /// The null sender is for reports.
    NullSender,
    /// The server takes a mail of this size.
    Size,
    /// What the text speaks of is there.
    NoAttachment,
    /// There is a text.
    NoText,
    /// The server announces what is asked of it.
    Unannounced,
}

impl Rule {
    /// Why it matters, with the section that says so.
    pub fn why(self) -> &'static str {
        match self {
            Self::NoHeader => "RFC 5322 3.6: a mail has at least Date and From",
            Self::HeaderEnd => "RFC 5322 2.1: a blank line parts the headers from the text",
            Self::NotAHeader => "RFC 5322 2.2: a header is a name, a colon, a value",
            Self::NoFrom | Self::NoDate => "RFC 5322 3.6: Date and From stand in every mail",
            Self::TwoFroms | Self::TwoDates | Self::TwoMessageIds | Self::TwoSubjects => {
                "RFC 5322 3.6: it stands at most once; programs differ in which one they show"
            }
            Self::NoMessageId => "RFC 5322 3.6.4: replies and duplicates are told by it",
            Self::NoSubject => "RFC 5322 3.6.5: not required, but people and filters look at it first",
            Self::Bcc => "RFC 5322 3.6.3: blind recipients stay so only if nobody reads the header",
            Self::NoSender => "RFC 5322 3.6.2: with several From addresses Sender must say who sent it",
            Self::BareLineEnd => "RFC 5321 2.3.8: a line ends in CRLF, never in CR or LF alone",
            Self::LongLine => "RFC 5321 4.5.3.1.6: 998 octets and CRLF are the most a server must take",
            Self::Nul => "RFC 5322 4: NUL is obsolete even in old mails",
            Self::RawHeader => "RFC 6532 3.2: UTF-8 in headers needs SMTPUTF8; RFC 2047 has encoded words for the rest",
            Self::Undeclared => "RFC 2045 2.8: without MIME headers text is ASCII",
            Self::EightBit => "RFC 6152 3: without 8BITMIME a server may cut the eighth bit off",
            Self::Utf8Address => "RFC 6531 3.2: only a server with SMTPUTF8 takes such an address",
            Self::Stranger | Self::LeftOut => {
                "RFC 5321 2.3.1: the envelope delivers, the header only tells; readers see the header"
            }
            Self::OtherSender => "RFC 5321 4.4: bounces go to MAIL FROM, and SPF and DMARC compare it with From",
            Self::NullSender => "RFC 5321 4.5.5: <> is for reports, which nobody answers",
            Self::Size => "RFC 1870 6.1: a server refuses what is larger than it announced",
            Self::NoAttachment => "a file is easily forgotten, and the mail cannot be called back",
            Self::NoText => "RFC 5322 3.5: a text may be missing; most readers take that for a mistake",
            Self::Unannounced => "RFC 5321 2.2.1: a parameter may go only to a server that announces its extension",
        }
    }

    /// Breaking it unawares is worth a question.
    pub fn weighs(self) -> bool {
        !matches!(self, Self::HeaderEnd | Self::NullSender | Self::LongLine | Self::NoFrom | Self::RawHeader)
    }
}
