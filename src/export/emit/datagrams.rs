//! A UDP port: JSON or OSC, a datagram or several for each frame. Never waits for anybody.

use super::Outlet;
use crate::tracks::LiveLine;
use rosc::{OscBundle, OscMessage, OscPacket, OscTime, OscType, encoder};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

/// More does not fit into a datagram (65,507 bytes, less some for whoever wraps it once more).
const MAX_DATAGRAM_BYTES: usize = 60_000;
/// Points in a datagram of OSC, each of some 50 bytes.
const MAX_OSC_POINTS: usize = 1000;

/// What a datagram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Json,
    Osc,
}

/// Datagrams. What the system does not take at once is lost, as it is without a reader.
pub(super) struct Datagrams {
    socket: UdpSocket,
    language: Language,
}

impl Datagrams {
    pub(super) fn open(address: &str, language: Language) -> io::Result<Self> {
        let targets: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
        let mut problem = io::Error::new(ErrorKind::NotFound, "the host is not known");
        for target in targets {
            let own: SocketAddr = match target {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            match UdpSocket::bind(own).and_then(|socket| socket.connect(target).map(|()| socket)) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    return Ok(Self { socket, language });
                }
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    fn send(&self, message: &[u8]) -> io::Result<bool> {
        // A refusal tells that the message before found no reader; this one may find one.
        let sent = match self.socket.send(message) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => self.socket.send(message),
            other => other,
        };
        match sent {
            Ok(_) => Ok(true),
            Err(error) if is_passing(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether later messages may get through: nobody listens, the buffers are full, the network is away.
pub(super) fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::WouldBlock
            | ErrorKind::Interrupted
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::OutOfMemory
    )
}

impl Outlet for Datagrams {
    fn deliver(&mut self, line: &LiveLine) -> io::Result<bool> {
        let mut is_whole = true;
        let messages = match self.language {
            Language::Json => line.to_messages(MAX_DATAGRAM_BYTES),
            Language::Osc => to_osc(line)?,
        };
        for message in messages {
            is_whole &= self.send(&message)?;
        }
        Ok(is_whole)
    }
}

/// Bundles of `/cotrail/frame` (number, seconds since the first one) and a `/cotrail/point/ID` (x, y, visible, score)
/// for each point.
fn to_osc(line: &LiveLine) -> io::Result<Vec<Vec<u8>>> {
    let message = |addr: String, args: Vec<OscType>| OscPacket::Message(OscMessage { addr, args });
    let frame = || {
        let number = i32::try_from(line.frame.0).unwrap_or(i32::MAX);
        message("/cotrail/frame".to_owned(), vec![OscType::Int(number), OscType::Float(line.time_secs as f32)])
    };
    let points: Vec<OscPacket> = line
        .points
        .iter()
        .map(|sample| {
            let score = sample.score();
            let place = [sample.point.x, sample.point.y].map(OscType::Float);
            let args = place.into_iter().chain([OscType::Int(i32::from(sample.visible)), OscType::Float(score)]);
            message(format!("/cotrail/point/{}", sample.id), args.collect())
        })
        .collect();
    let immediately = OscTime { seconds: 0, fractional: 1 };
    let bundle = |points: &[OscPacket]| {
        let content = std::iter::once(frame()).chain(points.iter().cloned()).collect();
        encoder::encode(&OscPacket::Bundle(OscBundle { timetag: immediately, content })).map_err(io::Error::other)
    };
    if points.is_empty() { Ok(vec![bundle(&[])?]) } else { points.chunks(MAX_OSC_POINTS).map(bundle).collect() }
}
