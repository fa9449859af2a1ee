//! The known actives beside every batch, and what happens when the device that compares fails.

use soyaku_device::Device;
use soyaku_kernels::tanimoto::{self, Nearest, Rows};

use crate::Error;
use crate::progress::Progress;
use crate::references::References;

/// Compares batches with the reference compounds of `--like`.
pub(crate) struct Comparing<'a> {
    references: &'a References,
    compared: tanimoto::References,
    device: Device,
    may_fall_back: bool,
}

impl<'a> Comparing<'a> {
    pub(crate) fn new(references: &'a References, device: &Device, may_fall_back: bool) -> Self {
        let compared = tanimoto::References::new(device, references.fingerprints());
        Self { references, compared, device: device.clone(), may_fall_back }
    }

    /// The most similar reference of each row, by its row in the file of references.
    pub(crate) fn nearest(
        &mut self,
        rows: Rows<'_>,
        output: &mut Vec<Nearest>,
        progress: &dyn Progress,
    ) -> Result<(), Error> {
        if let Err(error) = self.compared.nearest(rows, output) {
            self.device = cpu_instead(&self.device, error, self.may_fall_back, progress)?;
            self.compared = tanimoto::References::new(&self.device, self.references.fingerprints());
            self.compared.nearest(rows, output)?;
        }
        for nearest in output {
            nearest.index = self.references.row(nearest.index);
        }
        Ok(())
    }

    /// Where it compares by now.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }
}

/// The CPU in place of a GPU that could not do a piece of work, where nobody demanded it. The results are the same. A
/// GPU that is lost to this process ends the run all the same: the next start may have it again.
pub(crate) fn cpu_instead(
    device: &Device,
    error: soyaku_device::Error,
    may_fall_back: bool,
    progress: &dyn Progress,
) -> Result<Device, Error> {
    if !may_fall_back || error.is_sticky() || device.gpus().is_empty() {
        return Err(error.into());
    }
    progress.warn(&format!("going on with the CPU: {error}"));
    Ok(device.without_gpus())
}
