//! Where a lost track's query patch fits best.

/// The place of a picture that a query patch fits best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// (x, y), whole numbers, in level-0 feature pixels.
    pub xy: [f32; 2],
    /// How well, from −1 to 1: the cosine between the patch and what is there.
    pub score: f32,
}

impl Match {
    /// The highest of a map's scores, row by row, times `scale`.
    pub(super) fn best(scores: &[f32], width: usize, scale: f32) -> Self {
        let higher = |best: (usize, f32), (at, &score): (usize, &f32)| if score > best.1 { (at, score) } else { best };
        let (at, score) = scores.iter().enumerate().fold((0, f32::NEG_INFINITY), higher);
        Self { xy: [(at % width) as f32, (at / width) as f32], score: score * scale }
    }
}
