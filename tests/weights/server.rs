//! A small HTTP server on the loopback that misbehaves as it is told.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How the server answers one request; the last one of a list answers all that follow.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Sends only so many bytes of the body, then hangs up.
    pub(crate) cut_after: Option<usize>,
    /// Stays silent after what it sends, with the connection open, until the client goes.
    pub(crate) falls_silent: bool,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The whole file.
    pub(crate) fn file(bytes: &[u8], etag: &str) -> Self {
        Self { status: 200, headers: vec![("ETag", format!("\"{etag}\""))], body: bytes.to_vec(), ..Self::default() }
    }

    /// The file from byte `from` on.
    pub(crate) fn rest(bytes: &[u8], from: usize, etag: &str) -> Self {
        let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
        let headers = vec![("ETag", format!("\"{etag}\"")), ("Content-Range", range)];
        Self { status: 206, headers, body: bytes[from..].to_vec(), ..Self::default() }
    }

    pub(crate) fn cut_after(self, bytes: usize) -> Self {
        Self { cut_after: Some(bytes), ..self }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What was asked: the path and the `Range` header.
pub(crate) type Request = (String, Option<String>);

/// Runs until the test ends; its thread ends with the process.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        std::thread::Builder::new()
            .spawn(move || {
                for (number, stream) in listener.incoming().enumerate() {
                    let reply = &replies[number.min(replies.len() - 1)];
                    // A client that hangs up early is part of some tests.
                    serve(&stream.unwrap(), reply, &seen).ok();
                }
            })
            .unwrap();
        Self { endpoint, requests }
    }

    /// Everything that was asked for so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The `Range` headers so far.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.requests().into_iter().map(|(_, range)| range).collect()
    }
}

fn serve(stream: &TcpStream, reply: &Reply, seen: &Mutex<Vec<Request>>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut range = None;
    for line in lines.by_ref() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = Some(value.trim().to_owned());
        }
    }
    seen.lock().unwrap().push((path, range));
    let Reply { status, headers, body, cut_after, falls_silent } = reply;
    let mut head = format!("HTTP/1.1 {status} Reply\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Transfer-Encoding" || *name == "Content-Length") {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    let mut stream = stream;
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(&body[..cut_after.unwrap_or(body.len())])?;
    stream.flush()?;
    if *falls_silent {
        let mut rest = [0];
        std::io::Read::read(&mut stream, &mut rest)?; // until the client hangs up
    }
    Ok(())
}
