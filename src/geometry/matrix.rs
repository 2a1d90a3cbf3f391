//! Maps of the plane in homogeneous coordinates: matrices of three rows, whose scale does not matter.

pub(crate) type Rows = [[f64; 3]; 3];

/// The map that does `b` first, then `a`.
pub(crate) fn times(a: &Rows, b: &Rows) -> Rows {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..3).map(|k| a[i][k] * b[k][j]).sum()))
}

/// The inverse, times the determinant.
pub(crate) fn adjugate(m: &Rows) -> Rows {
    std::array::from_fn(|i| std::array::from_fn(|j| minor(m, j, i)))
}

/// How much larger an area is after the map; 0 where there is no way back.
pub(crate) fn determinant(m: &Rows) -> f64 {
    (0..3).map(|j| m[0][j] * minor(m, 0, j)).sum()
}

fn minor(m: &Rows, i: usize, j: usize) -> f64 {
    let [(a, b), (c, d)] = [i, j].map(|at| ((at + 1) % 3, (at + 2) % 3));
    m[a][c] * m[b][d] - m[a][d] * m[b][c]
}

/// Where (x, y) comes to; `None` at and beyond the horizon, where the third coordinate is not above 0.
pub(crate) fn apply(m: &Rows, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
    let [u, v, depth] = m.map(|[a, b, c]| a * x + b * y + c);
    (depth > 1e-9).then(|| [u / depth, v / depth])
}
