//! Finds any frame by its number: decodes on where that is near, seeks to the right key packet where it is not.

use super::container::Container;
use super::decoder::Decoder;
use super::table::FrameTable;
use crate::media::source::MediaError;
use ffmpeg_the_third::Packet;
use ffmpeg_the_third::frame::Video;
use std::collections::VecDeque;
use std::sync::Arc;

/// Up to this many frames ahead, decoding on is cheaper than a seek.
const MAX_FRAMES_AHEAD: usize = 32;
/// A failed search is repeated from the key packet before if that one is at most this many packets further back.
const MAX_RETRY_PACKETS: usize = 1000;
/// So many packets after a seek may be unknown before the seek counts as failed.
const MAX_UNKNOWN_PACKETS: usize = 512;
/// How many key packets a seek may fall back before the file is read from its start.
const MAX_KEYS_BACK: usize = 2;

/// So many decoded pictures are kept, so that stepping back does not decode a whole group per step,
const MAX_RECENT: usize = 32;
/// but no more than take this many bytes.
const MAX_RECENT_BYTES: usize = 64 << 20;

/// Reads pictures by number.
pub(super) struct Reader {
    container: Container,
    decoder: Decoder,
    table: FrameTable,
    packet: Packet,
    /// The place of the packet that the container gives next.
    next_place: usize,
    /// The place of a packet that is read already, but not decoded.
    is_packet_waiting: bool,
    /// Where decoding began, without a break since.
    run_start: usize,
    /// The last frame that came out since then.
    last_out: Option<usize>,
    /// A picture that came out while an earlier one was sought.
    early: Option<(usize, Video)>,
    /// The pictures that came out last, oldest first.
    recent: VecDeque<(usize, Arc<Video>)>,
    /// Frames that are known not to decode.
    is_missing: Vec<bool>,
}

/// How a search ended.
enum Search {
    Found(Arc<Video>),
    /// The frame did not come out: the next one that did is `next` (the number of frames at the end of the file).
    Skipped {
        next: usize,
    },
}

impl Reader {
    /// A reader at the start of the file, wherever the container stands.
    pub(super) fn open(container: Container, table: FrameTable) -> Result<Self, MediaError> {
        let decoder = Decoder::open(&container)?;
        let is_missing = vec![false; table.num_frames()];
        let mut reader = Self {
            container,
            decoder,
            table,
            packet: Packet::empty(),
            next_place: 0,
            is_packet_waiting: false,
            run_start: 0,
            last_out: None,
            early: None,
            recent: VecDeque::new(),
            is_missing,
        };
        reader.seek(0)?;
        Ok(reader)
    }

    pub(super) fn table(&self) -> &FrameTable {
        &self.table
    }

    pub(super) fn into_parts(self) -> (Container, FrameTable) {
        (self.container, self.table)
    }

    /// The picture of `frame`, or `None` if it does not decode.
    ///
    /// # Errors
    /// Only if the file cannot be opened again.
    pub(super) fn read(&mut self, frame: usize) -> Result<Option<Arc<Video>>, MediaError> {
        if self.is_missing.get(frame).copied().unwrap_or(true) {
            return Ok(None);
        }
        if let Some((_, picture)) = self.recent.iter().find(|(recent, _)| *recent == frame) {
            return Ok(Some(Arc::clone(picture)));
        }
        let key = self.table.key_for(frame);
        if !self.is_near(frame, key) {
            self.seek(key)?;
        }
        let mut outcome = self.search(frame);
        let before = self.table.key_before(key);
        if matches!(outcome, Search::Skipped { .. }) && self.run_start > before && key - before <= MAX_RETRY_PACKETS {
            // The key packet was not one to start from (recovery points, damage): once more from further back.
            self.seek(before)?;
            outcome = self.search(frame);
        }
        match outcome {
            Search::Found(picture) => Ok(Some(picture)),
            Search::Skipped { next } => {
                self.is_missing[frame..next.max(frame + 1)].fill(true);
                Ok(None)
            }
        }
    }

