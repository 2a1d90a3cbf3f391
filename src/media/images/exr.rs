//! The head of an `OpenEXR` file: what FFmpeg, which decodes it, does not say, and what it would get wrong in silence.

use super::light::Light;
use super::still::Head;
use crate::geometry::Size;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::RangeInclusive;
use std::path::Path;

const MAGIC: [u8; 4] = [0x76, 0x2F, 0x31, 0x01];
/// Bits of the version word.
const TILED: u32 = 0x200;
const DEEP: u32 = 0x800;
const SEVERAL_PARTS: u32 = 0x1000;
/// No head has so many attributes, and none a name of so many bytes.
const MAX_ATTRIBUTES: usize = 10_000;
const MAX_NAME_BYTES: usize = 255;
/// Frames per second that are believed.
const SANE_RATES: RangeInclusive<f64> = 1.0..=1000.0;
/// The rows of a block, by how it is compressed: none, RLE, ZIPS, ZIP, PIZ, PXR24, B44, B44A, DWAA, DWAB.
const BLOCK_ROWS: [u64; 10] = [1, 1, 1, 16, 32, 16, 32, 32, 32, 256];
/// The first kind of DWA.
const DWAA: u8 = 8;
/// A channel of 32-bit floating point.
const FLOAT: u32 = 2;

/// What goes wrong with a file, in one clause.
type Problem = String;

/// A rectangle, both corners included.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    min: [i32; 2],
    max: [i32; 2],
}

impl Window {
    fn size(self) -> Option<Size> {
        let side = |axis: usize| {
            let side = i64::from(self.max[axis]) - i64::from(self.min[axis]) + 1;
            u32::try_from(side).ok().filter(|&side| side > 0)
        };
        Some(Size::new(side(0)?, side(1)?))
    }
}

struct Channel {
    name: String,
    kind: u32,
    is_full: bool,
}

/// The attributes of the first part.
#[derive(Default)]
struct Part {
    channels: Vec<Channel>,
    compression: u8,
    data: Window,
    display: Window,
    pixel_aspect: f32,
    frame_rate: Option<f64>,
    name: Option<String>,
    is_deep: bool,
}

/// Reads the head of a file, and looks whether its blocks are all there.
pub(super) fn head(file: &Path) -> Result<Head, Problem> {
    let file = File::open(file).map_err(|error| error.to_string())?;
    let bytes = file.metadata().map_err(|error| error.to_string())?.len();
    let mut reader = Reader(BufReader::new(file), 0);
    let ends_early = |_| "the file ends within its head".to_owned();
    let magic: [u8; 4] = reader.take().map_err(ends_early)?;
    if magic != MAGIC {
        return Err("this is no OpenEXR image".to_owned());
    }
    let version = u32::from_le_bytes(reader.take().map_err(ends_early)?);
    let part = reader.part().map_err(ends_early)?;
    if version & DEEP != 0 || part.is_deep {
        return Err("deep OpenEXR images cannot be read".to_owned());
    }
    let has_parts = version & SEVERAL_PARTS != 0;
    let head = part.head(has_parts)?;
    if version & TILED == 0 && !has_parts {
        let is_whole = reader.has_all_blocks(&part, bytes).map_err(ends_early)?;
        if !is_whole {
            return Err("the file was cut off or never finished".to_owned());
        }
    }
    Ok(head)
}

impl Part {
    fn head(&self, has_parts: bool) -> Result<Head, Problem> {
        let (Some(size), Some(_)) = (self.display.size(), self.data.size()) else {
            return Err("the picture has no size".to_owned());
        };
        // FFmpeg would take them for windows that begin at (0, 0).
        if self.display.min != [0, 0] {
            let [x, y] = self.display.min;
            return Err(format!("the display window begins at ({x}, {y}): only those at (0, 0) can be read"));
        }
        // FFmpeg decodes them to something else, without a word.
        if self.compression >= DWAA && self.channels.iter().any(|channel| channel.kind == FLOAT) {
            return Err(
                "32-bit channels compressed as DWA cannot be read: write them with 16 bits, or as ZIP".to_owned()
            );
        }
        let layers = self.layers();
        if layers.is_empty() {
            let names: Vec<&str> = self.channels.iter().take(4).map(|channel| channel.name.as_str()).collect();
            let part = match &self.name {
                Some(name) if has_parts => format!("the first part ({name}), the only one that can be read,"),
                _ => "the image".to_owned(),
            };
            return Err(format!("{part} has no colours, but {}", names.join(", ")));
        }
        let mut notes = Vec::new();
        if has_parts {
            notes.push("of the OpenEXR images' parts, the first is read".to_owned());
        }
        let (pixel_aspect, frame_rate) = (f64::from(self.pixel_aspect), self.frame_rate);
        Ok(Head { size, pixel_aspect, frame_rate, layers, light: Light::Linear, notes })
    }

