//! Numbered file names: their order, the patterns that stand for them, and the frames that they make.

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

/// Names that differ in one number: `shot.1001.exr`, `shot.1002.exr`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    before: String,
    /// How many digits the number has at least; any where `None`.
    width: Option<usize>,
    after: String,
}

impl Pattern {
    /// A pattern as people write it: `shot.####.exr`, `shot.%04d.exr`; `None` for other names.
    pub(super) fn written(name: &str) -> Option<Self> {
        if let Some(start) = name.find('#') {
            let width = name[start..].bytes().take_while(|&byte| byte == b'#').count();
            let after = &name[start + width..];
            let is_one = !after.contains('#');
            let width = Some(width).filter(|&width| width > 1);
            return is_one.then(|| Self { before: name[..start].to_owned(), width, after: after.to_owned() });
        }
        let (before, rest) = name.split_once('%')?;
        let (digits, after) = rest.split_once('d')?;
        let width = match digits {
            "" => None,
            digits => Some(digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?),
        };
        (!after.contains('%')).then(|| Self { before: before.to_owned(), width, after: after.to_owned() })
    }

    /// What the last number before a file's ending makes of its name.
    pub(super) fn of_file(name: &str) -> Option<Self> {
        let stem = &name[..name.rfind('.')?];
        let Numbered { before, digits, .. } = Numbered::of(stem)?;
        let after = name[before.len() + digits.len()..].to_owned();
        Some(Self { before: before.to_owned(), width: Some(digits.len()), after })
    }

    /// Whether a file of this name belongs to it.
    pub(super) fn takes(&self, name: &str) -> bool {
        let digits = name.strip_prefix(self.before.as_str()).and_then(|rest| rest.strip_suffix(self.after.as_str()));
        digits.is_some_and(|digits| {
            let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // Beyond the width, numbers grow without zeros before them.
            let fits = self.width.is_none_or(|width| digits.len() == width || !digits.starts_with('0'));
            is_number && fits
        })
    }
}

/// A file stem with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbered<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

impl<'a> Numbered<'a> {
    /// By the last number of a stem.
    fn of(stem: &'a str) -> Option<Self> {
        let end = stem.rfind(|c: char| c.is_ascii_digit())? + 1;
        let start = stem[..end].bytes().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        Some(Self { before: &stem[..start], digits: &stem[start..end], after: &stem[end..] })
    }
}

/// How files become the frames of a clip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// For each frame, which file it is; `None` where there is none.
    pub(super) files: Vec<Option<usize>>,
    /// What the names call the first frame, where they count frames one by one.
    pub(super) first_number: u32,
    /// What the user should know, in one sentence.
    pub(super) note: Option<String>,
}

impl Order {
    /// For files with these stems, in natural order. Where the names are a sequence that goes up in equal steps, the
    /// steps that are missing are frames without a file; names of which more than half would be missing are no such
    /// sequence.
    pub(super) fn of(stems: &[String]) -> Self {
        let one_by_one = Self { files: (0..stems.len()).map(Some).collect(), ..Self::default() };
        let Some((numbers, num_kinds)) = numbers(stems) else { return one_by_one };
        if num_kinds > 1 {
            let note = format!("the names here are of {num_kinds} sequences, which follow each other");
            return Self { note: Some(note), ..one_by_one };
        }
        let steps = || numbers.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let step = steps().min().unwrap_or(1);
        if step == 0 || steps().any(|apart| apart % step != 0) {
            return one_by_one; // the same number twice, or no steps at all
        }
        let gaps: Vec<(u64, u64)> = numbers
            .windows(2)
            .filter(|pair| pair[1].saturating_sub(pair[0]) > step)
            .map(|pair| (pair[0] + step, pair[1] - step))
            .collect();
        let first_number = u32::try_from(numbers[0]).ok().filter(|_| step == 1).unwrap_or(0);
        if gaps.is_empty() {
            return Self { first_number, ..one_by_one };
        }
        let list = said(&gaps);
        let num_frames = (steps().sum::<u64>() / step).saturating_add(1);
        if num_frames > 2 * stems.len() as u64 {
            return Self {
                note: Some(format!("{list} missing: the images follow each other all the same")),
                ..one_by_one
            };
        }
        let mut files = vec![None; num_frames as usize];
        for (file, number) in numbers.iter().enumerate() {
            files[((number - numbers[0]) / step) as usize] = Some(file);
        }
        Self { files, first_number, note: Some(format!("{list} missing: the image before is shown there")) }
    }
}

