//! Rules for CUDA sources, and what reads their text.

pub mod declarations;
pub mod rules;
