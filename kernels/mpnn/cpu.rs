//! CPU side of the message passing network: blocks of 128 environments in parallel.

use rayon::prelude::*;

use super::Features;
use super::cache::{KeptRows, LevelResolution, Resolution, Slot};
use super::environments::Environments;
use super::level::Level;
use super::network::{Aggregation, Network};
use crate::matrix::{BLOCK, Weight};
use crate::rows::{add, stride, vectorized};

/// Tables of one row per distinct environment (or key), `stride(hidden)` wide, whole blocks long.
#[derive(Default)]
pub(super) struct Tables {
    input_atoms: Vec<f32>,
    input_bonds: Vec<f32>,
    output_atoms: Vec<f32>,
    initial: Vec<f32>,
    below: Vec<f32>,
    above: Vec<f32>,
    centres: Vec<f32>,
}

pub(super) fn encode(
    environments: &Environments,
    resolution: &Resolution,
    features: &Features,
    network: &Network,
    kept: &mut KeptRows,
    tables: &mut Tables,
    output: &mut [f32],
) {
    let width = stride(network.hidden());
    project(&features.atoms, &network.input_atom, &network.input_bias, &mut tables.input_atoms);
    project(&features.bonds, &network.input_bond, &vec![0.0; width], &mut tables.input_bonds);
    project(&features.atoms, &network.output_atom, &network.output_bias, &mut tables.output_atoms);

    // H0 before its activation: the later steps add to it.
    let levels = &environments.levels;
    reserve_rows(&mut tables.initial, levels[0].len(), width);
    let (input_atoms, input_bonds) = (&tables.input_atoms, &tables.input_bonds);
    each_row(&mut tables.initial, width, levels[0].len(), |id, row| {
        row.copy_from_slice(row_of(input_atoms, levels[0].base(id), width));
        for &bond in levels[0].children(id) {
            add(row, row_of(input_bonds, bond as usize, width));
        }
    });

    kept.levels.resize_with(levels.len(), Vec::new);
    for (step, level) in levels.iter().enumerate() {
        let weight = if step + 1 == levels.len() { &network.output_message } else { &network.message };
        let here = &resolution.levels[step];
        std::mem::swap(&mut tables.below, &mut tables.above);
        let initial = &tables.initial;
        let below = step.checked_sub(1).map(|below| Messages {
            batch: &tables.below,
            kept: &kept.levels[below],
            resolution: &resolution.levels[below],
            width,
        });
        multiply_rows(&mut tables.above, &here.computed, network, weight, |id, row| {
            match &below {
                None => row.copy_from_slice(row_of(initial, id, width)),
                Some(below) => {
                    row.copy_from_slice(row_of(initial, level.base(id), width));
                    add(row, &network.message_bias);
                    below.add_children(row, level, id);
                }
            }
            network.activation.apply(row);
        });
        // The rows that this batch was resolved against must stay as they are until it is done, and
        // they do: rows are only added.
        let rows = &mut kept.levels[step];
        reserve_tightly(rows, here.promoted.len() * width);
        for &row in &here.promoted {
            rows.extend_from_slice(row_of(&tables.above, row as usize, width));
        }
    }

    let centres = &environments.centres;
    reserve_rows(&mut tables.centres, centres.len(), width);
    let output_atoms = &tables.output_atoms;
    let last = levels.len() - 1;
    let messages = Messages {
        batch: &tables.above,
        kept: &kept.levels[last],
        resolution: &resolution.levels[last],
        width,
    };
    each_row(&mut tables.centres, width, centres.len(), |id, row| {
        row.copy_from_slice(row_of(output_atoms, centres.base(id), width));
        messages.add_children(row, centres, id);
        network.activation.apply(row);
    });

    let centre_rows = &tables.centres;
    each_row(output, width, environments.molecules(), |molecule, row| {
        let atoms = environments.molecule(molecule);
        for &atom in atoms {
            add(row, row_of(centre_rows, atom as usize, width));
        }
        let divisor = match network.aggregation {
            Aggregation::Sum => return,
            Aggregation::Mean => atoms.len().max(1) as f32,
            Aggregation::Norm(constant) => constant,
        };
        row.iter_mut().for_each(|value| *value /= divisor);
    });
}