    /// The layers that have colours, the one without a name first.
    fn layers(&self) -> Vec<String> {
        let mut layers: Vec<String> = Vec::new();
        for channel in &self.channels {
            let (layer, colour) = channel.name.rsplit_once('.').unwrap_or(("", &channel.name));
            if matches!(colour, "R" | "Y") && !layers.iter().any(|known| known == layer) && self.is_readable(layer) {
                layers.push(layer.to_owned());
            }
        }
        layers.sort_by_key(|layer| !layer.is_empty());
        layers
    }

    /// Whether a layer's colours are there, in a form that FFmpeg decodes as it should.
    fn is_readable(&self, layer: &str) -> bool {
        let channel = |colour: &str| {
            let name = if layer.is_empty() { colour.to_owned() } else { format!("{layer}.{colour}") };
            self.channels.iter().find(|channel| channel.name == name)
        };
        let colours = if channel("R").is_some() { vec!["R", "G", "B"] } else { vec!["Y"] };
        colours.into_iter().all(|colour| channel(colour).is_some_and(|channel| channel.is_full))
    }
}

/// Reads the pieces of a head, and counts its bytes.
struct Reader(BufReader<File>, u64);

impl Reader {
    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        self.1 += N as u64;
        Ok(bytes)
    }

    /// Text that ends with a zero byte.
    fn text(&mut self) -> io::Result<String> {
        let mut text = Vec::new();
        loop {
            match self.take()? {
                [0] => return Ok(String::from_utf8_lossy(&text).into_owned()),
                [byte] if text.len() < MAX_NAME_BYTES => text.push(byte),
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    }

    /// The attributes of the first part.
    fn part(&mut self) -> io::Result<Part> {
        let mut part = Part { pixel_aspect: 1.0, ..Part::default() };
        for _ in 0..MAX_ATTRIBUTES {
            let name = self.text()?;
            if name.is_empty() {
                return Ok(part);
            }
            self.text()?; // its type
            let num_bytes = u32::from_le_bytes(self.take()?);
            let mut value = Vec::new();
            self.0.by_ref().take(u64::from(num_bytes)).read_to_end(&mut value)?;
            self.1 += value.len() as u64;
            if value.len() != num_bytes as usize || part.set(&name, &value).is_none() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        Err(io::ErrorKind::InvalidData.into())
    }

    /// Whether the table of blocks, which comes next, names blocks that all lie within the file.
    fn has_all_blocks(&mut self, part: &Part, file_bytes: u64) -> io::Result<bool> {
        let rows = part.data.size().map_or(0, |size| u64::from(size.height));
        let Some(block_rows) = BLOCK_ROWS.get(usize::from(part.compression)) else { return Ok(true) };
        let first = self.1 + 8 * rows.div_ceil(*block_rows);
        for _ in 0..rows.div_ceil(*block_rows) {
            let block = u64::from_le_bytes(self.take()?);
            if block < first || block >= file_bytes {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Part {
    /// Takes in an attribute; `None` if it is not what it should be.
    fn set(&mut self, name: &str, value: &[u8]) -> Option<()> {
        match name {
            "channels" => self.channels = channels(value)?,
            "compression" => self.compression = *value.first()?,
            "dataWindow" => self.data = window(value)?,
            "displayWindow" => self.display = window(value)?,
            "pixelAspectRatio" => self.pixel_aspect = f32::from_bits(number(value, 0)?),
            "framesPerSecond" => {
                let rate = f64::from(number(value, 0)? as i32) / f64::from(number(value, 4)?);
                self.frame_rate = Some(rate).filter(|rate| SANE_RATES.contains(rate));
            }
            "name" => self.name = Some(String::from_utf8_lossy(value).into_owned()),
            "type" => self.is_deep = value.starts_with(b"deep"),
            _ => {}
        }
        Some(())
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn window(bytes: &[u8]) -> Option<Window> {
    let corner = |at: usize| Some([number(bytes, at)? as i32, number(bytes, at + 4)? as i32]);
    Some(Window { min: corner(0)?, max: corner(8)? })
}

/// The list of channels: for each its name, a zero byte, the kind of its numbers, and how its rows and columns are
/// thinned out.
fn channels(mut bytes: &[u8]) -> Option<Vec<Channel>> {
    let mut channels = Vec::new();
    loop {
        let end = bytes.iter().position(|&byte| byte == 0)?;
        if end == 0 {
            return Some(channels);
        }
        let name = String::from_utf8_lossy(&bytes[..end]).into_owned();
        bytes = &bytes[end + 1..];
        let [kind, _, every_x, every_y] = [0, 4, 8, 12].map(|at| number(bytes, at));
        channels.push(Channel { name, kind: kind?, is_full: (every_x?, every_y?) == (1, 1) });
        bytes = &bytes[16..];
    }
}
