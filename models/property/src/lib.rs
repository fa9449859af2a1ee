//! Property models.
