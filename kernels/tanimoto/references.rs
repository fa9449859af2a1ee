//! Rows that stream by, each compared with the same references.

use soyaku_device::{Device, Error};

use super::{MOST_WORDS, Nearest, OwnedRows, Rows, cpu, cuda};

/// Fingerprints that others are compared with, batch after batch: the actives of a screen.
///
/// The comparison is exact (integers, no rounding); ties go to the lowest index. Two fingerprints without any bit have
/// similarity 0, as RDKit 2026.9 defines it.
///
/// ```
/// use soyaku_device::{Device, DeviceRequest};
/// use soyaku_kernels::tanimoto::{References, Rows};
///
/// let device = Device::open(DeviceRequest::Cpu, Some(1))?;
/// let mut actives = References::new(&device, Rows { bits: &[0b0011, 0b1100], popcounts: &[2, 2], words: 1 });
/// let mut nearest = Vec::new();
/// actives.nearest(Rows { bits: &[0b0100, 0b0011], popcounts: &[1, 2], words: 1 }, &mut nearest)?;
/// assert_eq!((nearest[0].index, nearest[0].similarity), (1, 0.5));
/// assert_eq!((nearest[1].index, nearest[1].similarity), (0, 1.0));
/// # Ok::<(), soyaku_device::Error>(())
/// ```
pub struct References {
    device: Device,
    references: OwnedRows,
    /// Buffers on the GPUs, kept from batch to batch; not looked for before the first one.
    engine: Option<Engine>,
}

enum Engine {
    Cpu(cpu::Comparison),
    Cuda(cuda::Comparison),
}

impl References {
    /// A copy of `references`.
    ///
    /// # Panics
    /// When lengths do not fit, there is none or there are 2^32 or more, and beyond 1023 words.
    pub fn new(device: &Device, references: Rows<'_>) -> Self {
        references.check("reference");
        assert!(references.words <= MOST_WORDS, "fingerprints of {} words", references.words);
        assert!(u32::try_from(references.len()).is_ok(), "{} references", references.len());
        assert!(!references.is_empty(), "at least one reference");
        Self { device: device.clone(), references: references.into(), engine: None }
    }

    /// The most similar reference of each of `rows`, in their order.
    ///
    /// # Errors
    /// None on the CPU; on a GPU what its memory and driver say.
    ///
    /// # Panics
    /// When the width is not that of the references, or lengths do not fit.
    pub fn nearest(&mut self, rows: Rows<'_>, output: &mut Vec<Nearest>) -> Result<(), Error> {
        rows.check("row");
        let references = self.references.rows();
        assert_eq!(rows.words, references.words, "fingerprint width");
        output.clear();
        output.resize(rows.len(), Nearest::default());
        let engine = self.engine.get_or_insert_with(|| match self.device.gpus() {
            [] => Engine::Cpu(self.device.install(|| cpu::Comparison::new(references))),
            gpus => Engine::Cuda(cuda::Comparison::new(gpus)),
        });
        self.device.install(|| match engine {
            Engine::Cpu(comparison) => {
                comparison.nearest(rows, references, output);
                Ok(())
            }
            Engine::Cuda(comparison) => comparison.nearest(rows, references, output),
        })
    }
}
