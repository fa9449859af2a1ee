//! Every CUDA source of the project, for what has to see all of them: the compile matrix (`make kernels`), the runs on
//! the emulated device, the checks of declared signatures.

use soyaku_device::Source;

/// In the order of their names.
pub static SOURCES: &[&Source] = &[
    &crate::probe::cuda::ONCHIP_SOURCE,
    &crate::probe::cuda::SOURCE,
    &crate::probe::warpgroup::SOURCE,
    &crate::tanimoto::cuda::MANY_SOURCE,
    &crate::tanimoto::cuda::PLANES_SOURCE,
    &crate::tanimoto::cuda::SOURCE,
];
