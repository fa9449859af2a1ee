//! Computational kernels.
