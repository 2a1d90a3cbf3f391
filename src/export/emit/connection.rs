//! A TCP port where another program listens: a line of JSON for each frame. Where nobody is there any more, lines are
//! lost until somebody is again.

use super::Outlet;
use crate::tracks::LiveLine;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long a connection may take, and a line to get out.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines into a connection, which is made anew where it breaks.
pub(super) struct Connection {
    targets: Vec<SocketAddr>,
    stream: Option<TcpStream>,
    /// When it was last tried to make it.
    tried: Instant,
}

impl Connection {
    pub(super) fn open(address: &str) -> io::Result<Self> {
        let targets: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
        let stream = connect(&targets)?;
        Ok(Self { targets, stream: Some(stream), tried: Instant::now() })
    }
}

fn connect(targets: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut problem = io::Error::new(ErrorKind::NotFound, "the host is not known");
    for target in targets {
        match TcpStream::connect_timeout(target, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

impl Outlet for Connection {
    fn deliver(&mut self, line: &LiveLine) -> io::Result<bool> {
        if self.stream.is_none() && self.tried.elapsed() >= PATIENCE {
            self.tried = Instant::now();
            self.stream = connect(&self.targets).ok(); // the next line tries again
        }
        let Some(stream) = &mut self.stream else { return Ok(false) };
        // A line that got out in part must not be followed by another one.
        let is_out = stream.write_all(&line.to_json()).is_ok();
        if !is_out {
            self.stream = None;
        }
        Ok(is_out)
    }
}
