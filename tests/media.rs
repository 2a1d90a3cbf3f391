//! Tests of media: real files in many codecs and broken ones, against the ffmpeg tool's own output.

mod clips;
mod damaged;
mod fixtures;
mod images;
mod videos;
