//! Kernel sources to machine code: NVRTC behind the cache on disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::cache::{KernelCache, Key, Origin};
use crate::nvrtc::{Error, Known, Library, Outcome, Places};
use crate::stage::Stage;
use crate::{ComputeCapability, Source};

/// The compiler of one GPU.
#[derive(Debug)]
pub(crate) struct Compiler {
    driver: Option<(u32, u32)>,
    capability: ComputeCapability,
    /// What is used while `nvrtc` is not loaded.
    known: Option<Known>,
    nvrtc: Mutex<Option<Arc<Library>>>,
    cache: KernelCache,
    notes: Mutex<Vec<String>>,
    /// Made before they were asked for, by the address of the source and the entry point.
    ready: Mutex<HashMap<(usize, &'static str), Vec<u8>>>,
    stages: Mutex<Vec<Stage>>,
}

impl Compiler {
    /// Finds an NVRTC that compiles for devices of that capability, and what a driver of CUDA version `driver` loads,
    /// where there is one.
    /// One that an earlier process has loaded is loaded again when something has to be compiled.
    pub(crate) fn open(driver: Option<(u32, u32)>, capability: ComputeCapability) -> Result<Self, Error> {
        let cache = KernelCache::open();
        let known = Known::recall(&cache, &Places::of_this_process(), driver, capability);
        let is_known = known.is_some();
        let compiler = Self {
            driver,
            capability,
            known,
            nvrtc: Mutex::default(),
            cache,
            notes: Mutex::default(),
            ready: Mutex::default(),
            stages: Mutex::default(),
        };
        if !is_known {
            compiler.nvrtc()?;
        }
        Ok(compiler)
    }

    /// The library, loaded if it is not yet.
    fn nvrtc(&self) -> Result<Arc<Library>, Error> {
        let mut loaded = lock(&self.nvrtc);
        if let Some(nvrtc) = &*loaded {
            return Ok(nvrtc.clone());
        }
        let began = Instant::now();
        let nvrtc = Library::open_in(&Places::of_this_process(), self.driver, Some(self.capability))?;
        lock(&self.stages).push(Stage::since(began, "NVRTC loaded"));
        // One that was named and cannot be used is worth a word, though another does.
        let refused = nvrtc.passed_over().iter().filter(|tried| matches!(tried.outcome, Outcome::Refused(_)));
        let notes =
            refused.map(|tried| format!("NVRTC of {} is used instead: {tried}", nvrtc.path().display()));
        lock(&self.notes).extend(notes);
        Known::remember(&self.cache, &Places::of_this_process(), &nvrtc);
        Ok(loaded.insert(Arc::new(nvrtc)).clone())
    }

    /// The CUBIN of the entry point `entry` of `source` for the GPU.
    pub(crate) fn cubin(&self, source: &'static Source, entry: &'static str) -> Result<Vec<u8>, Error> {
        if let Some(bytes) = lock(&self.ready).remove(&place(source, entry)) {
            return Ok(bytes);
        }
        let began = Instant::now();
        let mut notes = Vec::new();
        let made = self.make(source, entry, &mut notes);
        lock(&self.notes).extend(notes);
        let (bytes, origin) = made?;
        let done = match origin {
            Origin::Compiled => "compiled",
            Origin::Disk => "read from the cache",
        };
        lock(&self.stages).push(Stage::since(began, format!("{entry} {done}")));
        Ok(bytes)
    }

    /// Makes a CUBIN that will be asked for. What fails, fails again then.
    pub(crate) fn prepare(&self, source: &'static Source, entry: &'static str) {
        if let Ok(bytes) = self.cubin(source, entry) {
            lock(&self.ready).insert(place(source, entry), bytes);
        }
    }

    fn make(
        &self,
        source: &Source,
        entry: &str,
        notes: &mut Vec<String>,
    ) -> Result<(Vec<u8>, Origin), Error> {
        let unit = source.only(entry);
        // Where this NVRTC is older than the device: a relative of the same generation, else the error says what it
        // knows.
        let architecture = |own: Option<String>| {
            source.specific_architecture().or(own).unwrap_or_else(|| self.capability.architecture())
        };
        if let Some(known) = self.known.as_ref().filter(|_| lock(&self.nvrtc).is_none()) {
            let architecture = architecture(known.architecture_for(self.capability));
            let key = Key::of_unit(&unit, &architecture, &[], &known.identity());
            if let Some(bytes) = self.cache.get(&key, notes) {
                return Ok((bytes, Origin::Disk));
            }
        }
        let nvrtc = self.nvrtc()?;
        let architecture = architecture(nvrtc.architecture_for(self.capability));
        let key = Key::of_unit(&unit, &architecture, &[], &nvrtc.identity());
        let compile = || Ok(nvrtc.compile_unit(&unit, &architecture, &[])?.cubin);
        let cubin = self.cache.get_or_make(&key, compile)?;
        notes.extend(cubin.notes);
        Ok((cubin.bytes, cubin.origin))
    }

    /// What was odd and did no harm (a damaged entry of the cache), once each.
    pub(crate) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.notes))
    }

    /// What took how long.
    pub(crate) fn stages(&self) -> Vec<Stage> {
        lock(&self.stages).clone()
    }
}

/// Two sources may have one name.
fn place(source: &'static Source, entry: &'static str) -> (usize, &'static str) {
    (std::ptr::from_ref(source).addr(), entry)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is behind them is changed in one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
