//! The report that a sender asked for with NOTIFY=SUCCESS, as a mail of its own (RFC 3461 6.2, RFC 3464, RFC 6533).
//!
//! It is put into the sender's mailbox here, if the sender has one, from nobody: no report is ever made of a report. As
//! nothing failed, it quotes the headers only, whatever RET says (RFC 3461 4.3).

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;
use memchr::memmem;

use super::Site;
use super::accounts::{Accounts, Route};
use super::clock;
use super::smtp::address::Address;
use super::store::{Body, Mail, Protocol, Recipient};

/// A report that is to be written once the mail has its queue id.
#[derive(Debug)]
pub struct Report {
    /// Whose mailbox it goes to.
    to: Recipient,
    /// Whom the mail was delivered to: where it said first, and where it went.
    recipients: Vec<(Option<String>, String)>,
    envid: Option<String>,
    headers: Vec<u8>,
    hold_until: Option<Timestamp>,
}

impl Report {
    /// Of `mail`; `None` where nobody asked, or nobody here would get it.
    pub fn of(mail: &Mail, accounts: &Accounts) -> Option<Self> {
        let asked = mail.to.iter().filter(|recipient| recipient.parameters.success && recipient.mailbox.is_some());
        let recipients: Vec<_> =
            asked.map(|recipient| (recipient.parameters.original.clone(), recipient.given.clone())).collect();
        let sender = Address::parse(&mail.from).ok().filter(|_| !recipients.is_empty())?;
        let Route::Mailbox(mailbox) = accounts.route(&sender) else { return None };
        let own = accounts.users()[mailbox].address.clone();
        let octets = mail.body.octets();
        let end = memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 2);
        Some(Self {
            to: Recipient::new(mailbox, own, mail.from.clone()),
            recipients,
            envid: mail.envid.clone(),
            headers: octets[..end].to_vec(),
            hold_until: mail.hold_until,
        })
    }

    /// Puts it into the mailbox. A store without room goes without it: the mail itself is what counts.
    pub fn deliver(self, site: &Site, queue_id: &str) {
        let domain = site.accounts.domain();
        let now = self.hold_until.unwrap_or_else(|| site.store.now());
        let body = Body::new(self.text(domain, queue_id, &clock::date(now)), true);
        let mail = Mail {
            from: String::new(),
            to: vec![self.to],
            helo: domain.to_owned(),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            protocol: Protocol::ESMTP,
            body,
            asked: Vec::new(),
            envid: None,
            hold_until: self.hold_until,
        };
        let _full = site.store.put(mail, now);
    }

    fn text(&self, domain: &str, queue_id: &str, date: &str) -> Vec<u8> {
        let boundary = format!("report-of-{queue_id}");
        let utf8 = !self.headers.is_ascii() || self.recipients.iter().any(|(_, given)| !given.is_ascii());
        let (status, headers) = if utf8 {
            ("message/global-delivery-status", "message/global-headers")
        } else {
            ("message/delivery-status", "text/rfc822-headers")
        };
        let mut out = format!(
            "From: Mail delivery <postmaster@{domain}>\r\nTo: <{}>\r\nSubject: Delivered: your mail {queue_id}\r\n\
             Date: {date}\r\nMessage-ID: <{queue_id}.report@{domain}>\r\nAuto-Submitted: auto-replied\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\
             \tboundary=\"{boundary}\"\r\n\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n\
             Your mail lies in the mailbox of each of these recipients. You asked to be\r\n\
             told so, with NOTIFY=SUCCESS (DSN, RFC 3461).\r\n\r\n",
            self.to.given
        );
        for (_, given) in &self.recipients {
            line(&mut out, "  ", given);
        }
        let head =
            |kind: &str| format!("\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        out.push_str(&head(status));
        line(&mut out, "Reporting-MTA: dns; ", domain);
        if let Some(envid) = &self.envid {
            line(&mut out, "Original-Envelope-Id: ", envid);
        }
        line(&mut out, "Arrival-Date: ", date);
        for (original, given) in &self.recipients {
            out.push_str("\r\n");
            if let Some(original) = original {
                line(&mut out, "Original-Recipient: ", original);
            }
            line(
                &mut out,
                if given.is_ascii() { "Final-Recipient: rfc822; " } else { "Final-Recipient: utf-8; " },
                given,
            );
            out.push_str("Action: delivered\r\nStatus: 2.0.0\r\n");
        }
        out.push_str(&head(headers));
        [out.as_bytes(), &self.headers, format!("\r\n--{boundary}--\r\n").as_bytes()].concat()
    }
}

fn line(out: &mut String, before: &str, text: &str) {
    write!(out, "{before}{text}\r\n").expect("writing to a String cannot fail");
}
