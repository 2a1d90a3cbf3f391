//! What came of a soak.

use anyhow::ensure;

/// Lines of the curve that are printed.
const NUM_PRINTED: usize = 20;

/// The memory at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    pub(super) frame: u32,
    pub(super) secs: f64,
    pub(super) resident_mib: f64,
    pub(super) log_memory_mib: f64,
    pub(super) log_disk_mib: f64,
    pub(super) points: usize,
    pub(super) points_ever: u32,
}

/// What the export of everything gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exported {
    pub(super) rows: u64,
    pub(super) expected_rows: u64,
    pub(super) tracks: usize,
    pub(super) frames: usize,
    pub(super) lost_frames: u64,
    pub(super) bytes: u64,
    pub(super) secs: f64,
    pub(super) growth_mib: f64,
}

#[derive(Debug)]
pub(super) struct Report {
    /// From this frame on memory may not grow.
    first: u32,
    /// The most that it grew over what it was then.
    growth_mib: f64,
    exported: Exported,
    curve: Vec<Sighting>,
}

impl Report {
    pub(super) fn new(first: u32, curve: Vec<Sighting>, exported: Exported) -> Self {
        let mut later = curve.iter().filter(|sighting| sighting.frame >= first).map(|sighting| sighting.resident_mib);
        let base = later.next().unwrap_or(0.0);
        let growth_mib = later.fold(0.0f64, |most, resident| most.max(resident - base));
        Self { first, growth_mib, exported, curve }
    }

    /// The whole curve, a row for each look.
    pub(super) fn curve_csv(&self) -> String {
        let mut text = "frame,secs,resident_mib,log_memory_mib,log_disk_mib,points,points_ever\n".to_owned();
        for s in &self.curve {
            let row = format!(
                "{},{:.1},{:.1},{:.2},{:.1},{},{}\n",
                s.frame, s.secs, s.resident_mib, s.log_memory_mib, s.log_disk_mib, s.points, s.points_ever
            );
            text.push_str(&row);
        }
        text
    }

    pub(super) fn print(&self) {
        println!("   frame   seconds  resident MiB  log in memory  log on disk  points  points ever");
        let every = self.curve.len().div_ceil(NUM_PRINTED).max(1);
        let last = self.curve.len().saturating_sub(1);
        for (_, s) in
            self.curve.iter().enumerate().filter(|(i, s)| i % every == 0 || *i == last || s.frame == self.first)
        {
            println!(
                "{:8}  {:8.1}  {:12.1}  {:13.2}  {:11.1}  {:6}  {:11}",
                s.frame, s.secs, s.resident_mib, s.log_memory_mib, s.log_disk_mib, s.points, s.points_ever
            );
        }
        let e = &self.exported;
        println!("growth after frame {}: {:.1} MiB at most", self.first, self.growth_mib);
        println!(
            "exported {} rows ({} expected) of {} points on {} frames ({} lost), {} MB in {:.1} s, {:+.1} MiB of memory",
            e.rows,
            e.expected_rows,
            e.tracks,
            e.frames,
            e.lost_frames,
            e.bytes / 1_000_000,
            e.secs,
            e.growth_mib
        );
    }

    /// # Errors
    /// What is not as it should be.
    pub(super) fn judge(&self, max_growth_mib: f64, max_export_mib: f64) -> anyhow::Result<()> {
        let e = &self.exported;
        let growth = self.growth_mib;
        ensure!(growth <= max_growth_mib, "memory grew by {growth:.1} MiB, more than {max_growth_mib} MiB");
        ensure!(
            e.lost_frames > 0 || e.rows == e.expected_rows,
            "the exported table has {} rows in place of {}",
            e.rows,
            e.expected_rows
        );
        let growth = e.growth_mib;
        ensure!(growth <= max_export_mib, "the export took {growth:.1} MiB, more than {max_export_mib} MiB");
        Ok(())
    }
}
