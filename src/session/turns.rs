//! Which of the runs that wait for the tracking worker goes next; why, stands in the head of `tracking`.

/// Runs that hold a feature ring at once (some 20 to 140 MB each); further ones wait for their turn.
pub(super) const MAX_STARTED: usize = 4;
/// The same where each holds the features of the whole clip (some GB).
pub(super) const MAX_STARTED_OFFLINE: usize = 1;

/// How far a run is.
#[derive(Clone, Copy)]
pub(super) struct Turn {
    pub(super) is_started: bool,
    pub(super) has_window: bool,
}

/// The place of the run that goes next.
pub(super) fn next_turn(runs: &[Turn], most_started: usize) -> Option<usize> {
    let num_started = runs.iter().filter(|run| run.is_started).count();
    let new = runs.iter().position(|run| !run.has_window && (run.is_started || num_started < most_started));
    new.or_else(|| runs.iter().position(|run| run.is_started)).or(if runs.is_empty() { None } else { Some(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Turn = Turn { is_started: false, has_window: false };
    const FIRST_WINDOW: Turn = Turn { is_started: true, has_window: false };
    const UNDER_WAY: Turn = Turn { is_started: true, has_window: true };

    #[test]
    fn a_new_click_overtakes_the_run_under_way_and_clicks_keep_their_order() {
        let next_turn = |runs: &[Turn]| next_turn(runs, MAX_STARTED);
        assert_eq!(next_turn(&[UNDER_WAY, NEW, NEW]), Some(1));
        assert_eq!(next_turn(&[UNDER_WAY, FIRST_WINDOW, NEW]), Some(1));
        assert_eq!(next_turn(&[UNDER_WAY, UNDER_WAY, NEW]), Some(2));
        assert_eq!(next_turn(&[UNDER_WAY, UNDER_WAY]), Some(0));
        assert_eq!(next_turn(&[]), None);
    }

    #[test]
    fn no_more_runs_are_started_than_memory_is_meant_for() {
        assert_eq!(next_turn(&[UNDER_WAY, UNDER_WAY, UNDER_WAY, UNDER_WAY, NEW], MAX_STARTED), Some(0));
        assert_eq!(next_turn(&[NEW; 6], MAX_STARTED), Some(0));
        assert_eq!(next_turn(&[UNDER_WAY, NEW], MAX_STARTED_OFFLINE), Some(0));
    }
}
