//! One file over HTTP: a request that may ask for the rest of a file, and an answer whose headers are understood.
//!
//! Redirects are followed here, because what Hugging Face says of a file (its SHA-256 and length) stands in the answer
//! that redirects to the storage behind it.

use super::WeightsError;
use std::io::{self, ErrorKind, Read};
use std::time::Duration;
use ureq::http::{HeaderMap, Uri};

const MAX_REDIRECTS: usize = 10;

/// Speaks to servers.
pub(super) struct Client(ureq::Agent);

/// What a server answered, up to the file's bytes.
pub(super) struct Answer {
    pub(super) status: u16,
    /// What the server calls this version of the file.
    pub(super) etag: Option<String>,
    /// SHA-256 of the whole file, where the endpoint announces it.
    pub(super) sha256: Option<String>,
    /// Length of the whole file, where anybody announces it.
    pub(super) num_bytes: Option<u64>,
    /// First byte and length of the whole file, where a part comes; the length alone where none can.
    pub(super) range: (Option<u64>, Option<u64>),
    pub(super) is_web_page: bool,
    /// Who answered.
    pub(super) host: String,
    pub(super) body: Box<dyn Read>,
}

impl Client {
    pub(super) fn new(patience: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_resolve(Some(patience))
            .timeout_connect(Some(patience))
            .timeout_per_read(Some(patience))
            .timeout_per_write(Some(patience))
            .max_idle_connections(0)
            .user_agent(concat!("cotrail/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.new_agent())
    }

    /// Asks for a file, or for what comes from byte `from` on.
    ///
    /// # Errors
    /// When no server answers. An answer that is no file is none: see [`Answer::status`].
    pub(super) fn get(&self, url: &str, from: Option<u64>) -> Result<Answer, WeightsError> {
        let origin = Address::parse(url)?;
        let (mut address, mut linked) = (origin.clone(), Announced::default());
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.0.get(address.text()).header("Accept-Encoding", "identity");
            if let Some(from) = from {
                request = request.header("Range", format!("bytes={from}-"));
            }
            let response = request.call().map_err(|error| failed(&error, &address.host()))?;
            let is_endpoint = address.host() == origin.host();
            linked.take_in(response.headers(), is_endpoint);
            let target = header(response.headers(), "location");
            match target.filter(|_| response.status().is_redirection()) {
                Some(target) => address = address.follow(&target)?,
                None => return Ok(answer(response, linked, is_endpoint, &address)),
            }
        }
        Err(WeightsError::Answer { problem: "the server redirects in circles".to_owned(), url: url.to_owned() })
    }
}

/// What the endpoint says of the file behind a redirect, as Hugging Face does.
#[derive(Default)]
struct Announced {
    etag: Option<String>,
    num_bytes: Option<u64>,
}

impl Announced {
    fn take_in(&mut self, headers: &HeaderMap, is_endpoint: bool) {
        if is_endpoint {
            self.etag = self.etag.take().or_else(|| strong_etag(headers, "x-linked-etag"));
            self.num_bytes = self.num_bytes.or_else(|| header(headers, "x-linked-size")?.parse().ok());
        }
    }
}

fn answer(
    response: ureq::http::Response<ureq::Body>,
    linked: Announced,
    is_endpoint: bool,
    address: &Address,
) -> Answer {
    let (parts, body) = response.into_parts();
    let own_etag = strong_etag(&parts.headers, "etag");
    // A storage's own tag may look like a SHA-256 and be another hash.
    let hash = linked.etag.clone().or_else(|| own_etag.clone().filter(|_| is_endpoint));
    let status = parts.status.as_u16();
    let length = header(&parts.headers, "content-length").and_then(|text| text.parse().ok());
    let kind = header(&parts.headers, "content-type").unwrap_or_default().to_lowercase();
    Answer {
        status,
        etag: linked.etag.or(own_etag),
        sha256: hash.filter(|text| is_sha256(text)).map(|text| text.to_lowercase()),
        num_bytes: linked.num_bytes.or(length.filter(|_| status == 200)),
        range: header(&parts.headers, "content-range").and_then(|text| content_range(&text)).unwrap_or_default(),
        is_web_page: kind.starts_with("text/html"),
        host: address.host(),
        body: Box::new(body.into_reader()),
    }
}

/// A place on the web.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address(Uri);

impl Address {
    fn parse(text: &str) -> Result<Self, WeightsError> {
        let bad = || WeightsError::BadAddress(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let is_web = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
        if is_web { Ok(Self(uri)) } else { Err(bad()) }
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    /// The server with its port.
    fn host(&self) -> String {
        self.0.authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default()
    }

    /// Where a redirect leads; never from an encrypted connection to a plain one.
    fn follow(&self, target: &str) -> Result<Self, WeightsError> {
        let scheme = self.0.scheme_str().unwrap_or("https");
        let target = target.split('#').next().unwrap_or_default();
        let text = if target.contains("://") {
            target.to_owned()
        } else if target.starts_with("//") {
            format!("{scheme}:{target}")
        } else if target.starts_with('/') {
            format!("{scheme}://{}{target}", self.host())
        } else {
            let folder = self.0.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{}{folder}/{target}", self.host())
        };
        let next = Self::parse(&text)?;
        if scheme == "https" && next.0.scheme_str() != Some("https") {
            let problem = "the server redirects to an unencrypted connection".to_owned();
            return Err(WeightsError::Answer { problem, url: text });
        }
        Ok(next)
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

/// A tag that stands for the very bytes: a weak one does not.
fn strong_etag(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = header(headers, name)?;
    let tag = text.trim_matches('"');
    (!tag.is_empty() && !text.starts_with("W/")).then(|| tag.to_owned())
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `bytes 10-99/100`, or `bytes */100` where the range lies beyond the end.
fn content_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes")?.trim().split_once('/')?;
    let first = range.split_once('-').and_then(|(first, _)| first.trim().parse().ok());
    Some((first, total.trim().parse().ok()))
}

/// What went wrong on the way to a server, in words.
fn failed(error: &ureq::Error, host: &str) -> WeightsError {
    let problem = match error {
        ureq::Error::HostNotFound => "the server's name is not known: is there a connection to the network?".to_owned(),
        ureq::Error::Timeout(ureq::Timeout::PerRead) => "the connection fell silent".to_owned(),
        ureq::Error::Timeout(_) => "the server does not answer".to_owned(),
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "the server refuses connections".to_owned(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
                "the connection broke off".to_owned()
            }
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => "the server cannot be reached".to_owned(),
            _ => format!("the connection failed ({error})"),
        },
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) | ureq::Error::Pem(_) => {
            format!("no secure connection could be made ({error})")
        }
        ureq::Error::InvalidProxyUrl | ureq::Error::ConnectProxyFailed(_) => {
            format!("the proxy does not let the connection through ({error})")
        }
        ureq::Error::BadUri(text) => return WeightsError::BadAddress(text.clone()),
        other => format!("the connection failed ({other})"),
    };
    WeightsError::Connection { problem, host: host.to_owned() }
}

/// The same for a connection that broke while the file came.
pub(super) fn broke(error: io::Error, host: &str) -> WeightsError {
    failed(&ureq::Error::from(error), host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_a_browser_would_go_but_not_out_of_encryption() {
        let from = Address::parse("https://hub.example/a/resolve/main/w.pth").unwrap();
        for (target, expected) in [
            ("https://cdn.example/x?sig=1#part", "https://cdn.example/x?sig=1"),
            ("//cdn.example/x", "https://cdn.example/x"),
            ("/b/w.pth", "https://hub.example/b/w.pth"),
            ("v.pth", "https://hub.example/a/resolve/main/v.pth"),
        ] {
            assert_eq!(from.follow(target).unwrap().text(), expected);
        }
        let error = from.follow("http://cdn.example/x").unwrap_err().to_string();
        assert!(error.contains("unencrypted"), "{error}");
        for bad in ["huggingface.co", "ftp://a/b", "https://", ""] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ranges_and_tags_are_understood() {
        assert_eq!(content_range("bytes 10-99/100"), Some((Some(10), Some(100))));
        assert_eq!(content_range("bytes 10-99/*"), Some((Some(10), None)));
        assert_eq!(content_range("bytes */100"), Some((None, Some(100))));
        assert_eq!(content_range("lines 1-2/3"), None);
        let mut headers = HeaderMap::new();
        headers.insert("etag", "W/\"a\"".parse().unwrap());
        assert_eq!(strong_etag(&headers, "etag"), None);
        headers.insert("etag", "\"a\"".parse().unwrap());
        assert_eq!(strong_etag(&headers, "etag"), Some("a".to_owned()));
    }
}
