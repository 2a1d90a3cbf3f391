//! The decoder: packets in, pictures out, each stamped with its packet's place in the file.

use super::container::{Container, unreadable};
use crate::media::source::MediaError;
use crate::media::{MAX_AREA_PX, MAX_SIDE_PX};
use ffmpeg_the_third::codec::threading;
use ffmpeg_the_third::frame::Video;
use ffmpeg_the_third::{Discard, Error, Packet, codec, decoder};

/// Enough for HD in real time; tracking needs the other cores.
const NUM_THREADS: usize = 2;

/// A picture decoder that skips what it cannot decode.
pub(super) struct Decoder {
    decoder: decoder::Video,
    /// Whether the decoder was told that nothing follows; it takes packets again after a flush.
    has_ended: bool,
}

impl Decoder {
    /// The decoder for a container's pictures.
    ///
    /// # Errors
    /// [`MediaError::Unreadable`] if libav has none, or it does not start.
    #[expect(unsafe_code, reason = "there is no safe call for the limit on pixels")]
    pub(super) fn open(container: &Container) -> Result<Self, MediaError> {
        let cannot = |what: &str| unreadable(container.path(), what);
        let context = container.with_stream(|stream| codec::Context::from_parameters(stream.parameters()));
        let mut context = context.map_err(|_| cannot("the video's parameters are damaged"))?;
        context.set_threading(threading::Config {
            kind: threading::Type::Frame,
            count: NUM_THREADS,
            ..threading::Config::default()
        });
        // SAFETY: the context is ours and not open yet; a plain number is set.
        unsafe { (*context.as_mut_ptr()).max_pixels = MAX_AREA_PX as i64 };
        let name = context.id().name();
        let decoder = context
            .decoder()
            .video()
            .map_err(|error| cannot(&format!("there is no working decoder for {name} video ({error})")))?;
        Ok(Self { decoder, has_ended: false })
    }

    /// Leaves out the costly steps that decide how pictures look: enough to learn in which order they come.
    pub(super) fn skip_looks(&mut self) {
        self.decoder.skip_idct(Discard::All);
        self.decoder.skip_loop_filter(Discard::All);
    }

    /// Hands over the packet at `place`; damaged ones are skipped.
    pub(super) fn send(&mut self, packet: &mut Packet, place: usize) {
        // The decoder carries the pts along with the picture, through every reordering.
        packet.set_pts(i64::try_from(place).ok());
        packet.set_dts(None);
        if let Err(error) = self.decoder.send_packet(packet) {
            tracing::debug!(%error, place, "a packet does not decode");
        }
    }

    /// Says that nothing follows: [`Self::receive`] then gives what is still inside.
    pub(super) fn send_end(&mut self) {
        self.has_ended = true;
        self.decoder.send_eof().ok(); // fails only if it was told before
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The next picture in order of showing with its packet's place; `None` if more packets are needed first.
    pub(super) fn receive(&mut self) -> Option<(usize, Video)> {
        // Each failed call stands for one damaged picture that is skipped; there are never more than the decoder holds.
        for _ in 0..=MAX_DELAY {
            let mut frame = Video::empty();
            match self.decoder.receive_frame(&mut frame) {
                Ok(()) => {
                    let place = frame.pts().and_then(|pts| usize::try_from(pts).ok());
                    let is_usable =
                        (1..=MAX_SIDE_PX).contains(&frame.width()) && (1..=MAX_SIDE_PX).contains(&frame.height());
                    if let Some(place) = place.filter(|_| is_usable) {
                        return Some((place, frame));
                    }
                }
                Err(Error::Eof) => return None,
                Err(Error::Other { errno }) if wants_more(errno) => return None,
                Err(error) => tracing::debug!(%error, "a picture does not decode"),
            }
        }
        None
    }

    /// Forgets everything, before decoding goes on elsewhere in the file.
    pub(super) fn flush(&mut self) {
        self.decoder.flush();
        self.has_ended = false;
    }
}

/// More pictures than any decoder keeps back.
const MAX_DELAY: usize = 64;

/// EAGAIN: the decoder wants another packet first.
fn wants_more(errno: i32) -> bool {
    std::io::Error::from_raw_os_error(errno).kind() == std::io::ErrorKind::WouldBlock
}
