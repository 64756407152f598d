//! A little name server on loopback: answers from a table, over UDP and TCP.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX, SRV};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// What is known, and where answers are to go wrong. Names that are not here do not exist.
#[derive(Clone, Default)]
pub struct Names {
    records: HashMap<Name, Vec<RData>>,
    failing: Vec<(Name, Option<RecordType>)>,
    silent: Vec<Name>,
    truncated: Vec<Name>,
}

/// A server that runs until it is dropped.
pub struct NameServer {
    pub address: SocketAddr,
    _serving: JoinSet<()>,
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

impl Names {
    pub fn address(self, host: &str, address: &str) -> Self {
        let data = match address.parse().unwrap() {
            std::net::IpAddr::V4(v4) => RData::A(A(v4)),
            std::net::IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        self.record(name(host), data)
    }

    pub fn alias(self, host: &str, target: &str) -> Self {
        self.record(name(host), RData::CNAME(CNAME(name(target))))
    }

    pub fn mx(self, domain: &str, preference: u16, host: &str) -> Self {
        self.record(name(domain), RData::MX(MX::new(preference, name(host))))
    }

    pub fn srv(self, service: &str, priority: u16, weight: u16, port: u16, host: &str) -> Self {
        self.srv_at(service, SRV::new(priority, weight, port, name(host)))
    }

    pub fn srv_at(self, service: &str, srv: SRV) -> Self {
        self.record(name(service), RData::SRV(srv))
    }

    pub fn record(mut self, name: Name, data: RData) -> Self {
        self.records.entry(name).or_default().push(data);
        self
    }

    /// Questions about `host` are answered by a server failure.
    pub fn failing(mut self, host: &str) -> Self {
        self.failing.push((name(host), None));
        self
    }

    /// The same for questions of one kind.
    pub fn failing_for(mut self, host: &str, kind: RecordType) -> Self {
        self.failing.push((name(host), Some(kind)));
        self
    }

    /// Questions about `host` are not answered.
    pub fn silent(mut self, host: &str) -> Self {
        self.silent.push(name(host));
        self
    }

    /// Answers about `host` fit TCP only.
    pub fn truncated(mut self, host: &str) -> Self {
        self.truncated.push(name(host));
        self
    }

    pub async fn serve(self) -> NameServer {
        let names = Arc::new(self);
        // A port that is free for UDP is almost always free for TCP.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(serve_udp(names.clone(), udp));
        serving.spawn(serve_tcp(names, tcp));
        NameServer { address, _serving: serving }
    }

    fn answer(&self, question: &[u8], truncates: bool) -> Option<Vec<u8>> {
        let question = Message::from_vec(question).ok()?;
        let query = question.queries.first()?.clone();
        let mut reply = Message::response(question.metadata.id, OpCode::Query);
        reply.metadata.recursion_desired = true;
        reply.metadata.recursion_available = true;
        reply.add_query(query.clone());
        let asked = query.name().to_lowercase();
        if self.silent.contains(&asked) {
            return None;
        }
        let kind = query.query_type();
        if self.failing.iter().any(|(name, only)| *name == asked && only.is_none_or(|only| only == kind)) {
            reply.metadata.response_code = ResponseCode::ServFail;
        } else if truncates && self.truncated.contains(&asked) {
            reply.metadata.truncation = true;
        } else {
            self.fill(&mut reply, query.name(), kind);
        }
        reply.to_vec().ok()
    }

    fn fill(&self, reply: &mut Message, asked: &Name, kind: RecordType) {
        let Some(records) = self.records.get(&asked.to_lowercase()) else {
            reply.metadata.response_code = ResponseCode::NXDomain;
            return;
        };
        for data in records {
            if let RData::CNAME(target) = data {
                reply.add_answer(Record::from_rdata(asked.clone(), 60, data.clone()));
                self.fill(reply, &target.0, kind);
            } else if data.record_type() == kind {
                reply.add_answer(Record::from_rdata(asked.clone(), 60, data.clone()));
            }
        }
    }
}

async fn serve_udp(names: Arc<Names>, socket: UdpSocket) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        if let Some(reply) = names.answer(&buffer[..length], true) {
            let _ = socket.send_to(&reply, from).await;
        }
    }
}

async fn serve_tcp(names: Arc<Names>, listener: TcpListener) {
    let mut callers = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        callers.spawn(serve_caller(names.clone(), stream));
    }
}

async fn serve_caller(names: Arc<Names>, mut stream: TcpStream) {
    while let Ok(length) = stream.read_u16().await {
        let mut question = vec![0; usize::from(length)];
        if stream.read_exact(&mut question).await.is_err() {
            return;
        }
        let Some(reply) = names.answer(&question, false) else { continue };
        let length = u16::try_from(reply.len()).unwrap();
        let framed = [&length.to_be_bytes()[..], &reply].concat();
        if stream.write_all(&framed).await.is_err() {
            return;
        }
    }
}
