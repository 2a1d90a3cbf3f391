//! Numbers, times and names in words.

use std::path::Path;

/// "1 frame", "2 frames".
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The last part of a path.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A message as a sentence that stands alone.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', '…']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// How long ago something was, in words.
pub(crate) fn ago(secs: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let count = |n: u64, unit: &str| format!("{} ago", counted(n as usize, unit));
    match secs {
        0..MINUTE => "just now".to_owned(),
        MINUTE..HOUR => count(secs / MINUTE, "minute"),
        HOUR..DAY => count(secs / HOUR, "hour"),
        _ if secs < 2 * DAY => "yesterday".to_owned(),
        _ if secs < 14 * DAY => count(secs / DAY, "day"),
        _ if secs < 60 * DAY => count(secs / (7 * DAY), "week"),
        _ if secs < 730 * DAY => count(secs / (30 * DAY), "month"),
        _ => count(secs / (365 * DAY), "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_words() {
        let told = [0, 59, 60, 150, 3599, 3600, 7300, 86_400, 200_000, 86_400 * 14, 86_400 * 60, 86_400 * 800].map(ago);
        let expected = [
            "just now",
            "just now",
            "1 minute ago",
            "2 minutes ago",
            "59 minutes ago",
            "1 hour ago",
            "2 hours ago",
            "yesterday",
            "2 days ago",
            "2 weeks ago",
            "2 months ago",
            "2 years ago",
        ];
        assert_eq!(told, expected);
    }
}
