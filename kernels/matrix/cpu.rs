//! CPU side: the `gemm` crate's single-threaded product; parallelism is over blocks, outside.

use super::BLOCK;
use crate::rows::stride;

pub(super) fn multiply_block(
    inputs: usize,
    outputs: usize,
    input: &[f32],
    weight: &[f32],
    output: &mut [f32],
) {
    let (input_stride, output_stride) = (stride(inputs), stride(outputs));
    assert!(input.len() >= BLOCK * input_stride, "input block");
    assert!(weight.len() >= inputs * output_stride, "weight");
    assert!(output.len() >= BLOCK * output_stride, "output block");
    // SAFETY: the three matrices are inside their slices by the assertions above (row strides are
    // at least the column counts), `output` is exclusively borrowed and overlaps neither input.
    unsafe {
        gemm::gemm(
            BLOCK,
            outputs,
            inputs,
            output.as_mut_ptr(),
            1,
            output_stride as isize,
            false,
            input.as_ptr(),
            1,
            input_stride as isize,
            weight.as_ptr(),
            1,
            output_stride as isize,
            0.0_f32,
            1.0_f32,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
