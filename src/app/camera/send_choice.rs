//! Where the points of a camera are sent.

use crate::export::EmitTarget;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SendKind {
    #[default]
    Udp,
    Tcp,
    Osc,
}

impl SendKind {
    /// Each with its name and what it is.
    pub(super) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Udp, "UDP", "A datagram of JSON for each frame; nobody has to listen"),
        (Self::Tcp, "TCP", "A line of JSON for each frame, to a program that listens there"),
        (Self::Osc, "OSC", "/cotrail/frame and /cotrail/point/ID over UDP, for music and stage programs"),
    ];
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SendChoice {
    pub(super) kind: SendKind,
    /// Host and port, as they were typed.
    pub(super) address: String,
}

impl Default for SendChoice {
    fn default() -> Self {
        Self { kind: SendKind::default(), address: "127.0.0.1:9000".to_owned() }
    }
}

impl SendChoice {
    /// What it means.
    ///
    /// # Errors
    /// What is wrong with the address.
    pub(crate) fn target(&self) -> Result<EmitTarget, String> {
        let kind = match self.kind {
            SendKind::Udp => "udp",
            SendKind::Tcp => "tcp",
            SendKind::Osc => "osc",
        };
        format!("{kind}:{}", self.address.trim()).parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_a_target_or_says_what_is_wrong() {
        assert_eq!(SendChoice::default().target(), Ok(EmitTarget::Udp("127.0.0.1:9000".to_owned())));
        let typed = |address: &str| SendChoice { kind: SendKind::Osc, address: address.to_owned() }.target();
        assert_eq!(typed(" stage.local:7000 "), Ok(EmitTarget::Osc("stage.local:7000".to_owned())));
        assert!(typed("stage.local").unwrap_err().contains("port"));
    }
}