#[inline(always)]
fn row_of(table: &[f32], index: usize, width: usize) -> &[f32] {
    &table[index * width..(index + 1) * width]
}

/// Rows of one level, some in the batch's table and some kept from earlier batches.
struct Messages<'a> {
    batch: &'a [f32],
    kept: &'a [f32],
    resolution: &'a LevelResolution,
    width: usize,
}

impl Messages<'_> {
    /// Adds the rows of an environment's children, in their order.
    #[inline(always)]
    fn add_children(&self, row: &mut [f32], level: &Level, id: usize) {
        for &child in level.children(id) {
            add(
                row,
                match self.resolution.slot(child) {
                    Slot::Batch(slot) => row_of(self.batch, slot, self.width),
                    Slot::Kept(slot) => row_of(self.kept, slot, self.width),
                },
            );
        }
    }
}

/// Room for `additional` values, with little to spare: these tables are most of the memory of a run,
/// and doubling them would double it.
fn reserve_tightly(rows: &mut Vec<f32>, additional: usize) {
    if rows.capacity() < rows.len() + additional {
        rows.reserve_exact(additional.max(rows.len() / 8));
    }
}

fn reserve_rows(table: &mut Vec<f32>, rows: usize, width: usize) {
    // What a longer table held before is written over row by row, or is padding that nobody reads.
    table.resize(rows.next_multiple_of(BLOCK) * width, 0.0);
}

/// `bias + features * weight^T` by distinct key. Features are mostly zeros: add what is not.
fn project(features: &[f32], weight: &Weight, bias: &[f32], table: &mut Vec<f32>) {
    let width = stride(weight.outputs());
    let rows = features.len() / weight.inputs();
    reserve_rows(table, rows, width);
    each_row(table, width, rows, |id, row| {
        row.copy_from_slice(bias);
        for (input, &value) in features[id * weight.inputs()..(id + 1) * weight.inputs()].iter().enumerate() {
            if value != 0.0 {
                row.iter_mut().zip(weight.row(input)).for_each(|(target, w)| *target += value * w);
            }
        }
    });
}

/// Fills the first `rows` rows of a table in parallel.
fn each_row(table: &mut [f32], width: usize, rows: usize, fill: impl Fn(usize, &mut [f32]) + Sync) {
    table[..rows * width].par_chunks_mut(BLOCK * width).enumerate().for_each(|(block, chunk)| {
        vectorized(
            #[inline(always)]
            || {
                for (index, row) in chunk.chunks_exact_mut(width).enumerate() {
                    fill(block * BLOCK + index, row);
                }
            },
        );
    });
}

/// `table = rows * weight^T` for these environments; the rows are made block by block so that they
/// stay in cache.
fn multiply_rows(
    table: &mut Vec<f32>,
    computed: &[u32],
    network: &Network,
    weight: &Weight,
    fill: impl Fn(usize, &mut [f32]) + Sync,
) {
    let width = stride(network.hidden());
    reserve_rows(table, computed.len(), width);
    table.par_chunks_mut(BLOCK * width).zip(computed.par_chunks(BLOCK)).for_each_init(
        || vec![0.0_f32; BLOCK * width],
        |input, (output, ids)| {
            let filled = ids.len();
            vectorized(
                #[inline(always)]
                || {
                    for (&id, row) in ids.iter().zip(input.chunks_exact_mut(width)) {
                        fill(id as usize, row);
                    }
                },
            );
            input[filled * width..].fill(0.0);
            weight.multiply_block(input, output);
        },
    );
}
