//! SD files: records of a mol block and data items, and the mol blocks in them.
//!
//! [`SdfReader`] cuts a file into records; [`crate::Parser::parse_mol_block`] makes a molecule of
//! the block of one; [`MolBlockWriter`] writes blocks and records.
//!
//! Read are V2000 and V3000 connection tables with elements, dummy atoms and numbered R groups,
//! charges, isotopes, radicals, specified valences, atom maps; single, double, triple, aromatic
//! (4), any (8) and dative (9) bonds; wedges, wavy bonds and crossed double bonds; flat drawings and
//! conformations. S groups, atom values, aliases and collections of enhanced stereochemistry are
//! skipped, as they do not change the molecule. Queries (atom lists, `A`, `Q`, `X`, `M`, bonds
//! of types 5 to 7, counts of hydrogens or ring bonds), zero-order bonds, hydrogen bonds, link nodes, bonds
//! to several atoms, and arrangements other than tetrahedral ones in a conformation are refused.
//! Atropisomers are not perceived.

mod block;
mod double_bonds;
mod geometry;
mod lines;
mod reader;
mod shape;
mod spatial;
mod symbols;
mod v2000;
mod v3000;
mod wedges;
mod words;
mod write;

pub(crate) use block::Block;
pub use reader::{Record, SdfError, SdfReader};
pub(crate) use shape::Scratch as ShapeScratch;
pub use write::{Lost, MolBlockVersion, MolBlockWriter};
