//! Finds what a few typed letters mean: they must occur in order, and stand the better the closer together and the
//! nearer to the beginnings of words.

/// How well a text answers a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// Higher is better.
    pub(crate) score: i32,
    /// Which letters of the text were meant, as positions among its characters, ascending.
    pub(crate) letters: Vec<usize>,
}

/// For any letter that is there.
const LETTER: i32 = 1;
/// For the first letter of a word.
const WORD: i32 = 8;
/// For a letter right after the one before.
const JOINED: i32 = 10;
/// Letters of a longer text that cost a point.
const LETTERS_PER_POINT: usize = 8;

/// The best way to read the query's letters, in order, in the text; spaces and case do not count.
pub(crate) fn find(query: &str, text: &str) -> Option<Match> {
    let letters: Vec<char> = query.chars().filter(|letter| !letter.is_whitespace()).map(lower).collect();
    let plain: Vec<char> = text.chars().collect();
    let text: Vec<char> = plain.iter().copied().map(lower).collect();
    let length = i32::try_from(text.len() / LETTERS_PER_POINT).unwrap_or(i32::MAX);
    if letters.is_empty() {
        return Some(Match { score: -length, letters: Vec::new() });
    }
    // rows[i][j]: the best score with the i-th letter of the query read at j, and where the letter before was read.
    let mut rows: Vec<Vec<Option<(i32, usize)>>> = Vec::new();
    for (i, letter) in letters.iter().enumerate() {
        let before = rows.last();
        let mut best: Option<(i32, usize)> = None; // of the row before, up to j - 2
        let row = (0..text.len()).map(|j| {
            if let Some(score) = before.and_then(|row| row[j.checked_sub(2)?])
                && best.is_none_or(|(best, _)| score.0 > best)
            {
                best = Some((score.0, j - 2));
            }
            if text[j] != *letter {
                return None;
            }
            let own = LETTER + if starts_word(&plain, j) { WORD } else { 0 };
            if i == 0 {
                return Some((own, j));
            }
            let joined = before.and_then(|row| row[j.checked_sub(1)?]).map(|(score, _)| (score + JOINED, j - 1));
            let (score, from) = [joined, best].into_iter().flatten().max_by_key(|(score, _)| *score)?;
            Some((score + own, from))
        });
        let row = row.collect();
        rows.push(row);
    }
    let ends = rows.last()?.iter().enumerate().filter_map(|(j, cell)| cell.map(|(score, _)| (score, j)));
    let (score, mut at) = ends.max_by_key(|(score, j)| (*score, std::cmp::Reverse(*j)))?;
    let mut found = Vec::new();
    for row in rows.iter().rev() {
        found.push(at);
        at = row[at]?.1;
    }
    found.reverse();
    Some(Match { score: score - length, letters: found })
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn starts_word(text: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| text[before]);
    before.is_none_or(|before| !before.is_alphanumeric() || (before.is_lowercase() && text[at].is_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn best<'a>(query: &str, texts: &[&'a str]) -> &'a str {
        let scored = texts.iter().filter_map(|text| Some((find(query, text)?.score, *text)));
        scored.max_by_key(|(score, _)| *score).unwrap().1
    }

    #[test]
    fn letters_must_occur_in_order() {
        assert!(find("opn", "Open video…").is_some());
        assert!(find("nope", "Open video…").is_none());
        assert!(find("oo", "Open").is_none());
        assert_eq!(find("ov", "Open video…").unwrap().letters, vec![0, 5]);
        assert_eq!(find("ZOOM in", "Zoom in").unwrap().letters, vec![0, 1, 2, 3, 5, 6]);
    }

    #[test]
    fn beginnings_of_words_and_neighbours_win() {
        assert_eq!(best("st", &["Last frame", "Stop tracking", "Quit"]), "Stop tracking");
        assert_eq!(best("fs", &["Fit picture size", "Full screen", "Offset"]), "Full screen");
        assert_eq!(best("loop", &["Load other plan", "Loop"]), "Loop");
    }

    #[test]
    fn an_empty_query_finds_everything() {
        assert_eq!(find(" ", "Quit").unwrap().letters, vec![0; 0]);
    }

    proptest! {
        #[test]
        fn what_is_found_spells_the_query(text in "[a-cA-C é]{0,20}", query in "[a-cé]{0,4}") {
            let wanted: String = query.chars().collect();
            let mut rest = wanted.chars().peekable();
            for letter in text.chars() {
                rest.next_if_eq(&lower(letter));
            }
            let found = find(&query, &text);
            prop_assert_eq!(found.is_some(), rest.peek().is_none());
            if let Some(found) = found {
                let letters: Vec<char> = text.chars().collect();
                let spelt: String = found.letters.iter().map(|at| lower(letters[*at])).collect();
                prop_assert_eq!(spelt, wanted);
                prop_assert!(found.letters.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }
}