/// The numbers of stems that all have one, and of how many kinds they are without it.
fn numbers(stems: &[String]) -> Option<(Vec<u64>, usize)> {
    let numbered: Vec<Numbered> = stems.iter().map(|stem| Numbered::of(stem)).collect::<Option<_>>()?;
    let mut kinds: Vec<_> = numbered.iter().map(|stem| (stem.before, stem.after)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let numbers = numbered.iter().map(|stem| stem.digits.parse().ok()).collect::<Option<Vec<_>>>()?;
    (!numbers.is_empty()).then_some((numbers, kinds.len()))
}

/// Names gaps, as far as one sentence goes: "number 3 is", "numbers 3 to 7 and 10 are".
fn said(gaps: &[(u64, u64)]) -> String {
    let say = |&(first, last): &(u64, u64)| match last - first {
        0 => first.to_string(),
        _ => format!("{first} to {last}"),
    };
    let mut said: Vec<String> = gaps.iter().take(MAX_GAPS_SAID).map(say).collect();
    if gaps.len() > MAX_GAPS_SAID {
        said.push(format!("{} more gaps", gaps.len() - MAX_GAPS_SAID));
    }
    let (last, before) = said.split_last().expect("there is a gap");
    let list = if before.is_empty() { last.clone() } else { format!("{} and {last}", before.join(", ")) };
    if matches!(gaps, [(first, last)] if first == last) {
        format!("number {list} is")
    } else {
        format!("numbers {list} are")
    }
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
    fn missing_numbers_are_frames_without_a_file() {
        let order = |names: &[&str]| Order::of(&stems(names));
        let whole = |names: &[&str], first_number| {
            assert_eq!(order(names), Order { files: (0..names.len()).map(Some).collect(), first_number, note: None });
        };
        whole(&["f1", "f2", "f3"], 1);
        whole(&["a.1001_l", "a.1002_l"], 1001);
        whole(&["f0", "f10", "f20"], 0); // every tenth frame is a complete sequence
        whole(&["f10", "f20"], 0); // and the names of such do not count its frames
        whole(&["7"], 7);
        whole(&["a", "b"], 0);
        whole(&["f1", "f01"], 0);
        whole(&["f99999999999999999999999"], 0);
        whole(&[], 0);
        let gap = order(&["f0001", "f0002", "f0004"]);
        assert_eq!((gap.files, gap.first_number), (vec![Some(0), Some(1), None, Some(2)], 1));
        assert_eq!(gap.note.as_deref(), Some("number 3 is missing: the image before is shown there"));
        let tens = order(&["f0", "f10", "f20", "f40"]);
        assert_eq!((tens.files.len(), tens.files[3], tens.first_number), (5, None, 0));
        assert!(tens.note.unwrap().starts_with("number 30 is missing"));
    }

    #[test]
    fn names_that_hardly_count_frames_follow_each_other() {
        let order = |names: &[&str]| Order::of(&stems(names));
        let sparse = order(&["f1", "f2", "f8", "f9", "f1000000000"]);
        assert_eq!((sparse.files.len(), sparse.first_number), (5, 0));
        let note = "numbers 3 to 7 and 10 to 999999999 are missing: the images follow each other all the same";
        assert_eq!(sparse.note.as_deref(), Some(note));
        let uneven = order(&["f0", "f10", "f25"]);
        assert_eq!((uneven.files.len(), uneven.first_number, uneven.note), (3, 0, None));
        let two = order(&["a1", "a2", "b1", "b2"]);
        assert_eq!(two.note.as_deref(), Some("the names here are of 2 sequences, which follow each other"));
        assert_eq!(two.files.len(), 4);
    }

    #[test]
    fn patterns_are_read_as_people_write_them() {
        let takes = |pattern: &str, name: &str| Pattern::written(pattern).is_some_and(|pattern| pattern.takes(name));
        for (pattern, name) in [
            ("a.####.exr", "a.1001.exr"),
            ("a.####.exr", "a.10001.exr"),
            ("a.%04d.exr", "a.0001.exr"),
            ("a.%d.exr", "a.0001.exr"),
            ("a.#.exr", "a.0001.exr"),
            ("%03d.png", "001.png"),
        ] {
            assert!(takes(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a.####.exr", "a.00001.exr"),
            ("a.####.exr", "b.1001.exr"),
            ("a.####.exr", "a.1001.png"),
            ("a.####.exr", "a..exr"),
            ("a.##.##.exr", "a.10.10.exr"),
            ("100%.png", "1001.png"),
            ("a.%s.png", "a.1.png"),
            ("a.%-3d.png", "a.001.png"),
            ("a.1001.exr", "a.1001.exr"),
        ] {
            assert!(!takes(pattern, name), "{pattern} {name}");
        }
        let file = Pattern::of_file("shot2_v3.0099.exr").unwrap();
        assert_eq!(Some(&file), Pattern::written("shot2_v3.####.exr").as_ref());
        assert_eq!(["poster.exr", "noending7", ".7"].map(Pattern::of_file), [None, None, None]);
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
        fn any_names_are_taken(names in proptest::collection::vec(".{0,12}|f[0-9]", 0..6)) {
            let mut names = names;
            names.sort_by(|a, b| natural_order(a, b));
            for name in &names {
                assert!(Pattern::of_file(name).is_none_or(|pattern| pattern.takes(name)));
            }
            Pattern::written(&names.concat());
            let order = Order::of(&names);
            assert!(order.files.iter().flatten().copied().eq(0..names.len()));
        }
    }
}
