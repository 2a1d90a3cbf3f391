//! Where live results go: standard output, or another program's UDP or TCP port.

mod connection;
mod datagrams;

use crate::tracks::LiveLine;
use connection::Connection;
use datagrams::{Datagrams, Language};
use std::io::{self, Write};
use std::str::FromStr;

/// Where live results shall go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmitTarget {
    /// Standard output.
    Stdout,
    /// A UDP port, a datagram of JSON for each frame: host and port as they were typed.
    Udp(String),
    /// A TCP port where another program listens, a line of JSON for each frame.
    Tcp(String),
    /// A UDP port, OSC: a bundle for each frame.
    Osc(String),
}

impl FromStr for EmitTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "stdout" || text == "-" {
            return Ok(Self::Stdout);
        }
        let (language, address) = text.split_once(':').unwrap_or((text, ""));
        let kind = match language {
            "udp" => Self::Udp,
            "tcp" => Self::Tcp,
            "osc" => Self::Osc,
            _ => return Err("expected udp:HOST:PORT, such as udp:127.0.0.1:9000, tcp:…, osc:…, or stdout".to_owned()),
        };
        let (host, port) = address.rsplit_once(':').ok_or("expected HOST:PORT, the port is missing")?;
        match port.parse::<u16>() {
            Ok(1..) if !host.is_empty() => Ok(kind(address.to_owned())),
            _ => Err(format!("'{address}' is not a host and a port from 1 to 65535")),
        }
    }
}

impl std::fmt::Display for EmitTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdout => f.write_str("standard output"),
            Self::Udp(address) => write!(f, "udp:{address}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Osc(address) => write!(f, "osc:{address}"),
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
            Self::Udp(address) => Box::new(Datagrams::open(address, Language::Json)?),
            Self::Tcp(address) => Box::new(Connection::open(address)?),
            Self::Osc(address) => Box::new(Datagrams::open(address, Language::Osc)?),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{FrameIndex, SourcePoint};
    use crate::tracks::LiveSample;
    use rosc::{OscPacket, OscType, decoder};
    use std::io::{BufRead, BufReader, ErrorKind};
    use std::net::{TcpListener, UdpSocket};

    fn line(frame: u32) -> LiveLine {
        LiveLine { frame: FrameIndex(frame), ..LiveLine::default() }
    }

    #[test]
    fn a_target_is_standard_output_or_host_and_port() {
        assert_eq!("stdout".parse(), Ok(EmitTarget::Stdout));
        assert_eq!("-".parse(), Ok(EmitTarget::Stdout));
        for address in ["127.0.0.1:9000", "localhost:1", "[::1]:65535"] {
            assert_eq!(format!("udp:{address}").parse(), Ok(EmitTarget::Udp(address.into())));
            assert_eq!(format!("tcp:{address}").parse(), Ok(EmitTarget::Tcp(address.into())));
            assert_eq!(EmitTarget::Osc(address.into()).to_string().parse(), Ok(EmitTarget::Osc(address.into())));
        }
        for bad in
            ["", "udp", "udp:", "udp:9000", "udp:host", "udp:host:0", "udp:host:65536", "udp::9000", "ws:a:1", "tcp"]
        {
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

    #[test]
    fn osc_has_a_message_for_the_frame_and_one_for_each_point() {
        let reader = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut outlet = EmitTarget::Osc(reader.local_addr().unwrap().to_string()).open().unwrap();
        let sample = |id: u32| LiveSample::placed(id, SourcePoint::new(id as f32 + 0.5, 7.25));
        let line = LiveLine { points: (0..1500).map(sample).collect(), time_secs: 0.5, ..line(12) };
        assert!(outlet.deliver(&line).unwrap());
        let mut found = Vec::new();
        for _ in 0..2 {
            let mut bytes = vec![0; 1 << 16];
            let length = reader.recv(&mut bytes).unwrap();
            let OscPacket::Bundle(bundle) = decoder::decode_udp(&bytes[..length]).unwrap().1 else {
                panic!("no bundle")
            };
            let mut messages = bundle.content.into_iter().map(|packet| match packet {
                OscPacket::Message(message) => message,
                OscPacket::Bundle(_) => panic!("bundles of messages alone"),
            });
            let frame = messages.next().unwrap();
            assert_eq!(
                (frame.addr.as_str(), frame.args),
                ("/cotrail/frame", vec![OscType::Int(12), OscType::Float(0.5)])
            );
            found.extend(messages);
        }
        assert_eq!(found.len(), 1500, "in two datagrams");
        let place = [OscType::Float(1400.5), OscType::Float(7.25), OscType::Int(1), OscType::Float(1.0)];
        assert_eq!((found[1400].addr.as_str(), &found[1400].args[..]), ("/cotrail/point/1400", &place[..]));
    }

    #[test]
    fn a_tcp_reader_gets_lines_and_may_come_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut outlet = EmitTarget::Tcp(address.to_string()).open().unwrap();
        for frame in 1..4 {
            assert!(outlet.deliver(&line(frame)).unwrap());
        }
        let (stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream).split(b'\n');
        for frame in 1..4 {
            assert_eq!([&lines.next().unwrap().unwrap()[..], b"\n"].concat(), line(frame).to_json());
        }
        drop(lines);
        // It takes a line or two until the system notices; then there is a new connection.
        listener.set_nonblocking(true).unwrap();
        let mut frame = 4;
        let stream = loop {
            outlet.deliver(&line(frame)).unwrap();
            frame += 1;
            match listener.accept() {
                Ok((stream, _)) => break stream,
                Err(_) => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        };
        stream.set_nonblocking(false).unwrap();
        let first = BufReader::new(stream).split(b'\n').next().unwrap().unwrap();
        let first: LiveLine = serde_json::from_slice(&first).unwrap();
        assert!((4..frame).contains(&first.frame.0), "whole lines, from the first that went there");
    }
}
