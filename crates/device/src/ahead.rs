//! Kernels that are compiled before anybody needs them: when a container is built, or before many processes start.

use crate::compiler::Compiler;
use crate::nvrtc::Error;
use crate::{ComputeCapability, Source, Stage};

/// What was compiled.
#[derive(Debug)]
pub struct CompiledAhead {
    /// What took how long: `tanimoto_scan compiled`, or `tanimoto_scan read from the cache` where it was there.
    pub stages: Vec<Stage>,
    /// What was odd: kernels that cannot be kept, too.
    pub notes: Vec<String>,
}

/// Compiles those entry points of `sources` that devices of `capability` can run, into the cache of this user. No device
/// is needed. `driver` is the CUDA version of the driver where there is one: NVRTC must not be of a later generation.
///
/// # Errors
/// Those of [`crate::nvrtc::Library::open_in`] and [`crate::nvrtc::Library::compile`].
pub fn compile_ahead(
    driver: Option<(u32, u32)>,
    capability: ComputeCapability,
    sources: &[&'static Source],
) -> Result<CompiledAhead, Error> {
    let compiler = Compiler::open(driver, capability)?;
    for source in sources {
        for entry in source.entries.iter().filter(|entry| source.lacking(entry, capability).is_none()) {
            compiler.cubin(source, entry.name)?;
        }
    }
    Ok(CompiledAhead { stages: compiler.stages(), notes: compiler.notes() })
}
