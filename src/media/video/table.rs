//! The frame table: which packet holds which frame, in the order of showing, and where decoding can start.

use super::container::{Container, PacketHead};
use super::decoder::Decoder;
use super::hidden::is_hidden;
use crate::media::source::MediaError;
use ffmpeg_the_third::Packet;
use ffmpeg_the_third::codec::Id;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Made by reading every packet once. Packets are known by their place in the file (decoding order), frames by their
/// place in the film (order of showing).
#[derive(Debug, Default)]
pub(super) struct FrameTable {
    packets: Vec<PacketHead>,
    /// Each frame's packet.
    packet_of: Vec<usize>,
    /// Each packet's frame; `None` if it shows none.
    frame_of: Vec<Option<usize>>,
    /// Each frame's time in the stream's units, in order of showing.
    timestamps: Vec<i64>,
    /// Whether those times come from the file.
    has_times: bool,
    /// Packets that can be told by their timestamps alone, which is how a seek's landing place is known.
    by_stamps: HashMap<(Option<i64>, Option<i64>), usize>,
}

impl FrameTable {
    /// Reads the whole file, packet by packet; leaves the container at its end. Where timestamps do not tell the order
    /// of showing, everything is decoded once.
    ///
    /// # Errors
    /// If the file is gone or has no decoder.
    pub(super) fn build(container: &mut Container) -> Result<Self, MediaError> {
        let codec = container.with_stream(|stream| stream.parameters().id());
        let mut packet = Packet::empty();
        let (mut packets, mut can_show) = (Vec::new(), Vec::new());
        while let Some(mut head) = container.next_packet(&mut packet) {
            // A GIF or APNG frame is drawn over the ones before, whatever its flags say.
            head.is_key &= !matches!(codec, Id::GIF | Id::APNG) || packets.is_empty();
            can_show.push(!head.is_discard && !is_hidden(codec, packet.data().unwrap_or_default()));
            packets.push(head);
        }
        let first_key = packets.iter().position(|head| head.is_key).unwrap_or(0);
        can_show.iter_mut().take(first_key).for_each(|can_show| *can_show = false); // nothing to decode them from
        match shown_by_pts(&packets, &can_show) {
            Some((packet_of, timestamps)) => Ok(Self::new(packets, packet_of, timestamps, true)),
            None => Self::by_decoding(container, packets),
        }
    }

    /// The table of a file whose timestamps do not tell the frames: decodes everything once.
    ///
    /// # Errors
    /// If the file is gone or has no decoder.
    pub(super) fn by_decoding_again(&self, container: &mut Container) -> Result<Self, MediaError> {
        Self::by_decoding(container, self.packets.clone())
    }

    fn by_decoding(container: &mut Container, packets: Vec<PacketHead>) -> Result<Self, MediaError> {
        container.rewind()?;
        let mut decoder = Decoder::open(container)?;
        decoder.skip_looks();
        let mut packet = Packet::empty();
        let mut packet_of = Vec::new();
        for place in 0..packets.len() {
            if container.next_packet(&mut packet).is_none() {
                break;
            }
            decoder.send(&mut packet, place);
            packet_of.extend(std::iter::from_fn(|| decoder.receive()).map(|(place, _)| place));
        }
        decoder.send_end();
        packet_of.extend(std::iter::from_fn(|| decoder.receive()).map(|(place, _)| place));
        packet_of.retain(|&place| packets.get(place).is_some_and(|head| !head.is_discard));
        let found = decoded_timestamps(&packets, &packet_of);
        let has_times = found.is_some();
        let timestamps = found.unwrap_or_else(|| (0..).take(packet_of.len()).collect());
        Ok(Self::new(packets, packet_of, timestamps, has_times))
    }

    fn new(packets: Vec<PacketHead>, packet_of: Vec<usize>, timestamps: Vec<i64>, has_times: bool) -> Self {
        let mut frame_of = vec![None; packets.len()];
        for (frame, &place) in packet_of.iter().enumerate() {
            frame_of[place] = Some(frame);
        }
        let mut by_stamps = HashMap::with_capacity(packets.len());
        let mut doubled = Vec::new();
        for (place, head) in packets.iter().enumerate() {
            match by_stamps.entry((head.pts, head.dts)) {
                Entry::Vacant(entry) => drop(entry.insert(place)),
                Entry::Occupied(entry) => doubled.push(*entry.key()),
            }
        }
        by_stamps.remove(&(None, None));
        for stamps in doubled {
            by_stamps.remove(&stamps);
        }
        Self { packets, packet_of, frame_of, timestamps, has_times, by_stamps }
    }

    /// Without the first `count` frames: leading pictures whose references come before the start of the file.
    pub(super) fn without_first(self, count: usize) -> Self {
        let count = count.min(self.packet_of.len());
        let (packet_of, timestamps) = (self.packet_of[count..].to_vec(), self.timestamps[count..].to_vec());
        Self::new(self.packets, packet_of, timestamps, self.has_times)
    }

    pub(super) fn num_frames(&self) -> usize {
        self.packet_of.len()
    }

    pub(super) fn num_packets(&self) -> usize {
        self.packets.len()
    }

    /// How many frames are shown before the first key picture but stand behind it in the file.
    pub(super) fn num_leading(&self) -> usize {
        let first_key = self.packets.iter().position(|head| head.is_key);
        first_key.and_then(|place| self.frame_of[place]).unwrap_or(0)
    }

    pub(super) fn timestamps(&self) -> &[i64] {
        &self.timestamps
    }

