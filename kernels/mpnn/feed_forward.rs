//! The feed-forward network from molecule vectors to outputs.

use rayon::prelude::*;
use soyaku_device::Device;

use super::network::padded;
use crate::matrix::{BLOCK, Weight};
use crate::rows::{Activation, add, stride, vectorized};

/// Linear layers with a non-linearity between them.
#[derive(Clone, Debug)]
pub struct FeedForward {
    layers: Vec<(Weight, Vec<f32>)>,
    activation: Activation,
}

impl FeedForward {
    /// From `(weight, bias)` pairs, weights `outputs x inputs` row-major.
    ///
    /// # Panics
    /// When there is no layer, or a weight is not `bias length x previous width` long.
    pub fn new<'a>(
        inputs: usize,
        layers: impl IntoIterator<Item = (&'a [f32], &'a [f32])>,
        activation: Activation,
    ) -> Self {
        let mut width = inputs;
        let layers: Vec<_> = layers
            .into_iter()
            .map(|(weight, bias)| {
                let layer = (Weight::new(weight, bias.len(), width), padded(Some(bias), bias.len()));
                width = bias.len();
                layer
            })
            .collect();
        assert!(!layers.is_empty(), "a feed-forward network has at least one layer");
        Self { layers, activation }
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |(weight, _)| weight.outputs())
    }

    /// Runs `rows` rows of `input` (whole blocks of `stride(inputs)` wide rows); `output` becomes
    /// `rows x outputs` values without padding.
    ///
    /// # Panics
    /// When `input` is not whole blocks that hold `rows` rows.
    pub fn run(&self, device: &Device, input: &[f32], rows: usize, output: &mut Vec<f32>) {
        let outputs = self.outputs();
        let width = stride(self.layers[0].0.inputs());
        assert_eq!(input.len(), rows.next_multiple_of(BLOCK) * width, "input blocks");
        output.clear();
        output.resize(rows * outputs, 0.0);
        device.install(|| {
            output
                .par_chunks_mut(BLOCK * outputs)
                .zip(input.par_chunks(BLOCK * width))
                .for_each_init(Vec::new, |buffers, (output, input)| self.run_block(input, output, buffers));
        });
    }

    fn run_block(&self, input: &[f32], output: &mut [f32], buffers: &mut Vec<Vec<f32>>) {
        buffers.resize_with(self.layers.len(), Vec::new);
        for (index, (weight, bias)) in self.layers.iter().enumerate() {
            let (done, rest) = buffers.split_at_mut(index);
            let source = done.last().map_or(input, |buffer: &Vec<f32>| buffer.as_slice());
            let width = stride(weight.outputs());
            let target = &mut rest[0];
            target.resize(BLOCK * width, 0.0);
            weight.multiply_block(source, target);
            let hidden = index + 1 < self.layers.len();
            vectorized(|| {
                for row in target.chunks_exact_mut(width) {
                    add(row, bias);
                    if hidden {
                        self.activation.apply(&mut row[..weight.outputs()]);
                    }
                }
            });
        }
        let outputs = self.outputs();
        if let Some(last) = buffers.last() {
            for (row, source) in output.chunks_exact_mut(outputs).zip(last.chunks_exact(stride(outputs))) {
                row.copy_from_slice(&source[..outputs]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use soyaku_device::DeviceRequest;

    #[test]
    fn two_layers_by_hand() {
        let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
        let network = FeedForward::new(
            2,
            [
                (&[1.0, 2.0, -1.0, 0.5, 0.0, 1.0][..], &[0.1, 0.2, -5.0][..]),
                (&[1.0, 1.0, 1.0][..], &[0.5][..]),
            ],
            Activation::Relu,
        );
        let rows = 300;
        let mut input = vec![0.0; rows_padded(rows) * stride(2)];
        for r in 0..rows {
            input[r * stride(2)] = r as f32;
            input[r * stride(2) + 1] = 1.0;
        }
        let mut output = Vec::new();
        network.run(&device, &input, rows, &mut output);
        assert_eq!(output.len(), rows);
        for (r, got) in output.iter().enumerate() {
            let x = r as f32;
            let expected = (x + 2.0 + 0.1) + (-x + 0.5 + 0.2).max(0.0) + 0.5;
            assert!((got - expected).abs() < 1e-4, "{r}: {got} {expected}");
        }
    }

    fn rows_padded(rows: usize) -> usize {
        rows.next_multiple_of(BLOCK)
    }
}
