//! Rates of what processors compute from registers.

use super::{Bench, SEED, SOURCE};
use crate::probe::{Error, cpu};

/// Pairs of bits, and of bytes, that one matrix instruction of a warp multiplies.
const BIT_PAIRS: f64 = 16.0 * 8.0 * 256.0;
const BYTE_PAIRS: f64 = 16.0 * 8.0 * 32.0;
const FACTOR: f32 = 0.999;
const ADDEND: f32 = 0.5;

impl Bench<'_> {
    /// Popcounts of 32 bits a second.
    pub(super) fn popcounts(&self) -> Result<f64, Error> {
        self.integers("probe_popcount", 1, cpu::popcount)
    }

    /// Logical operations of three inputs on 32 bits a second.
    pub(super) fn logic(&self) -> Result<f64, Error> {
        self.integers("probe_logic", 4, cpu::logic)
    }

    /// Pairs of bits a second that matrix instructions AND.
    pub(super) fn bit_pairs(&self) -> Result<f64, Error> {
        let expected = |thread, rounds, seed| cpu::matrix(thread, rounds, seed, cpu::bits_in_common);
        Ok(self.integers("probe_matrix", 1, expected)? / 32.0 * BIT_PAIRS)
    }

    /// Multiply-adds of signed bytes a second by matrix instructions.
    pub(super) fn byte_multiply_adds(&self) -> Result<f64, Error> {
        let expected = |thread, rounds, seed| cpu::matrix(thread, rounds, seed, cpu::products_of_bytes);
        Ok(self.integers("probe_matrix_bytes", 1, expected)? / 32.0 * BYTE_PAIRS)
    }

    /// Multiply-adds of single precision a second.
    pub(super) fn multiply_adds(&self) -> Result<f64, Error> {
        // Eight times as fast as popcounts, on most devices.
        let rounds = self.effort.rounds * 8;
        let (threads, seconds, results) = self.compute::<f32>(&SOURCE, "probe_multiply_add", |launch| {
            launch.value(rounds).value(FACTOR).value(ADDEND)
        })?;
        let expected = (0..).map(|thread| cpu::multiply_add(thread, rounds, FACTOR, ADDEND));
        self.check("probe_multiply_add", &results, expected)?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS) / seconds)
    }

    /// Instructions of threads a second of a kernel that is `faster` than popcounts are.
    fn integers(
        &self,
        name: &'static str,
        faster: u32,
        expected: impl Fn(u32, u32, u32) -> u32,
    ) -> Result<f64, Error> {
        let rounds = self.effort.rounds * faster;
        let (threads, seconds, results) =
            self.compute(&SOURCE, name, |launch| launch.value(rounds).value(SEED))?;
        self.check(name, &results, (0..).map(|thread| expected(thread, rounds, SEED)))?;
        Ok(threads * f64::from(rounds) * f64::from(cpu::CHAINS) / seconds)
    }
}
