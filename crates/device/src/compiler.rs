//! Kernel sources to machine code: NVRTC behind the cache on disk.

use std::sync::{Mutex, PoisonError};

use crate::cache::{KernelCache, Key};
use crate::nvrtc::{Error, Library, Outcome};
use crate::{ComputeCapability, Source};

/// The compiler of one GPU.
#[derive(Debug)]
pub(crate) struct Compiler {
    nvrtc: Library,
    cache: KernelCache,
    notes: Mutex<Vec<String>>,
}

impl Compiler {
    /// Finds an NVRTC that compiles for devices of that capability, and what a driver of CUDA version `driver` loads.
    pub(crate) fn open(driver: (u32, u32), capability: ComputeCapability) -> Result<Self, Error> {
        let nvrtc = Library::open_for_device(driver, capability)?;
        // One that was named and cannot be used is worth a word, though another does.
        let refused = nvrtc.passed_over().iter().filter(|tried| matches!(tried.outcome, Outcome::Refused(_)));
        let notes =
            refused.map(|tried| format!("NVRTC of {} is used instead: {tried}", nvrtc.path().display()));
        let notes = Mutex::new(notes.collect());
        Ok(Self { nvrtc, cache: KernelCache::open(), notes })
    }

    /// The CUBIN of the entry point `entry` of `source` for a device of that capability.
    pub(crate) fn cubin(
        &self,
        source: &Source,
        entry: &str,
        capability: ComputeCapability,
    ) -> Result<Vec<u8>, Error> {
        // Where this NVRTC is older than the device: a relative of the same generation, else the error says what it
        // knows.
        let architecture = source
            .specific_architecture()
            .or_else(|| self.nvrtc.architecture_for(capability))
            .unwrap_or_else(|| capability.architecture());
        let unit = source.only(entry);
        let key = Key::of_unit(&unit, &architecture, &[], &self.nvrtc.identity());
        let compile = || Ok(self.nvrtc.compile_unit(&unit, &architecture, &[])?.cubin);
        let cubin = self.cache.get_or_make(&key, compile)?;
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).extend(cubin.notes);
        Ok(cubin.bytes)
    }

    /// What was odd and did no harm (a damaged entry of the cache), once each.
    pub(crate) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