    /// Whether `frame`, which decodes from `key`, is reached by decoding on.
    fn is_near(&self, frame: usize, key: usize) -> bool {
        if self.decoder.has_ended() && self.early.is_none() {
            return false;
        }
        let is_ahead = self.early.as_ref().is_none_or(|(early, _)| *early <= frame)
            && self.last_out.is_none_or(|last| last < frame)
            && self.run_start <= key;
        is_ahead && (key <= self.next_place || self.last_out.is_some_and(|last| frame - last <= MAX_FRAMES_AHEAD))
    }

    /// Decodes on until `frame` or a later one comes out.
    fn search(&mut self, frame: usize) -> Search {
        loop {
            let Some((shown, picture)) = self.early.take().or_else(|| self.next_picture()) else {
                return Search::Skipped { next: self.table.num_frames() };
            };
            if shown > frame {
                self.early = Some((shown, picture));
                return Search::Skipped { next: shown };
            }
            self.last_out = Some(shown);
            let picture = Arc::new(picture);
            self.remember(shown, &picture);
            if shown == frame {
                return Search::Found(picture);
            }
        }
    }

    fn remember(&mut self, shown: usize, picture: &Arc<Video>) {
        // 8-bit 4:2:0 takes 1.5 bytes per pixel, 10-bit takes 3.
        let bytes = 2 * picture.width() as usize * picture.height() as usize;
        let room = (MAX_RECENT_BYTES / bytes.max(1)).clamp(1, MAX_RECENT);
        self.recent.retain(|(recent, _)| *recent != shown);
        self.recent.push_back((shown, Arc::clone(picture)));
        self.recent.drain(..self.recent.len().saturating_sub(room));
    }

    /// The next picture that is to be shown; `None` at the end of the file.
    fn next_picture(&mut self) -> Option<(usize, Video)> {
        loop {
            while let Some((place, picture)) = self.decoder.receive() {
                if let Some(shown) = self.table.frame_at(place) {
                    return Some((shown, picture));
                }
            }
            if self.decoder.has_ended() {
                return None;
            }
            if self.next_packet() {
                self.decoder.send(&mut self.packet, self.next_place - 1);
            } else {
                self.decoder.send_end();
            }
        }
    }

    /// Takes the next packet; `false` at the end of what the table knows.
    fn next_packet(&mut self) -> bool {
        if self.next_place >= self.table.num_packets() {
            return false;
        }
        let is_there =
            std::mem::take(&mut self.is_packet_waiting) || self.container.next_packet(&mut self.packet).is_some();
        self.next_place += 1;
        is_there
    }

    /// Goes to the key packet at `key`, so that it is decoded next.
    fn seek(&mut self, key: usize) -> Result<(), MediaError> {
        self.decoder.flush();
        (self.last_out, self.early, self.is_packet_waiting) = (None, None, false);
        self.run_start = key;
        let mut from = key;
        for _ in 0..=MAX_KEYS_BACK {
            // mp4 and mkv seek by pts, mpegts by dts; what a seek led to is checked, so the wrong one does no harm.
            let stamps = self.table.packet(from).map(|head| [head.pts, head.dts]).unwrap_or_default();
            for stamp in stamps.into_iter().flatten() {
                if self.container.seek(stamp) && self.skip_to(key) {
                    return Ok(());
                }
            }
            from = self.table.key_before(from);
        }
        self.container.rewind()?;
        for _ in 0..key {
            self.container.next_packet(&mut self.packet);
        }
        self.next_place = key;
        Ok(())
    }

    /// After a seek: reads packets until the one at `key` waits to be decoded. `false` if the seek led beyond it.
    fn skip_to(&mut self, key: usize) -> bool {
        for _ in 0..MAX_UNKNOWN_PACKETS {
            let Some(head) = self.container.next_packet(&mut self.packet) else { return false };
            let Some(place) = self.table.place_of(&head) else { continue };
            if place > key {
                return false;
            }
            for _ in place..key {
                if self.container.next_packet(&mut self.packet).is_none() {
                    return false;
                }
            }
            (self.next_place, self.is_packet_waiting) = (key, true);
            return true;
        }
        false
    }
}
