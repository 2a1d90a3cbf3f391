//! Arrays of a pickle.

use super::{Id, Pickle, PickleError, Value};
use ndarray::{ArrayD, IxDyn, ShapeBuilder};

/// What an array is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::eval) enum Dtype {
    /// `u1`
    Byte,
    /// `b1`
    Bool,
    /// `f4`, little-endian
    Float,
    /// `f8`, little-endian
    Double,
    /// Other values of the pickle.
    Objects,
    /// Anything else.
    #[default]
    Other,
}

impl Dtype {
    pub(super) fn named(code: &str) -> Self {
        match code {
            "u1" => Self::Byte,
            "b1" => Self::Bool,
            "f4" => Self::Float,
            "f8" => Self::Double,
            "O" | "O8" => Self::Objects,
            _ => Self::Other,
        }
    }

    /// With that order of bytes.
    pub(super) fn ordered(self, order: &str) -> Self {
        if order == ">" { Self::Other } else { self }
    }
}

/// An array, its content apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::eval) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Dtype,
    /// Whether the first axis runs fastest.
    pub(super) by_columns: bool,
    /// Bytes, or a list of objects; `None` until it is known.
    pub(super) content: Option<Id>,
}

impl Array {
    /// A shape, if it is one.
    pub(super) fn shape_of(values: &[Value], shape: &Value) -> Option<Vec<usize>> {
        let Value::Tuple(axes) = shape else { return None };
        let axis = |id: &Id| match &values[*id] {
            Value::Int(length) => usize::try_from(*length).ok(),
            _ => None,
        };
        axes.iter().map(axis).collect()
    }

    pub(in crate::eval) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The objects that it is made of, if it is.
    pub(in crate::eval) fn objects<'a>(&self, pickle: &'a Pickle) -> Option<&'a [Id]> {
        match pickle.value(self.content?) {
            Value::List(objects) if self.dtype == Dtype::Objects => Some(objects),
            _ => None,
        }
    }

    /// Its values, of single bytes.
    pub(in crate::eval) fn bytes(&self, pickle: &Pickle) -> Result<ArrayD<u8>, PickleError> {
        if !matches!(self.dtype, Dtype::Byte | Dtype::Bool) {
            return Err(PickleError::Unexpected("an array is not of bytes".into()));
        }
        self.filled(self.content(pickle, 1)?)
    }

    /// Its values, of numbers with a fraction.
    pub(in crate::eval) fn numbers(&self, pickle: &Pickle) -> Result<ArrayD<f64>, PickleError> {
        let numbers = match self.dtype {
            Dtype::Float => split(&self.content(pickle, 4)?, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Dtype::Double => split(&self.content(pickle, 8)?, f64::from_le_bytes),
            _ => return Err(PickleError::Unexpected("an array is not of 32 or 64 bit numbers".into())),
        };
        self.filled(numbers)
    }

    /// As many bytes as the shape needs.
    fn content(&self, pickle: &Pickle, bytes_each: usize) -> Result<Vec<u8>, PickleError> {
        let Some(Value::Bytes(span)) = self.content.map(|id| pickle.value(id)) else {
            return Err(PickleError::Unexpected("an array has no content".into()));
        };
        let bytes = pickle.bytes(*span)?;
        let len = self.shape.iter().try_fold(bytes_each, |len, axis| len.checked_mul(*axis));
        if len != Some(bytes.len()) {
            let problem = format!("an array of the shape {:?} has {} bytes", self.shape, bytes.len());
            return Err(PickleError::Unexpected(problem));
        }
        Ok(bytes)
    }

    fn filled<T>(&self, values: Vec<T>) -> Result<ArrayD<T>, PickleError> {
        let shape = IxDyn(&self.shape).set_f(self.by_columns);
        ArrayD::from_shape_vec(shape, values)
            .map_err(|_| PickleError::Unexpected(format!("an array cannot have the shape {:?}", self.shape)))
    }
}

fn split<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|bytes| value(*bytes)).collect()
}
