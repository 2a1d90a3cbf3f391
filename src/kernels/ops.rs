//! The custom operations of the network, for every backend that it runs on: WGSL on the GPU, the twins on burn's Flex.
//! Layers have kernels on the GPU alone: burn's own take several launches each there, and tune themselves for each new
//! number of points.

use super::linear::Activation;
use super::{attention, correlation, layer_norm, linear, motion, patches, preprocess, search};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Dispatch, Flex, backend_extension};
use burn::tensor::{Device, Int, Tensor};
use burn_wgpu::CubeBackend;

/// What a backend must bring beside burn's own operations. Call the functions of this module instead.
#[backend_extension(Cube, Flex)]
pub trait TrackOps: burn::backend::Backend {
    /// See [`super::preprocess`].
    fn preprocess(picture: IntTensor<Self>, source: [usize; 2], model: [usize; 2]) -> FloatTensor<Self>;
    /// See [`super::patches`].
    fn patches(fmap: FloatTensor<Self>, points: FloatTensor<Self>) -> FloatTensor<Self>;
    /// See [`super::correlation`].
    fn correlation(fmap: FloatTensor<Self>, coords: FloatTensor<Self>, patches: FloatTensor<Self>)
    -> FloatTensor<Self>;
    /// See [`super::motion`].
    fn motion(coords: FloatTensor<Self>, scale: [f32; 2]) -> FloatTensor<Self>;
}

/// The layers of the transformer, and the search. Call the functions of this module instead.
#[backend_extension(Cube)]
pub trait LayerOps: burn::backend::Backend {
    /// See [`super::linear`].
    fn linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
    /// The same, added to another tensor.
    fn linear_added(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self>;
    /// See [`super::layer_norm`].
    fn layer_norm(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self>;
    /// See [`super::attention`].
    fn attention(queries: FloatTensor<Self>, context: FloatTensor<Self>, heads: usize) -> FloatTensor<Self>;
    /// See [`super::search`].
    fn search(fmap: FloatTensor<Self>, patches: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl LayerOps for CubeBackend {
    fn linear(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        linear::launch(x, weight, bias, None, activation)
    }

    fn linear_added(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        addend: FloatTensor<Self>,
        activation: Activation,
    ) -> FloatTensor<Self> {
        linear::launch(x, weight, bias, Some(addend), activation)
    }

    fn layer_norm(x: FloatTensor<Self>, epsilon: f32) -> FloatTensor<Self> {
        layer_norm::launch(x, epsilon)
    }

    fn attention(queries: FloatTensor<Self>, context: FloatTensor<Self>, heads: usize) -> FloatTensor<Self> {
        attention::launch(queries, context, heads)
    }

    fn search(fmap: FloatTensor<Self>, patches: FloatTensor<Self>) -> FloatTensor<Self> {
        search::launch(fmap, patches)
    }
}

impl TrackOps for CubeBackend {
    fn preprocess(picture: IntTensor<Self>, source: [usize; 2], model: [usize; 2]) -> FloatTensor<Self> {
        preprocess::launch(picture, source, model)
    }

    fn patches(fmap: FloatTensor<Self>, points: FloatTensor<Self>) -> FloatTensor<Self> {
        patches::launch(fmap, points)
    }

    fn correlation(
        fmap: FloatTensor<Self>,
        coords: FloatTensor<Self>,
        patches: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        correlation::launch(fmap, coords, patches)
    }

    fn motion(coords: FloatTensor<Self>, scale: [f32; 2]) -> FloatTensor<Self> {
        motion::launch(coords, scale)
    }
}

impl TrackOps for Flex {
    fn preprocess(picture: IntTensor<Self>, source: [usize; 2], model: [usize; 2]) -> FloatTensor<Self> {
        preprocess::twin_on_flex(&picture, source, model)
    }

    fn patches(fmap: FloatTensor<Self>, points: FloatTensor<Self>) -> FloatTensor<Self> {
        patches::twin_on_flex(&fmap, &points)
    }

    fn correlation(
        fmap: FloatTensor<Self>,
        coords: FloatTensor<Self>,
        patches: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        correlation::twin_on_flex(&fmap, &coords, &patches)
    }

    fn motion(coords: FloatTensor<Self>, scale: [f32; 2]) -> FloatTensor<Self> {
        motion::twin_on_flex(&coords, scale)
    }
}

/// Resizes a picture to the model's size, corners on corners, and maps 0..255 to −1..1.
///
/// | argument  | shape               | meaning                                     |
/// |-----------|---------------------|---------------------------------------------|
/// | `picture` | `[⌈3·h·w / 4⌉]` i32 | RGB bytes packed four to a word, rows tight |
/// | `source`  | (height, width)     | size of the picture                         |
/// | `model`   | (height, width)     | size of the output                          |
///
/// Returns `[1, 3, H', W']`.
#[must_use]
pub fn preprocess(picture: Tensor<1, Int>, source: [usize; 2], model: [usize; 2]) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as TrackOps>::preprocess(picture.into_dispatch(), source, model))
}

/// Samples the 7 × 7 query patch around each point of one feature map.
///
/// | argument | shape       | meaning                  |
/// |----------|-------------|--------------------------|
/// | `fmap`   | `[H, W, C]` | one frame, one level     |
/// | `points` | `[N, 2]`    | `(x, y)` in level pixels |
///
/// Returns `[N, 49, C]`, cells x-major. Reads past the border return the nearest border cell.
#[must_use]
pub fn patches(fmap: Tensor<3>, points: Tensor<2>) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as TrackOps>::patches(fmap.into_dispatch(), points.into_dispatch()))
}

