//! Where live results go: standard output, or another program's UDP port.

use crate::tracks::LiveLine;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::str::FromStr;

/// More does not fit into a datagram (65,507 bytes, less some for whoever wraps it once more).
const MAX_DATAGRAM_BYTES: usize = 60_000;

/// Where live results shall go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmitTarget {
    /// Standard output.
    Stdout,
    /// A UDP port: host and port as they were typed.
    Udp(String),
}

impl FromStr for EmitTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "stdout" || text == "-" {
            return Ok(Self::Stdout);
        }
        let address =
            text.strip_prefix("udp:").ok_or("expected udp:HOST:PORT, such as udp:127.0.0.1:9000, or stdout")?;
        let (host, port) = address.rsplit_once(':').ok_or("expected udp:HOST:PORT, the port is missing")?;
        match port.parse::<u16>() {
            Ok(1..) if !host.is_empty() => Ok(Self::Udp(address.to_owned())),
            _ => Err(format!("'{address}' is not a host and a port from 1 to 65535")),
        }
    }
}

impl std::fmt::Display for EmitTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::Udp(address) => write!(f, "udp:{address}"),
        }
    }
}

/// Takes lines one by one. A line is delivered whole or not at all.
pub trait Outlet: Send {
    /// Delivers a line; `false` if nobody takes it at the moment.
    ///
    /// # Errors
    /// When nothing can be delivered any more.
    fn deliver(&mut self, line: &LiveLine) -> io::Result<bool>;
}

impl EmitTarget {
    /// Opens it. Looking up a host's name may take a while.
    ///
    /// # Errors
    /// When the host is not known, or no socket can be had.
    pub fn open(&self) -> io::Result<Box<dyn Outlet>> {
        Ok(match self {
            Self::Stdout => Box::new(Lines::new(io::stdout())),
            Self::Udp(address) => Box::new(Datagrams::open(address)?),
        })
    }
}

/// A line after the other into a stream. Waits for whoever reads it.
pub struct Lines<W>(W);

impl<W: Write + Send> Lines<W> {
    /// Lines into this.
    pub fn new(to: W) -> Self {
        Self(to)
    }
}

impl<W: Write + Send> Outlet for Lines<W> {
    fn deliver(&mut self, line: &LiveLine) -> io::Result<bool> {
        self.0.write_all(&line.to_json())?;
        self.0.flush()?;
        Ok(true)
    }
}

/// A datagram for each line. Never waits: what the system does not take at once is lost, as it is without a reader.
struct Datagrams(UdpSocket);

impl Datagrams {
    fn open(address: &str) -> io::Result<Self> {
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
                    return Ok(Self(socket));
                }
                Err(error) => problem = error,
            }
        }
        Err(problem)
    }

    fn send(&self, message: &[u8]) -> io::Result<bool> {
        // A refusal tells that the message before found no reader; this one may find one.
        let sent = match self.0.send(message) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => self.0.send(message),
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
fn is_passing(error: &io::Error) -> bool {
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
        for message in line.to_messages(MAX_DATAGRAM_BYTES) {
            is_whole &= self.send(&message)?;
        }
        Ok(is_whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::FrameIndex;

    fn line(frame: u32) -> LiveLine {
        LiveLine { frame: FrameIndex(frame), time_secs: 0.0, unix_secs: 0.0, clip_frame: None, points: Vec::new() }
    }

    #[test]
    fn a_target_is_standard_output_or_host_and_port() {
        assert_eq!("stdout".parse(), Ok(EmitTarget::Stdout));
        assert_eq!("-".parse(), Ok(EmitTarget::Stdout));
        for address in ["127.0.0.1:9000", "localhost:1", "[::1]:65535"] {
            assert_eq!(format!("udp:{address}").parse(), Ok(EmitTarget::Udp(address.into())));
        }
        for bad in ["", "udp", "udp:", "udp:9000", "udp:host", "udp:host:0", "udp:host:65536", "udp::9000", "tcp:a:1"] {
            assert!(bad.parse::<EmitTarget>().is_err(), "{bad}");
        }
    }

    #[test]
    fn datagrams_arrive_and_a_missing_reader_is_no_failure() {
        let reader = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = reader.local_addr().unwrap();
        let mut outlet = EmitTarget::Udp(address.to_string()).open().unwrap();
        assert!(outlet.deliver(&line(1)).unwrap());
        let mut bytes = [0; 999];
        let length = reader.recv(&mut bytes).unwrap();
        assert_eq!(bytes[..length], line(1).to_json());
        drop(reader);
        for frame in 2..6 {
            outlet.deliver(&line(frame)).unwrap();
        }
        let reader = UdpSocket::bind(address).unwrap();
        outlet.deliver(&line(6)).unwrap();
        let length = reader.recv(&mut bytes).unwrap();
        assert_eq!(bytes[..length], line(6).to_json(), "whoever starts late gets what comes then");
    }

    #[test]
    fn lines_are_whole_and_a_closed_reader_ends_them() {
        let mut written = Vec::new();
        let mut outlet = Lines::new(&mut written);
        assert!(outlet.deliver(&line(1)).unwrap() && outlet.deliver(&line(2)).unwrap());
        assert_eq!(written, [line(1).to_json(), line(2).to_json()].concat());
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        assert_eq!(Lines::new(writer).deliver(&line(3)).unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}
