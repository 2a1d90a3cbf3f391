//! Painted pixels on their way to the window.

use crate::canvas::Area;
use softbuffer::{Context, Rect, SoftBufferError, Surface};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::window::Window;

/// So often all of it is shown, changed or not: whatever a window system has lost comes back.
const WHOLE_EVERY: Duration = Duration::from_secs(1);

/// What a window shows.
pub(super) struct Screen {
    surface: Surface<Arc<Window>, Arc<Window>>,
    size: Option<[usize; 2]>,
    /// Where the last picture differs from the one before.
    changed_before: Vec<Area>,
    whole_at: Instant,
}

impl Screen {
    pub(super) fn new(window: &Arc<Window>) -> Result<Self, SoftBufferError> {
        let context = Context::new(Arc::clone(window))?;
        let surface = Surface::new(&context, Arc::clone(window))?;
        Ok(Self { surface, size: None, changed_before: Vec::new(), whole_at: Instant::now() })
    }

    /// Shows `pixels`, which differ from the last ones in `changed`; `is_lost` where the window system wants all of it.
    /// Calls `before` if something is shown, just before: where it tells Wayland of a frame, none may be left out after
    /// that.
    pub(super) fn show(
        &mut self,
        pixels: &[u32],
        size: [usize; 2],
        changed: Vec<Area>,
        is_lost: bool,
        before: impl FnOnce(),
    ) -> Result<(), SoftBufferError> {
        let [width, height] = size;
        let sides = [width, height].map(|side| NonZeroU32::new(side as u32));
        let [Some(columns), Some(rows)] = sides else { return Ok(()) };
        let is_new = self.size != Some(size);
        if is_new {
            self.surface.resize(columns, rows)?;
            self.size = Some(size);
        }
        let is_due = !changed.is_empty() && self.whole_at.elapsed() > WHOLE_EVERY;
        let wants_all = is_lost || is_new || is_due;
        if changed.is_empty() && !wants_all {
            return Ok(());
        }
        let mut buffer = self.surface.buffer_mut()?;
        let known = match buffer.age() {
            _ if wants_all => None,
            1 => Some(changed.clone()),
            2 => Some([self.changed_before.as_slice(), &changed].concat()),
            _ => None,
        };
        let areas = known.unwrap_or_else(|| {
            self.whole_at = Instant::now();
            vec![Area::new(0, 0, width as i32, height as i32)]
        });
        for area in &areas {
            for row in area.top as usize..area.bottom as usize {
                let range = row * width + area.left as usize..row * width + area.right as usize;
                buffer[range.clone()].copy_from_slice(&pixels[range]);
            }
        }
        self.changed_before = changed;
        let rects: Vec<Rect> = areas.iter().filter_map(rect).collect();
        before();
        buffer.present_with_damage(&rects)
    }
}

fn rect(area: &Area) -> Option<Rect> {
    Some(Rect {
        x: area.left as u32,
        y: area.top as u32,
        width: NonZeroU32::new((area.right - area.left) as u32)?,
        height: NonZeroU32::new((area.bottom - area.top) as u32)?,
    })
}