/// Correlates the patch around each track point with that track's query patch.
///
/// | argument  | shape          | meaning                               |
/// |-----------|----------------|---------------------------------------|
/// | `fmap`    | `[S, H, W, C]` | features of one level                 |
/// | `coords`  | `[N, S, 2]`    | `(x, y)` in level pixels              |
/// | `patches` | `[N, 49, C]`   | query patches, sampled once per query |
///
/// Returns `[N, S, 49, 49]`, patch cell first, query cell second. Reads past the border return the nearest border
/// cell.
#[must_use]
pub fn correlation(fmap: Tensor<4>, coords: Tensor<3>, patches: Tensor<3>) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as TrackOps>::correlation(
        fmap.into_dispatch(),
        coords.into_dispatch(),
        patches.into_dispatch(),
    ))
}

/// Encodes how each track moves: offsets to the next and from the previous frame in 10 octaves.
///
/// | argument | shape       | meaning                                        |
/// |----------|-------------|------------------------------------------------|
/// | `coords` | `[N, S, 2]` | `(x, y)` in feature pixels                     |
/// | `scale`  | (x, y)      | what an offset is divided by, in feature pixels |
///
/// Returns `[N, S, 84]`: 4 offsets, 40 sines, 40 cosines.
#[must_use]
pub fn motion(coords: Tensor<3>, scale: [f32; 2]) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as TrackOps>::motion(coords.into_dispatch(), scale))
}

/// Whether [`linear`], [`layer_norm`], [`attention`] and [`search()`] are for a tensor: on a GPU, where no gradient is
/// wanted.
#[must_use]
pub fn has_layers<const D: usize>(x: &Tensor<D>) -> bool {
    !x.is_autodiff() && x.device() != Device::flex()
}

/// A linear layer, what follows it, and what is added to that.
///
/// | argument | shape    | meaning                             |
/// |----------|----------|-------------------------------------|
/// | `x`      | `[M, K]` | the input, a row each               |
/// | `weight` | `[N, K]` | as checkpoints have it              |
/// | `bias`   | `[1, N]` | is added before what follows        |
/// | `addend` | `[M, N]` | what the layer's result is added to |
///
/// Returns `[M, N]`.
///
/// # Panics
/// On the CPU, and where a gradient is wanted.
#[must_use]
pub fn linear(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<2>,
    addend: Option<Tensor<2>>,
    activation: Activation,
) -> Tensor<2> {
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch());
    Tensor::from_dispatch(match addend.map(Tensor::into_dispatch) {
        None => <Dispatch as LayerOps>::linear(x, weight, bias, activation),
        Some(addend) => <Dispatch as LayerOps>::linear_added(x, weight, bias, addend, activation),
    })
}

/// Each row of `[R, C]` with mean 0 and variance 1; `epsilon` is added to the variance.
///
/// # Panics
/// On the CPU, and where a gradient is wanted.
#[must_use]
pub fn layer_norm(x: Tensor<2>, epsilon: f32) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::layer_norm(x.into_dispatch(), epsilon))
}

/// Attention of several heads.
///
/// | argument  | shape           | meaning                              |
/// |-----------|-----------------|--------------------------------------|
/// | `queries` | `[B, n, D]`     | all heads beside each other          |
/// | `context` | `[B, m, 2 · D]` | keys of all heads, then their values |
///
/// Returns `[B, n, D]`.
///
/// # Panics
/// If a head's part of `D` is no multiple of 4; on the CPU, and where a gradient is wanted.
#[must_use]
pub fn attention(queries: Tensor<3>, context: Tensor<3>, heads: usize) -> Tensor<3> {
    let (queries, context) = (queries.into_dispatch(), context.into_dispatch());
    Tensor::from_dispatch(<Dispatch as LayerOps>::attention(queries, context, heads))
}

/// The products of query patches with what lies at every place of one feature map; nothing lies outside.
///
/// | argument  | shape        | meaning                |
/// |-----------|--------------|------------------------|
/// | `fmap`    | `[H, W, C]`  | one frame, one level   |
/// | `patches` | `[N, 49, C]` | query patches, x-major |
///
/// Returns `[N, H, W]`.
///
/// # Panics
/// On the CPU, and where a gradient is wanted.
#[must_use]
pub fn search(fmap: Tensor<3>, patches: Tensor<3>) -> Tensor<3> {
    Tensor::from_dispatch(<Dispatch as LayerOps>::search(fmap.into_dispatch(), patches.into_dispatch()))
}
