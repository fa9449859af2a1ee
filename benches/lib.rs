//! What the benchmarks share: real molecules and reproducible numbers.

use std::path::{Path, PathBuf};

/// SMILES of ESOL (1,128 small molecules), shipped with the project.
pub fn esol() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/esol.csv");
    smiles_of(&path).unwrap_or_default()
}

/// SMILES of a file in the shared test data (`SOYAKU_TEST_DATA`), or none where it is absent.
pub fn test_data(file: &str) -> Option<Vec<String>> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("SOYAKU_TEST_DATA").map_or_else(default, PathBuf::from);
    smiles_of(&folder.join(file))
}

/// First column of a file, as far as it can be read as SMILES.
fn smiles_of(path: &Path) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut parser = soyaku_chem::Parser::new();
    let first = text.lines().filter_map(|line| line.split([',', ' ', '\t']).next());
    Some(first.filter(|smiles| parser.parse(smiles.as_bytes()).is_ok()).map(str::to_owned).collect())
}

/// A small generator of reproducible numbers.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits (xorshift).
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Values between -0.05 and 0.05.
    pub fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| ((self.bits() >> 40) as f32 / (1 << 24) as f32 - 0.5) * 0.1).collect()
    }
}
