//! Taking the first library that fits.

use std::path::{Path, PathBuf};

use super::error::{Error, Outcome, Tried};
use super::library::Library;
use super::locate::{Place, Places, libraries_below, libraries_in};
use crate::ComputeCapability;

impl Library {
    /// Opens a library by its path, or the latest one in a folder (its own, a toolkit, or Python packages).
    ///
    /// # Errors
    /// Why the file, or each one in the folder, cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        match Self::open_in(&Places::only(path.as_ref()), None, None) {
            // one file in one place: the reason by itself
            Err(Error::NotFound { mut tried, driver }) => match (tried.len(), tried.pop()) {
                (1, Some(Tried { outcome: Outcome::Refused(error), .. })) => Err(error),
                (_, last) => {
                    tried.extend(last);
                    Err(Error::NotFound { tried, driver })
                }
            },
            other => other,
        }
    }

    /// Opens the first library on this machine whose CUBINs a driver for that CUDA version (major, minor) loads.
    ///
    /// # Errors
    /// [`Error::NotFound`], with every place that was tried and why it gave none.
    pub fn open_for(driver: Option<(u32, u32)>) -> Result<Self, Error> {
        Self::open_in(&Places::of_this_process(), driver, None)
    }

    /// As [`Self::open_for`], and the library must compile for that device, too.
    ///
    /// # Errors
    /// [`Error::NotFound`], with every place that was tried and why it gave none.
    pub fn open_for_device(driver: (u32, u32), capability: ComputeCapability) -> Result<Self, Error> {
        Self::open_in(&Places::of_this_process(), Some(driver), Some(capability))
    }

    /// As [`Self::open_for_device`], but looks in `places`; what is not given does not matter.
    ///
    /// # Errors
    /// [`Error::NotFound`], with every place that was tried and why it gave none.
    pub fn open_in(
        places: &Places,
        driver: Option<(u32, u32)>,
        capability: Option<ComputeCapability>,
    ) -> Result<Self, Error> {
        let mut tried: Vec<Tried> = Vec::new();
        for place in places.iter() {
            let (name, files) = match &place {
                Place::Named(path) if path.is_dir() => (path.display().to_string(), libraries_below(path)),
                Place::Named(path) => (path.display().to_string(), vec![path.clone()]),
                Place::Folder(path) => (path.display().to_string(), libraries_in(path)),
                Place::Name(name) => ((*name).to_owned(), vec![PathBuf::from(name)]),
            };
            // several variables often lead to the same folder
            if tried.iter().any(|tried| tried.place == name) {
                continue;
            }
            if files.is_empty() {
                let outcome = match place {
                    Place::Named(path) => Outcome::Refused(Error::File {
                        path,
                        reason: "no libnvrtc.so in this folder or below".to_owned(),
                    }),
                    _ => Outcome::Absent,
                };
                tried.push(Tried { place: name, outcome });
                continue;
            }
            for file in files {
                if tried.iter().any(|tried| file.to_str() == Some(tried.place.as_str())) {
                    continue;
                }
                match Self::load(&file).and_then(|library| library.fits(driver, capability)) {
                    Ok(mut library) => {
                        library.passed_over = tried;
                        return Ok(library);
                    }
                    Err(error) => {
                        let outcome = outcome(&place, error);
                        tried.push(Tried { place: file.display().to_string(), outcome });
                    }
                }
            }
        }
        Err(Error::NotFound { tried, driver })
    }

    fn fits(self, driver: Option<(u32, u32)>, capability: Option<ComputeCapability>) -> Result<Self, Error> {
        // Within a generation a driver loads the CUBINs of later compilers, too.
        if let Some(driver) = driver.filter(|driver| driver.0 < self.version.0) {
            return Err(Error::NewerThanDriver { path: self.path, version: self.version, driver });
        }
        if let Some(capability) = capability.filter(|&capability| self.architecture_for(capability).is_none())
        {
            return Err(Error::Architecture {
                architecture: capability.architecture(),
                path: self.path,
                version: self.version,
                supported: self.architectures,
            });
        }
        Ok(self)
    }
}

/// That the system's loader does not know a name is no fault of a file.
fn outcome(place: &Place, error: Error) -> Outcome {
    match (place, &error) {
        (Place::Name(name), Error::File { reason, .. })
            if reason.contains(&format!("{name}: cannot open shared object file")) =>
        {
            Outcome::Absent
        }
        _ => Outcome::Refused(error),
    }
}
