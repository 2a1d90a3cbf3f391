//! The instructions of a pickle.

use super::name::Name;
use super::{Id, PickleError, Span, Value};
use std::collections::HashMap;
use std::io::{BufReader, Read};

/// Instructions that a pickle may have: one with all of TAP-Vid-Kinetics would have some 600 000.
const MAX_INSTRUCTIONS: usize = 1 << 20;
/// Text up to this length is kept: names.
const SHORT_TEXT: usize = 256;
/// A line of text, as old pickles write names.
const MAX_LINE: u64 = 256;

/// Runs over a pickle once. Values are never moved or copied: lists and the memo hold their places.
pub(super) struct Machine<R: Read> {
    input: BufReader<R>,
    at: u64,
    len: u64,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u64, Id>,
}

impl<R: Read + std::io::Seek> Machine<R> {
    pub(super) fn new(input: BufReader<R>, len: u64) -> Self {
        Self { input, at: 0, len, values: vec![], stack: vec![], marks: vec![], memo: HashMap::new() }
    }

    /// Everything that is in it, and which of that is its result.
    pub(super) fn run(mut self) -> Result<(Vec<Value>, Id), PickleError> {
        for _ in 0..MAX_INSTRUCTIONS {
            let at = self.at;
            let [code] = self.read()?;
            if code == b'.' {
                let root = self.pop()?;
                return Ok((self.values, root));
            }
            self.step(code, at)?;
        }
        Err(PickleError::TooLarge)
    }

    fn step(&mut self, code: u8, at: u64) -> Result<(), PickleError> {
        match code {
            0x80 => self.read::<1>().map(|_| ()), // PROTO
            0x95 => self.read::<8>().map(|_| ()), // FRAME
            b'(' => {
                self.marks.push(self.stack.len()); // MARK
                Ok(())
            }
            b'0' => self.pop().map(|_| ()),                                 // POP
            b'N' => self.push(Value::None),                                 // NONE
            0x88 | 0x89 => self.push(Value::Bool(code == 0x88)),            // NEWTRUE, NEWFALSE
            b'G' => self.read::<8>().and_then(|_| self.push(Value::Float)), // BINFLOAT
            b'K' | b'M' | b'J' | 0x8a => self.integer(code),
            b'X' | 0x8c | 0x8d | b'B' | b'C' | 0x8e | 0x96 => self.long(code),
            b']' => self.push(Value::List(Vec::new())),  // EMPTY_LIST
            b'}' => self.push(Value::Dict(Vec::new())),  // EMPTY_DICT
            b')' => self.push(Value::Tuple(Vec::new())), // EMPTY_TUPLE
            b't' => {
                let items = self.since_mark()?; // TUPLE
                self.push(Value::Tuple(items))
            }
            0x85..=0x87 => {
                let items = self.top(usize::from(code - 0x84))?; // TUPLE1, 2, 3
                self.push(Value::Tuple(items))
            }
            b'a' | b'e' => {
                let items = if code == b'a' { self.top(1)? } else { self.since_mark()? }; // APPEND, APPENDS
                self.append(&items)
            }
            b's' | b'u' => {
                let items = if code == b's' { self.top(2)? } else { self.since_mark()? }; // SETITEM, SETITEMS
                self.set_items(&items)
            }
            b'q' | b'r' | 0x94 => self.memoize(code),
            b'h' => {
                let [key] = self.read()?; // BINGET
                self.recall(u64::from(key))
            }
            b'j' => {
                let key = u32::from_le_bytes(self.read()?); // LONG_BINGET
                self.recall(u64::from(key))
            }
            b'c' | 0x93 => self.name(code),
            b'R' | b'b' => self.call(code),
            _ => Err(PickleError::Instruction { code, at }),
        }
    }

    /// BININT1, BININT2, BININT, LONG1
    fn integer(&mut self, code: u8) -> Result<(), PickleError> {
        let number = match code {
            b'K' => i64::from(self.read::<1>()?[0]),
            b'M' => i64::from(u16::from_le_bytes(self.read()?)),
            b'J' => i64::from(i32::from_le_bytes(self.read()?)),
            _ => {
                let [len] = self.read()?;
                let mut number = 0;
                for i in 0..len {
                    let [byte] = self.read()?;
                    if i >= 8 {
                        return Err(self.senseless("a number is too large"));
                    }
                    // The last byte carries the sign.
                    let part = if i + 1 == len { i64::from(byte as i8) } else { i64::from(byte) };
                    number |= part << (8 * i);
                }
                number
            }
        };
        self.push(Value::Int(number))
    }

