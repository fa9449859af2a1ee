//! Products of tall tables with small weight matrices, reproducible row by row.
//!
//! A row of the result depends on nothing but the row of the input: the product is always asked
//! for in blocks of [`BLOCK`] rows (the last one padded), so the library behind it takes the same
//! path for every row, whatever the number of rows.

mod cpu;

use crate::rows::stride;

/// Rows of one block.
pub const BLOCK: usize = 128;

/// A linear layer's weight, `outputs x inputs` as PyTorch stores it, laid out for the product.
#[derive(Clone, Debug)]
pub struct Weight {
    inputs: usize,
    outputs: usize,
    /// `inputs` rows of `stride(outputs)` values.
    transposed: Vec<f32>,
}

impl Weight {
    /// From row-major `outputs x inputs` values; takes columns `first .. first + inputs` of rows
    /// of `columns` values.
    ///
    /// # Panics
    /// When `weight` is not `outputs * columns` long or the range of columns leaves it.
    pub fn from_columns(weight: &[f32], outputs: usize, columns: usize, first: usize, inputs: usize) -> Self {
        assert_eq!(weight.len(), outputs * columns, "weight length");
        assert!(first + inputs <= columns, "column range");
        let width = stride(outputs);
        let mut transposed = vec![0.0; inputs * width];
        for output in 0..outputs {
            for input in 0..inputs {
                transposed[input * width + output] = weight[output * columns + first + input];
            }
        }
        Self { inputs, outputs, transposed }
    }

    /// From row-major `outputs x inputs` values.
    pub fn new(weight: &[f32], outputs: usize, inputs: usize) -> Self {
        Self::from_columns(weight, outputs, inputs, 0, inputs)
    }

    /// Input width.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Output width.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Row `input` of the transposed weight, `stride(outputs)` long: what this input contributes.
    pub fn row(&self, input: usize) -> &[f32] {
        let width = stride(self.outputs);
        &self.transposed[input * width..(input + 1) * width]
    }

    /// `output = input * weight^T` for one block: `input` is `BLOCK x stride(inputs)`, `output`
    /// `BLOCK x stride(outputs)`, both row-major; padding columns of `output` are left as they are.
    ///
    /// # Panics
    /// When a slice is not exactly one block.
    pub fn multiply_block(&self, input: &[f32], output: &mut [f32]) {
        assert_eq!(input.len(), BLOCK * stride(self.inputs), "input block");
        assert_eq!(output.len(), BLOCK * stride(self.outputs), "output block");
        cpu::multiply_block(self.inputs, self.outputs, input, &self.transposed, output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect()
    }

    #[test]
    fn equals_the_sum_of_products() {
        for (inputs, outputs) in [(300, 300), (72, 300), (300, 31), (17, 5), (300, 1), (1, 1)] {
            let weight = values(inputs * outputs, 1);
            let prepared = Weight::new(&weight, outputs, inputs);
            let mut input = vec![0.0; BLOCK * stride(inputs)];
            for (row, chunk) in input.chunks_mut(stride(inputs)).enumerate() {
                chunk[..inputs].copy_from_slice(&values(inputs, row as u32 + 7));
            }
            let mut output = vec![0.0; BLOCK * stride(outputs)];
            prepared.multiply_block(&input, &mut output);
            for row in 0..BLOCK {
                for column in 0..outputs {
                    let expected: f64 = (0..inputs)
                        .map(|k| {
                            f64::from(input[row * stride(inputs) + k])
                                * f64::from(weight[column * inputs + k])
                        })
                        .sum();
                    let got = f64::from(output[row * stride(outputs) + column]);
                    assert!((got - expected).abs() < 1e-5, "{inputs}x{outputs} at {row},{column}");
                }
            }
        }
    }

    /// The ground of reproducibility: the same input row gives the same bits at any place.
    #[test]
    fn a_row_does_not_depend_on_its_place() {
        for (inputs, outputs) in [(300, 300), (300, 31), (300, 10), (300, 1), (133, 300), (2400, 64)] {
            let weight = Weight::new(&values(inputs * outputs, 3), outputs, inputs);
            let row = values(inputs, 99);
            let mut input = vec![0.0; BLOCK * stride(inputs)];
            for (place, chunk) in input.chunks_mut(stride(inputs)).enumerate() {
                let source = if place % 3 == 0 { row.clone() } else { values(inputs, place as u32) };
                chunk[..inputs].copy_from_slice(&source);
            }
            let mut output = vec![0.0; BLOCK * stride(outputs)];
            weight.multiply_block(&input, &mut output);
            let first = output[..outputs].to_vec();
            for place in (0..BLOCK).step_by(3) {
                let start = place * stride(outputs);
                assert_eq!(output[start..start + outputs], first, "{inputs}x{outputs} place {place}");
            }
        }
    }
}
