//! What a pickle may name.

use super::array::{Array, Dtype};
use super::{PickleError, Span, Value};

/// Something that arrays are made with. All of it is done here; nothing of Python's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::eval) enum Name {
    /// The type of arrays; only ever an argument.
    Ndarray,
    /// `dtype("u1", …)`
    Dtype,
    /// `_reconstruct(ndarray, (0,), b"b")`: an array without content, which comes as its state.
    Reconstruct,
    /// `_frombuffer(bytes, dtype, shape, "C")`
    FromBuffer,
    /// `encode("text", "latin1")`: how old pickles write bytes.
    Encode,
}

impl Name {
    pub(super) fn find(module: &str, name: &str) -> Result<Self, PickleError> {
        Ok(match (module, name) {
            ("numpy", "ndarray") => Self::Ndarray,
            ("numpy", "dtype") => Self::Dtype,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => Self::Reconstruct,
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Self::FromBuffer,
            ("_codecs", "encode") => Self::Encode,
            _ => {
                let shown: String = format!("{module}.{name}").escape_debug().take(80).collect();
                return Err(PickleError::Foreign(shown));
            }
        })
    }

    /// What it makes of its arguments; `None` where they make no sense.
    pub(super) fn apply(self, values: &[Value], arguments: &[usize]) -> Option<Value> {
        let value = |at: usize| arguments.get(at).map(|id| &values[*id]);
        match (self, value(0)?, value(1)) {
            (Self::Dtype, Value::Text(_, Some(code)), _) => Some(Value::Dtype(Dtype::named(code))),
            (Self::Reconstruct, Value::Name(Self::Ndarray), _) => Some(Value::Array(Box::default())),
            (Self::Encode, Value::Text(span, _), Some(Value::Text(_, Some(encoding))))
                if matches!(&**encoding, "latin1" | "latin-1") =>
            {
                Some(Value::Bytes(Span { as_text: true, ..*span }))
            }
            (Self::FromBuffer, Value::Bytes(_), Some(Value::Dtype(dtype))) => {
                let shape = Array::shape_of(values, value(2)?)?;
                let Value::Text(_, Some(order)) = value(3)? else { return None };
                let array =
                    Array { shape, dtype: *dtype, by_columns: &**order == "F", content: arguments.first().copied() };
                Some(Value::Array(Box::new(array)))
            }
            _ => None,
        }
    }

    /// What becomes of an object that is given its state; `None` where that makes no sense.
    pub(super) fn build(values: &[Value], object: usize, state: usize) -> Option<Value> {
        let Value::Tuple(state) = &values[state] else { return None };
        let value = |at: usize| state.get(at).map(|id| &values[*id]);
        match &values[object] {
            Value::Dtype(dtype) => {
                let Value::Text(_, Some(order)) = value(1)? else { return None };
                Some(Value::Dtype(dtype.ordered(order)))
            }
            Value::Array(array) if array.content.is_none() => {
                let shape = Array::shape_of(values, value(1)?)?;
                let (Value::Dtype(dtype), Value::Bool(by_columns)) = (value(2)?, value(3)?) else { return None };
                let content = Some(*state.get(4)?);
                Some(Value::Array(Box::new(Array { shape, dtype: *dtype, by_columns: *by_columns, content })))
            }
            _ => None,
        }
    }
}
