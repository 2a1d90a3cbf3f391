//! Pickles of plain data and `NumPy` arrays, read without running anything that is in them.
//!
//! A pickle is a program. Of its instructions only those are known here that build numbers, text, bytes, lists, tuples
//! and dicts, and of the functions that it may name only those that put an array together ([`name::Name`]); everything
//! else is refused. Long bytes stay in the file until they are asked for.

mod array;
mod machine;
mod name;

use array::Dtype;
use machine::Machine;
use name::Name;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub(super) use array::Array;

/// Why a pickle cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickleError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[from] io::Error),
    /// It ends too early.
    #[error("the pickle breaks off at byte {0}")]
    Truncated(u64),
    /// It has an instruction that data does not need.
    #[error("the pickle does something that data does not need (instruction 0x{code:02x} at byte {at})")]
    Instruction {
        /// The instruction.
        code: u8,
        /// Where it stands.
        at: u64,
    },
    /// It names something that might do anything.
    #[error("the pickle names {0}, which no array needs: nothing of it is run")]
    Foreign(String),
    /// Its instructions make no sense.
    #[error("the pickle makes no sense at byte {at}: {problem}")]
    Senseless {
        /// Where.
        at: u64,
        /// Why.
        problem: &'static str,
    },
    /// It is made of more parts than any clips are.
    #[error("the pickle has too many parts")]
    TooLarge,
    /// What it holds is something else than was looked for.
    #[error("{0}")]
    Unexpected(String),
}

/// The place of a value among those of a pickle.
pub(super) type Id = usize;

/// Bytes that lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    offset: u64,
    len: usize,
    /// Whether they are text whose characters are the bytes, as old pickles write them.
    as_text: bool,
}

/// Something in a pickle.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    /// Text, known where it is short.
    Text(Span, Option<Box<str>>),
    Bytes(Span),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Name(Name),
    Dtype(Dtype),
    Array(Box<Array>),
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Pickle {
    file: File,
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Reads a file's structure, not its long bytes.
    pub(super) fn open(path: &Path) -> Result<Self, PickleError> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let (values, root) = Machine::new(BufReader::new(&file), len).run()?;
        Ok(Self { file, values, root })
    }

    pub(super) fn root(&self) -> &Value {
        &self.values[self.root]
    }

    pub(super) fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }

    /// A short text.
    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match self.value(id) {
            Value::Text(_, text) => text.as_deref(),
            _ => None,
        }
    }

    /// What a dict has under a name.
    pub(super) fn entry(&self, dict: Id, name: &str) -> Option<&Value> {
        let Value::Dict(entries) = self.value(dict) else { return None };
        let (_, value) = entries.iter().rev().find(|(key, _)| self.text(*key) == Some(name))?;
        Some(self.value(*value))
    }

    /// Bytes, from the file.
    pub(super) fn bytes(&self, span: Span) -> Result<Vec<u8>, PickleError> {
        let mut bytes = vec![0; span.len];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(span.offset))?;
        file.read_exact(&mut bytes)?;
        if !span.as_text {
            return Ok(bytes);
        }
        let text = str::from_utf8(&bytes).ok();
        let bytes = text.and_then(|text| text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect());
        bytes.ok_or_else(|| PickleError::Unexpected("the text of an array holds characters that are no bytes".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn read(bytes: &[u8]) -> Result<(Vec<Value>, Id), PickleError> {
        Machine::new(BufReader::new(Cursor::new(bytes)), bytes.len() as u64).run()
    }

    fn golden() -> [&'static [u8]; 3] {
        [
            include_bytes!("../../../tests/golden/clips_2.pkl"),
            include_bytes!("../../../tests/golden/clips_4.pkl"),
            include_bytes!("../../../tests/golden/clips_5.pkl"),
        ]
    }

    #[test]
    fn what_breaks_off_anywhere_is_an_error() {
        for bytes in golden() {
            assert!(read(bytes).is_ok());
            for len in 0..bytes.len() {
                let error = read(&bytes[..len]).unwrap_err();
                assert!(matches!(error, PickleError::Truncated(at) if at == len as u64), "{len}: {error}");
            }
        }
    }

    #[test]
    fn nothing_that_might_run_is_taken() {
        for (pickle, cause) in [
            (&b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R."[..], "names os.system"),
            (b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", "names builtins.eval"),
            (b"cnumpy\nload\n.", "names numpy.load"),
            (b"cnumpy.core.multiarray\n_reconstruct\n.", ""),
            (b"(S'ls'\nios\nsystem\n.", "instruction 0x53"),
            (b"(ios\nsystem\n.", "instruction 0x69"),
            (b"}}\x81.", "instruction 0x81"),
            (b"}}b.", "a state fits no array"),
            (b"}}R.", "arguments make no array"),
            (b"cnumpy\ndtype\n)R.", "arguments make no array"),
            (b"N(0.", "too little is there"),
            (b"Nh\x07.", "nothing is remembered"),
            (b"a.", "too little is there"),
            (b"NNa.", "only lists"),
            (b"\x8c\x02\xff\xff.", "no UTF-8"),
            (b"B\xff\xff\xff\xff.", "breaks off"),
            (b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "breaks off"),
            (b"\x8a\x09111111111.", "too large"),
        ] {
            let result = read(pickle);
            let said = result.as_ref().map_or_else(ToString::to_string, |_| String::new());
            assert!(said.contains(cause) && (result.is_ok() == cause.is_empty()), "{cause}: {said}");
        }
        let endless = [&b"N0"[..]].repeat(1 << 20).concat();
        assert!(matches!(read(&endless), Err(PickleError::TooLarge)));
    }

    #[test]
    fn numbers_have_their_sign() {
        for (pickle, number) in
            [(&b"J\xff\xff\xff\xff."[..], -1), (b"M\x00\x01.", 256), (b"\x8a\x02\x00\x80.", -32768), (b"\x8a\x00.", 0)]
        {
            let (values, root) = read(pickle).unwrap();
            assert_eq!(values[root], Value::Int(number));
        }
    }
}