    /// Whether [`Self::timestamps`] come from the file; else they only count the frames.
    pub(super) fn has_times(&self) -> bool {
        self.has_times
    }

    pub(super) fn packet(&self, place: usize) -> Option<&PacketHead> {
        self.packets.get(place)
    }

    /// The frame that the packet at this place shows.
    pub(super) fn frame_at(&self, place: usize) -> Option<usize> {
        self.frame_of.get(place).copied().flatten()
    }

    /// Where the packet with these timestamps stands, if no other has the same.
    pub(super) fn place_of(&self, head: &PacketHead) -> Option<usize> {
        self.by_stamps.get(&(head.pts, head.dts)).copied()
    }

    /// The last packet from which `frame` can be decoded; the file's first one if there is no key packet.
    pub(super) fn key_for(&self, frame: usize) -> usize {
        let Some(&place) = self.packet_of.get(frame) else { return 0 };
        // A key picture that is shown after the frame is of no use: the frame refers to pictures before it.
        let serves = |key: &usize| self.packets[*key].is_key && self.frame_of[*key].is_none_or(|shown| shown <= frame);
        (0..=place).rev().find(serves).unwrap_or(0)
    }

    /// The key packet before the one at this place; the file's first packet if there is none.
    pub(super) fn key_before(&self, place: usize) -> usize {
        (0..place).rev().find(|&place| self.packets[place].is_key).unwrap_or(0)
    }
}

/// The frames in order of their timestamps: each one's packet and its timestamp. `None` if timestamps are missing,
/// doubled, or jump back (files glued together).
fn shown_by_pts(packets: &[PacketHead], can_show: &[bool]) -> Option<(Vec<usize>, Vec<i64>)> {
    let dts: Vec<i64> = packets.iter().filter_map(|head| head.dts).collect();
    if dts.windows(2).any(|pair| pair[1] < pair[0]) {
        return None;
    }
    let mut shown = Vec::with_capacity(packets.len());
    for (place, head) in packets.iter().enumerate().filter(|(place, _)| can_show[*place]) {
        shown.push((head.pts?, place));
    }
    shown.sort_unstable();
    if shown.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    Some(shown.into_iter().map(|(pts, place)| (place, pts)).unzip())
}

/// Of so many frames one may be timed before the one before it: pieces that were joined.
const FRAMES_PER_JOINT: usize = 8;

/// The times of frames in decoded order: their pts where they rise but for a few joints, else their sorted dts, else
/// none.
fn decoded_timestamps(packets: &[PacketHead], packet_of: &[usize]) -> Option<Vec<i64>> {
    let rises = |stamps: &[i64]| stamps.windows(2).all(|pair| pair[0] < pair[1]);
    let collect = |stamp: fn(&PacketHead) -> Option<i64>| -> Option<Vec<i64>> {
        packet_of.iter().map(|&place| stamp(&packets[place])).collect()
    };
    let num_falls = |stamps: &[i64]| stamps.windows(2).filter(|pair| pair[1] <= pair[0]).count();
    if let Some(pts) = collect(|head| head.pts).filter(|pts| num_falls(pts) * FRAMES_PER_JOINT <= pts.len()) {
        return Some(pts);
    }
    let mut dts = collect(|head| head.dts)?;
    dts.sort_unstable();
    rises(&dts).then_some(dts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(pts: i64, dts: i64, is_key: bool) -> PacketHead {
        PacketHead { pts: Some(pts), dts: Some(dts), is_key, is_discard: false }
    }

    /// I0 P3 B1 B2 | I6 B4 B5 P7: the second group is open, its B pictures are shown before its key picture.
    fn open_group() -> FrameTable {
        let pts = [0, 3, 1, 2, 6, 4, 5, 7];
        let packets: Vec<_> = (0i64..).zip(pts).map(|(i, pts)| head(pts, i - 2, pts % 6 == 0)).collect();
        let (packet_of, timestamps) = shown_by_pts(&packets, &[true; 8]).unwrap();
        FrameTable::new(packets, packet_of, timestamps, true)
    }

    #[test]
    fn frames_stand_in_order_of_showing() {
        let table = open_group();
        assert_eq!(table.timestamps(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!((table.frame_at(1), table.frame_at(4), table.frame_at(8)), (Some(3), Some(6), None));
    }

    #[test]
    fn leading_pictures_are_decoded_from_the_group_before() {
        let table = open_group();
        assert_eq!([2, 4, 5, 6, 7].map(|frame| table.key_for(frame)), [0, 0, 0, 4, 4]);
        assert_eq!((table.key_before(4), table.key_before(0)), (0, 0));
    }

    #[test]
    fn doubled_or_falling_timestamps_are_not_trusted() {
        let doubled = [head(0, 0, true), head(0, 1, false)];
        assert!(shown_by_pts(&doubled, &[true; 2]).is_none());
        assert!(shown_by_pts(&doubled, &[true, false]).is_some());
        assert!(shown_by_pts(&[head(9, 9, true), head(3, 3, true)], &[true; 2]).is_none());
    }

    #[test]
    fn packets_with_the_same_stamps_are_not_found_by_them() {
        let packets = vec![head(0, 0, true), head(1, 1, false), head(1, 1, false)];
        let table = FrameTable::new(packets.clone(), vec![0, 1], vec![0, 1], true);
        assert_eq!((table.place_of(&packets[0]), table.place_of(&packets[1])), (Some(0), None));
    }
}
