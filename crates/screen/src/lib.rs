//! Screening pipeline.
