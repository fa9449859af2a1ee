//! The `soyaku` command.
fn main() {}
