//! The order of numbered file names, and the numbers that are missing among them.

use std::cmp::Ordering;

/// At most this many gaps are spelled out.
const MAX_GAPS_SAID: usize = 4;

/// Compares names as a reader does: numbers by value, so that `img2` stands before `img10`.
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.as_bytes(), b.as_bytes());
    while let (Some(&x), Some(&y)) = (left.first(), right.first()) {
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (number_a, number_b) = (take_number(&mut left), take_number(&mut right));
            number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b))
        } else {
            (left, right) = (&left[1..], &right[1..]);
            x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase())
        };
        if order.is_ne() {
            return order;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Takes the leading digits off, without their leading zeros: numbers of any length compare by length, then digits.
fn take_number<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
    let (digits, rest) = bytes.split_at(end);
    *bytes = rest;
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    &digits[zeros..]
}

/// The last number of a file stem, with what stands before it.
fn last_number(stem: &str) -> Option<(&str, u64)> {
    let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = stem[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| {
        at + stem[at..].chars().next().map_or(1, char::len_utf8) // the byte after that character
    });
    Some((&stem[..start], stem[start..end].parse().ok()?))
}

/// What to tell about the numbers of these stems, which stand in natural order: one sentence, or none if each number
/// follows the one before. A sequence that goes up in equal steps is complete as it is.
pub(super) fn missing_numbers(stems: &[String]) -> Option<String> {
    let numbers: Vec<_> = stems.iter().filter_map(|stem| last_number(stem)).collect();
    let pairs = || numbers.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1));
    let step = pairs().map(|(a, b)| b.saturating_sub(a)).filter(|&step| step > 0).min()?;
    let gaps: Vec<(u64, u64)> =
        pairs().filter(|(a, b)| b.saturating_sub(*a) > step).map(|(a, b)| (a + step, b - step)).collect();
    if gaps.is_empty() {
        return None;
    }
    let say = |&(first, last): &(u64, u64)| match last.checked_sub(first) {
        None | Some(0) => first.to_string(),
        Some(_) => format!("{first} to {last}"),
    };
    let mut said: Vec<String> = gaps.iter().take(MAX_GAPS_SAID).map(say).collect();
    if gaps.len() > MAX_GAPS_SAID {
        said.push(format!("{} more gaps", gaps.len() - MAX_GAPS_SAID));
    }
    let is_one = gaps.len() == 1 && gaps[0].0 >= gaps[0].1;
    let (last, before) = said.split_last()?;
    let list = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    Some(if is_one { format!("number {list} is missing") } else { format!("numbers {list} are missing") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn numbers_sort_by_value() {
        let mut names = stems(&["img10", "img2", "img02b", "IMG1", "img2b", "a99999999999999999999999", "a3"]);
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, stems(&["a3", "a99999999999999999999999", "IMG1", "img2", "img02b", "img2b", "img10"]));
    }

    #[test]
    fn missing_numbers_are_named() {
        let said = |names: &[&str]| missing_numbers(&stems(names));
        assert_eq!(said(&["f1", "f2", "f3"]), None);
        assert_eq!(said(&["f0001", "f0002", "f0004"]).as_deref(), Some("number 3 is missing"));
        assert_eq!(said(&["f1", "f2", "f8", "f9", "f11"]).as_deref(), Some("numbers 3 to 7 and 10 are missing"));
        assert_eq!(said(&["f0", "f10", "f20"]), None, "every tenth frame is a complete sequence");
        assert_eq!(said(&["f0", "f10", "f20", "f40"]).as_deref(), Some("number 30 is missing"));
        assert_eq!(said(&["é7é", "é8é", "é10é"]).as_deref(), Some("number 9 is missing"));
        assert_eq!(said(&["a", "b"]), None);
        assert_eq!(said(&[]), None);
    }

    proptest! {
        #[test]
        fn the_order_is_total(a in "[a0-9Ä]{0,6}", b in "[a0-9Ä]{0,6}", c in "[a0-9Ä]{0,6}") {
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
                prop_assert!(natural_order(&a, &c).is_le());
            }
        }

        #[test]
        fn any_names_are_taken(names in proptest::collection::vec(".{0,12}", 0..6)) {
            missing_numbers(&names);
        }
    }
}
