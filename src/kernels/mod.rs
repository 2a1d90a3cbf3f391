//! Launchers of the WGSL kernels, their CPU twins, and the tuned CPU kernels; the only bridge between tensors and raw buffers.
