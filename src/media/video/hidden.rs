//! Packets that hold no picture to be shown: VP8 and VP9 may send reference pictures in packets of their own.

use ffmpeg_the_third::codec::Id;

/// Whether a packet's picture is never shown.
pub(super) fn is_hidden(codec: Id, data: &[u8]) -> bool {
    match codec {
        // RFC 6386, 9.1: bit 4 of the first byte is show_frame.
        Id::VP8 => data.first().is_some_and(|byte| byte & 0x10 == 0),
        Id::VP9 => is_hidden_vp9(data),
        _ => false,
    }
}

/// The VP9 bitstream specification, 6.2 (`uncompressed_header`), and annex B for superframes.
fn is_hidden_vp9(data: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (data.first(), data.last()) else { return false };
    let is_superframe = last & 0xE0 == 0xC0;
    if is_superframe || first >> 6 != 0b10 {
        return false; // a superframe ends with a picture that is shown
    }
    let bit = |i: u32| first >> (7 - i) & 1 == 1;
    let is_profile_3 = bit(2) && bit(3);
    // frame_marker (2), profile (2), reserved (1, profile 3 only), show_existing_frame, frame_type, show_frame
    let at = if is_profile_3 { 5 } else { 4 };
    let (shows_existing, shows) = (bit(at), bit(at + 2));
    !shows_existing && !shows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_show_bits_are_found() {
        let vp9 = |first: u8| is_hidden(Id::VP9, &[first, 0, 0]);
        assert!(!vp9(0b1000_0010), "shown key frame");
        assert!(vp9(0b1000_0100), "hidden inter frame");
        assert!(!vp9(0b1000_1000), "shows an existing frame");
        assert!(vp9(0b1011_0010) && !vp9(0b1011_0001), "profile 3 has a reserved bit");
        assert!(!is_hidden(Id::VP9, &[0b1000_0100, 0, 0xC0]), "superframe");
        assert!(is_hidden(Id::VP8, &[0x00]) && !is_hidden(Id::VP8, &[0x10]));
        assert!(!is_hidden(Id::VP9, &[]) && !is_hidden(Id::H264, &[0]));
    }
}