    /// Text and bytes of all sorts.
    fn long(&mut self, code: u8) -> Result<(), PickleError> {
        let len = match code {
            0x8c | b'C' => u64::from(self.read::<1>()?[0]), // SHORT_BINUNICODE, SHORT_BINBYTES
            b'X' | b'B' => u64::from(u32::from_le_bytes(self.read()?)), // BINUNICODE, BINBYTES
            _ => u64::from_le_bytes(self.read()?),          // BINUNICODE8, BINBYTES8, BYTEARRAY8
        };
        let offset = self.at;
        if len > self.len.saturating_sub(offset) {
            return Err(PickleError::Truncated(self.len));
        }
        let (len, skipped) = (len as usize, len as i64);
        let span = Span { offset, len, as_text: false };
        let is_text = matches!(code, b'X' | 0x8c | 0x8d);
        if is_text && len <= SHORT_TEXT {
            let mut text = vec![0; len];
            self.fill(&mut text)?;
            let text = String::from_utf8(text).map_err(|_| self.senseless("a text is no UTF-8"))?;
            return self.push(Value::Text(span, Some(text.into())));
        }
        self.input.seek_relative(skipped)?;
        self.at += len as u64;
        self.push(if is_text { Value::Text(span, None) } else { Value::Bytes(span) })
    }

    fn append(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let Some(Value::List(list)) = self.stack.last().map(|id| &mut self.values[*id]) else {
            return Err(self.senseless("only lists are appended to"));
        };
        list.extend(items);
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let Some(Value::Dict(entries)) = self.stack.last().map(|id| &mut self.values[*id]) else {
            return Err(self.senseless("only dicts have keys"));
        };
        entries.extend(items.as_chunks().0.iter().map(|&[key, value]| (key, value)));
        Ok(())
    }

    /// `BINPUT`, `LONG_BINPUT`, `MEMOIZE`
    fn memoize(&mut self, code: u8) -> Result<(), PickleError> {
        let key = match code {
            b'q' => u64::from(self.read::<1>()?[0]),
            b'r' => u64::from(u32::from_le_bytes(self.read()?)),
            _ => self.memo.len() as u64,
        };
        let top = *self.stack.last().ok_or_else(|| self.senseless("nothing is there"))?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), PickleError> {
        let id = *self.memo.get(&key).ok_or_else(|| self.senseless("nothing is remembered there"))?;
        self.stack.push(id);
        Ok(())
    }

    /// `GLOBAL`, `STACK_GLOBAL`
    fn name(&mut self, code: u8) -> Result<(), PickleError> {
        let name = if code == b'c' {
            let (module, name) = (self.line()?, self.line()?);
            Name::find(&module, &name)?
        } else {
            let parts = self.top(2)?;
            let (Value::Text(_, Some(module)), Value::Text(_, Some(name))) =
                (&self.values[parts[0]], &self.values[parts[1]])
            else {
                return Err(self.senseless("a name is no short text"));
            };
            Name::find(module, name)?
        };
        self.push(Value::Name(name))
    }

    /// REDUCE, BUILD
    fn call(&mut self, code: u8) -> Result<(), PickleError> {
        let parts = self.top(2)?;
        let (object, given) = (parts[0], parts[1]);
        if code == b'b' {
            let built = Name::build(&self.values, object, given);
            self.values[object] = built.ok_or_else(|| self.senseless("a state fits no array"))?;
            self.stack.push(object);
            return Ok(());
        }
        let made = match (&self.values[object], &self.values[given]) {
            (Value::Name(name), Value::Tuple(arguments)) => name.apply(&self.values, arguments),
            _ => None,
        };
        let made = made.ok_or_else(|| self.senseless("arguments make no array"))?;
        self.push(made)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last step of many instructions, which all may fail")]
    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    /// The one on top; none below a mark.
    fn pop(&mut self) -> Result<Id, PickleError> {
        self.top(1).map(|top| top[0])
    }

    /// The `count` on top, the oldest first; none below a mark.
    fn top(&mut self, count: usize) -> Result<Vec<Id>, PickleError> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(from) if from >= floor => Ok(self.stack.split_off(from)),
            _ => Err(self.senseless("too little is there")),
        }
    }

    /// All since the last mark, which goes.
    fn since_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.senseless("there is no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn read<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> Result<String, PickleError> {
        let mut line = Vec::new();
        while line.len() as u64 <= MAX_LINE {
            match self.read()? {
                [b'\n'] => return String::from_utf8(line).map_err(|_| self.senseless("a name is no UTF-8")),
                [byte] => line.push(byte),
            }
        }
        Err(self.senseless("a name is too long"))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), PickleError> {
        if bytes.len() as u64 > self.len.saturating_sub(self.at) {
            return Err(PickleError::Truncated(self.len));
        }
        self.input.read_exact(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn senseless(&self, problem: &'static str) -> PickleError {
        PickleError::Senseless { at: self.at, problem }
    }
}
