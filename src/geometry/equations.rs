//! Small systems of linear equations.

/// The solution of the first `size` of symmetric equations, by Cholesky's way; the others are 0.
pub(crate) fn solve<const N: usize>(matrix: &[[f64; N]; N], right: [f64; N], size: usize) -> Option<[f64; N]> {
    let mut lower = [[0.0; N]; N];
    let mut half = [0.0; N];
    for i in 0..size {
        for j in 0..=i {
            let rest = matrix[i][j] - (0..j).map(|k| lower[i][k] * lower[j][k]).sum::<f64>();
            lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
        }
        half[i] = (right[i] - (0..i).map(|k| lower[i][k] * half[k]).sum::<f64>()) / lower[i][i];
    }
    let mut solution = [0.0; N];
    for i in (0..size).rev() {
        let rest = (i + 1..size).map(|k| lower[k][i] * solution[k]).sum::<f64>();
        solution[i] = (half[i] - rest) / lower[i][i];
    }
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved_or_refused() {
        let mut matrix = [[0.0; 6]; 6];
        (matrix[0][0], matrix[0][1], matrix[1][0], matrix[1][1]) = (4.0, 2.0, 2.0, 5.0);
        // 4x + 2y = 10 and 2x + 5y = 13: x = 1.5, y = 2.
        let solution = solve(&matrix, [10.0, 13.0, 0.0, 0.0, 0.0, 0.0], 2).unwrap();
        assert!((solution[0] - 1.5).abs() < 1e-12 && (solution[1] - 2.0).abs() < 1e-12 && solution[2] == 0.0);
        assert_eq!(solve(&[[0.0; 6]; 6], [1.0; 6], 6), None);
    }
}
