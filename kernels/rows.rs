//! Row arithmetic shared by kernels: sums of table rows, in a fixed order, on the widest SIMD
//! unit present. Lane `i` sees the same operations in the same order on every width, so the bits
//! of the result do not depend on the processor's vector length.

use pulp::Arch;

/// Row length in memory for `columns` values: a whole number of 64-byte lines.
pub const fn stride(columns: usize) -> usize {
    columns.next_multiple_of(16)
}

/// Scalar non-linearity of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// x where positive, else slope * x.
    LeakyRelu(f32),
    /// tanh(x).
    Tanh,
    /// x where positive, else alpha * (exp(x) - 1).
    Elu(f32),
    /// Scaled exponential linear unit: scale * (x or alpha * (exp(x) - 1)), Klambauer et al. 2017.
    Selu,
}

const SELU_ALPHA: f32 = 1.673_263_2;
const SELU_SCALE: f32 = 1.050_701;

impl Activation {
    /// Applies the function to every value.
    #[inline(always)]
    pub fn apply(self, values: &mut [f32]) {
        match self {
            // NaN must stay NaN: a comparison keeps it, `f32::max` would not.
            Self::Relu => values.iter_mut().for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
            Self::LeakyRelu(slope) => {
                values.iter_mut().for_each(|x| *x = if *x < 0.0 { *x * slope } else { *x });
            }
            Self::Tanh => values.iter_mut().for_each(|x| *x = x.tanh()),
            Self::Elu(alpha) => {
                values.iter_mut().for_each(|x| *x = if *x < 0.0 { alpha * x.exp_m1() } else { *x });
            }
            Self::Selu => values.iter_mut().for_each(|x| {
                *x = SELU_SCALE * if *x < 0.0 { SELU_ALPHA * x.exp_m1() } else { *x };
            }),
        }
    }
}

/// `target += source`, element by element.
#[inline(always)]
pub fn add(target: &mut [f32], source: &[f32]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += s;
    }
}

/// Runs `work` compiled for the widest vector unit of this processor.
#[inline(always)]
pub fn vectorized<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Work<F> {
        type Output = R;
        #[inline(always)]
        fn call(self) -> R {
            (self.0)()
        }
    }
    Arch::new().dispatch(Work(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations() {
        let mut values = [-2.0_f32, -0.0, 0.5, f32::NAN];
        Activation::Relu.apply(&mut values);
        assert_eq!(&values[..3], &[0.0, 0.0, 0.5]);
        assert!(values[3].is_nan());
        let mut values = [-2.0_f32, 3.0];
        Activation::LeakyRelu(0.1).apply(&mut values);
        assert_eq!(values, [-0.2, 3.0]);
        let mut values = [-1.0_f32, 1.0];
        Activation::Elu(1.0).apply(&mut values);
        assert!((values[0] - (-0.632_120_55)).abs() < 1e-7 && values[1] == 1.0);
        Activation::Selu.apply(&mut values);
        assert!((values[1] - 1.050_701).abs() < 1e-7);
    }

    #[test]
    fn vectorized_sums_equal_scalar_sums() {
        let rows: Vec<Vec<f32>> = (0..7)
            .map(|r| (0..300).map(|c| ((r * 31 + c * 17) % 101) as f32 * 0.013 - 0.5).collect())
            .collect();
        let mut wide = vec![0.0; 300];
        vectorized(|| rows.iter().for_each(|row| add(&mut wide, row)));
        let scalar: Vec<f32> = (0..300).map(|c| rows.iter().fold(0.0, |sum, row| sum + row[c])).collect();
        assert_eq!(wide, scalar);
    }
}
