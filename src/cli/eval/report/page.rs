//! The page: one file that holds everything it shows.

use super::strip::{SAID_COLOUR, TRUTH_COLOUR};
use super::{Described, Report};
use crate::cli::eval::figures::Figures;
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:110rem;padding:0 1.5rem;\
color:#1d1d1f;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:.25rem .7rem;text-align:right;\
border-bottom:1px solid #ddd}th:first-child,td:first-child,td.name,th.name{text-align:left}\
figure{margin:1.4rem 0}figcaption{margin-bottom:.4rem}.strip{display:flex;flex-wrap:wrap;gap:.5rem}\
.strip div{text-align:center;color:#555;font-size:.85rem}.strip img{display:block}\
.dot{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin:0 .3em 0 .8em}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#18181a}th,td{border-color:#444}.strip div{color:#aaa}}";

const LEGEND: &str = "d_avg, OA and AJ are those of TAP-Vid in percent, the mean over clips; d_1 is the share within one \
pixel of a picture of 256 × 256, med the median error in pixels of the clip. d_end and vis_end are of clips of which \
only the last frame is known. ms: milliseconds per frame.";

impl Report {
    /// The page.
    pub(in crate::cli::eval) fn page(&self) -> String {
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>cotrail eval</title><style>{STYLE}</style></head><body>\n\
             <h1>cotrail eval</h1>\n<p>Points followed from where they are {}, on {}.</p>\n",
            if self.queries == "first" { "first seen" } else { "seen on every fifth frame, both ways" },
            escaped(&self.device),
        );
        page.push_str("<h2>All clips</h2>\n");
        table(&mut page, "tracker", self.means.iter().map(|row| (vec![row.names()[1]], row)));
        let _ = writeln!(page, "<p>{LEGEND}</p>\n<ul>");
        for tracker in &self.trackers {
            let _ = writeln!(page, "<li>{}</li>", described(tracker));
        }
        page.push_str("</ul>\n<h2>Clip by clip</h2>\n");
        table(
            &mut page,
            "clip</th><th class=\"name\">tracker",
            self.clips.iter().map(|row| (row.names().to_vec(), row)),
        );
        self.write_worst(&mut page);
        page.push_str("</body></html>\n");
        page
    }

    fn write_worst(&self, page: &mut String) {
        let dot =
            |colour: u32, what: &str| format!("<span class=\"dot\" style=\"background:#{colour:06x}\"></span>{what}");
        let _ = writeln!(
            page,
            "<h2>The worst tracks</h2>\n<p>By how far they are off on average where the point can be seen, in pixels of \
             a picture of 256 × 256.{}{} – hollow: hidden, or said to be.</p>",
            dot(TRUTH_COLOUR, "truth"),
            dot(SAID_COLOUR, "tracked"),
        );
        for worst in &self.worst {
            let (clip, tracker) = (escaped(&worst.clip), escaped(&worst.tracker.1));
            let _ = write!(
                page,
                "<figure><figcaption><b>{clip}</b>, point {}, {tracker}: {:.1} px</figcaption><div class=\"strip\">",
                worst.point, worst.distance
            );
            for (frame, jpeg) in &worst.pictures {
                let data = base64(jpeg);
                let _ = write!(
                    page,
                    "<div><img alt=\"{clip}, frame {frame}\" src=\"data:image/jpeg;base64,{data}\">frame {frame}</div>"
                );
            }
            page.push_str("</div></figure>\n");
        }
    }
}

fn table<'a>(page: &mut String, heads: &str, rows: impl Iterator<Item = (Vec<&'a str>, &'a Figures)>) {
    let _ = write!(page, "<table>\n<tr><th class=\"name\">{heads}</th>");
    for head in Figures::HEADS {
        let _ = write!(page, "<th>{head}</th>");
    }
    page.push_str("<th></th></tr>\n");
    for (names, row) in rows {
        page.push_str("<tr>");
        for name in names {
            let _ = write!(page, "<td class=\"name\">{}</td>", escaped(name));
        }
        for cell in row.cells() {
            let _ = write!(page, "<td>{cell}</td>");
        }
        let _ = writeln!(page, "<td class=\"name\">{}</td></tr>", row.returns().unwrap_or_default());
    }
    page.push_str("</table>\n");
}

fn described(tracker: &Described) -> String {
    let Described { mode, support_grid, local_grid, .. } = tracker;
    let digits: String = tracker.weights_sha256.chars().take(12).collect();
    let together = match tracker.together {
        None => "all points of a clip together".to_owned(),
        Some(1) => "one point at a time".to_owned(),
        Some(n) => format!("{n} points together"),
    };
    let second_look = if tracker.second_look { "" } else { ", without the second look" };
    let polish = if tracker.polish { ", polished" } else { "" };
    let plane = tracker.plane.map_or(String::new(), |side| format!(", as planes of {side} × {side} pixels"));
    format!(
        "{}: weights {} (SHA-256 {digits}…), {mode}, {together}, support {support_grid} × {support_grid} over the picture \
         and {local_grid} × {local_grid} around each point{second_look}{polish}{plane}",
        escaped(&tracker.tracker),
        escaped(&tracker.weights),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// As data URIs want it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_with_padding() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xff, 0xfe, 0xfb]), "//77");
    }
}
