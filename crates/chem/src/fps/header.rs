//! What the first lines of an FPS file say.

/// The header of an FPS file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FpsHeader {
    /// Length of the fingerprints (`#num_bits=`).
    pub bits: Option<usize>,
    /// How they were made (`#type=`).
    pub kind: Option<String>,
    /// Programs that made them (`#software=`).
    pub software: Option<String>,
    /// Model of aromaticity (`#aromaticity=`).
    pub aromaticity: Option<String>,
    /// Files they were made of (`#source=`, may come several times).
    pub sources: Vec<String>,
    /// When (`#date=`), as in the file.
    pub date: Option<String>,
    /// Other lines, as key and value.
    pub others: Vec<(String, String)>,
}

/// Most bits of a fingerprint.
const MAX_BITS: usize = 1 << 20;

impl FpsHeader {
    /// Takes over a line (without its end) that begins with `#`, or says what is wrong with it.
    pub(super) fn add(&mut self, line: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(&line[1..]);
        let Some((key, value)) = text.split_once('=') else {
            return Err("expected '#key=value' in the header".into());
        };
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if key.is_empty() || !key.chars().all(is_word) {
            return Err("expected letters, digits and '_' in front of '=' in the header".into());
        }
        let value = value.trim().to_owned();
        let slot = match key {
            "num_bits" => {
                let bits = value.parse().ok().filter(|bits| (1..=MAX_BITS).contains(bits));
                let bits = bits.ok_or_else(|| format!("num_bits: expected 1 to {MAX_BITS}"))?;
                return set(&mut self.bits, bits, key);
            }
            "source" => {
                self.sources.push(value);
                return Ok(());
            }
            "type" => &mut self.kind,
            "software" => &mut self.software,
            "aromaticity" => &mut self.aromaticity,
            "date" => &mut self.date,
            _ => {
                self.others.push((key.to_owned(), value));
                return Ok(());
            }
        };
        set(slot, value, key)
    }

    /// The lines of the header in the order in which they are written.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, String)> {
        let text = |key, value: &Option<String>| value.clone().map(|value| (key, value));
        let bits = self.bits.map(|bits| ("num_bits", bits.to_string()));
        let named = [
            bits,
            text("type", &self.kind),
            text("software", &self.software),
            text("aromaticity", &self.aromaticity),
        ];
        let sources = self.sources.iter().map(|source| ("source", source.clone()));
        let others = self.others.iter().map(|(key, value)| (key.as_str(), value.clone()));
        named.into_iter().flatten().chain(sources).chain(text("date", &self.date)).chain(others)
    }
}

fn set<T: PartialEq>(slot: &mut Option<T>, value: T, key: &str) -> Result<(), String> {
    match slot {
        Some(before) if *before != value => Err(format!("{key} is given twice with different values")),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}
