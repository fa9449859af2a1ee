//! Writing FPS files.

use std::io::{self, Write};

use super::header::FpsHeader;

/// Writes an FPS file.
///
/// ```
/// use soyaku_chem::fps::{FpsHeader, FpsWriter};
///
/// let header = FpsHeader { bits: Some(16), kind: Some("Example/1".into()), ..FpsHeader::default() };
/// let mut writer = FpsWriter::new(Vec::new(), &header)?;
/// writer.write(&[0x8001], b"first")?;
/// assert_eq!(writer.into_inner(), b"#FPS1\n#num_bits=16\n#type=Example/1\n0180\tfirst\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct FpsWriter<W> {
    output: W,
    bits: usize,
    text: Vec<u8>,
}

impl<W: Write> FpsWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// What the output reports, and [`io::ErrorKind::InvalidInput`] for a header without a number of bits
    /// or with line ends in a value.
    pub fn new(mut output: W, header: &FpsHeader) -> io::Result<Self> {
        let Some(bits) = header.bits else {
            return Err(invalid("the header of an FPS file needs the number of bits".into()));
        };
        let mut text = b"#FPS1\n".to_vec();
        for (key, value) in header.lines() {
            if value.contains(['\n', '\r']) {
                return Err(invalid(format!("the value of {key} has a line end")));
            }
            text.extend_from_slice(format!("#{key}={}\n", value.trim()).as_bytes());
        }
        output.write_all(&text)?;
        Ok(Self { output, bits, text })
    }

    /// Goes on where the header is written already.
    pub fn without_header(output: W, bits: usize) -> Self {
        Self { output, bits, text: Vec::new() }
    }

    /// Writes a fingerprint, whose bit `b` is bit `b % 64` of word `b / 64`, and the name of its compound.
    ///
    /// # Errors
    /// What the output reports, and [`io::ErrorKind::InvalidInput`] for a name that is empty or contains tabs
    /// or line ends, and for words that are not those of such a fingerprint.
    pub fn write(&mut self, words: &[u64], name: &[u8]) -> io::Result<()> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        if name.is_empty() || name.iter().any(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0)) {
            let name = name.escape_ascii();
            return Err(invalid(format!("the name '{name}' is empty or contains tabs or line ends")));
        }
        let used = self.bits % 64;
        let is_beyond = used > 0 && words.last().is_some_and(|last| last >> used != 0);
        if words.len() != self.bits.div_ceil(64) || is_beyond {
            let count = words.len();
            return Err(invalid(format!("{count} words are no fingerprint of {} bits", self.bits)));
        }
        self.text.clear();
        for byte in words.iter().flat_map(|word| word.to_le_bytes()).take(self.bits.div_ceil(8)) {
            self.text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        self.text.push(b'\t');
        self.text.extend_from_slice(name);
        self.text.push(b'\n');
        self.output.write_all(&self.text)
    }

    /// The output.
    pub fn into_inner(self) -> W {
        self.output
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}
