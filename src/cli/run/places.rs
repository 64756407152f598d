//! Which server is for which side, of one play or two.

use super::Args;
use crate::cli::Trouble;
use crate::cli::args::{Server, announce, url};
use crate::script::Script;
use crate::wire::Side;

/// A server and the URL that named it; none when a profile did.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where to, without a secret.
    pub server: Server,
    /// As written.
    pub url: Option<String>,
}

/// The servers of one play.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// SMTP or LMTP.
    pub smtp: Option<Place>,
    /// POP3.
    pub pop3: Option<Place>,
}

impl Places {
    /// The server of a side.
    pub fn of(&self, side: Side) -> Option<&Place> {
        match side {
            Side::Smtp => self.smtp.as_ref(),
            Side::Pop3 => self.pop3.as_ref(),
        }
    }

    /// Those there are, SMTP first.
    pub fn all(&self) -> impl Iterator<Item = &Place> {
        self.smtp.iter().chain(&self.pop3)
    }

    /// Our name.
    pub fn hello(&self) -> Option<String> {
        self.all().next().map(|place| place.server.hello.clone())
    }

    /// Whom a URL or a profile names.
    pub fn user(&self) -> Option<String> {
        self.all().find_map(|place| place.server.who.as_ref()).map(|who| who.user().to_owned())
    }

    /// The host of the first.
    pub fn host(&self) -> Option<String> {
        self.all().next().map(|place| place.server.target.host.clone())
    }

    /// The side that a script is for before it says so.
    pub fn side(&self) -> Side {
        if self.smtp.is_none() && self.pop3.is_some() { Side::Pop3 } else { Side::Smtp }
    }

    /// Such as `mx.example:25, pop.example:110`.
    pub fn names(&self) -> String {
        let name = |place: &Place| format!("{}:{}", place.server.target.host, place.server.target.port);
        self.all().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The servers of each play: one play, or two where something is to be compared.
pub fn of(args: &Args, script: &Script) -> Result<Vec<Places>, Trouble> {
    let (mut first, mut second) = ([None, None], [None, None]);
    for text in args.urls() {
        let slot = slot(text)?;
        let place = if first[slot].is_none() { &mut first[slot] } else { &mut second[slot] };
        put(place, text)?;
    }
    for text in &args.against {
        put(&mut second[slot(text)?], text)?;
    }
    let mut plays = vec![places(args, script, &first)?];
    if second.iter().any(Option::is_some) {
        let [smtp, pop3] = second;
        let [first_smtp, first_pop3] = first;
        plays.push(places(args, script, &[smtp.or(first_smtp), pop3.or(first_pop3)])?);
    }
    Ok(plays)
}

fn slot(text: &str) -> Result<usize, Trouble> {
    Ok(match url(text)?.protocol.side() {
        Side::Smtp => 0,
        Side::Pop3 => 1,
    })
}

fn put<'a>(place: &mut Option<&'a str>, text: &'a str) -> Result<(), Trouble> {
    if place.replace(text).is_some() {
        return Err(Trouble::usage(
            "there are more than two servers of one kind",
            "give one, or two that are to be compared",
        ));
    }
    Ok(())
}

fn places(args: &Args, script: &Script, urls: &[Option<&str>; 2]) -> Result<Places, Trouble> {
    let sides = script.sides();
    let place = |side: Side, url: Option<&str>| {
        // A profile need not have a server that the script does not want.
        let wanted = sides.contains(&side);
        if url.is_none() && (args.connect.profile.is_none() || !wanted) {
            let name = side.name();
            let what = format!("the script connects to {name}, and there is no URL for it");
            let advice = format!("give a URL such as {}://127.0.0.1, or --profile NAME", name.to_lowercase());
            return if wanted { Err(Trouble::usage(what, advice)) } else { Ok(None) };
        }
        let server = args.connect.without_sign_in().server(side, url)?;
        announce(&server.target);
        Ok(Some(Place { server, url: url.map(str::to_owned) }))
    };
    Ok(Places { smtp: place(Side::Smtp, urls[0])?, pop3: place(Side::Pop3, urls[1])? })
}
