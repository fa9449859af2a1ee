//! Numbers in SMILES: in brackets without leading zeros, ring closures with one to five digits.

use crate::error::Reason;

/// A number inside brackets at `at`, `None` where there is no digit; with the byte after it.
///
/// A zero ends the number: `01` is zero followed by one, which no bracket allows.
#[inline]
pub(super) fn number(line: &[u8], at: usize, shift: usize) -> Result<Option<(u32, usize)>, Reason> {
    let Some(first @ b'0'..=b'9') = line.get(at).copied() else { return Ok(None) };
    let mut value = i64::from(first - b'0');
    let mut end = at + 1;
    if value != 0 {
        while let Some(digit @ b'0'..=b'9') = line.get(end) {
            value = value * 10 + i64::from(digit - b'0');
            if value >= i64::from(i32::MAX) {
                return Err(Reason::Number { position: shift + at });
            }
            end += 1;
        }
    }
    Ok(Some((value as u32, end)))
}

/// A ring closure number at `at`: a digit, `%` and two digits, or `%(` one to five digits `)`.
#[inline]
pub(super) fn ring_number(line: &[u8], at: usize, shift: usize) -> Result<(u32, usize), Reason> {
    if line[at] != b'%' {
        return Ok((u32::from(line[at] - b'0'), at + 1));
    }
    let fail = |position: usize, expected: &'static str| match line.get(position) {
        Some(&found) => Reason::Unexpected { position: shift + position, found, expected },
        None => Reason::End { position: shift + position, expected },
    };
    match (line.get(at + 1), line.get(at + 2)) {
        (Some(tens @ b'1'..=b'9'), Some(ones @ b'0'..=b'9')) => {
            Ok((u32::from(tens - b'0') * 10 + u32::from(ones - b'0'), at + 3))
        }
        (Some(b'1'..=b'9'), _) => Err(fail(at + 2, "a second digit of the ring number")),
        (Some(b'('), _) => {
            let mut value = 0;
            let mut end = at + 2;
            while let Some(digit @ b'0'..=b'9') = line.get(end).filter(|_| end < at + 7) {
                value = value * 10 + u32::from(digit - b'0');
                end += 1;
            }
            if end == at + 2 || line.get(end) != Some(&b')') {
                return Err(fail(end, "one to five digits and ')' of the ring number"));
            }
            Ok((value, end + 1))
        }
        _ => Err(fail(at + 1, "a digit from 1 to 9, or '('")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ring_numbers() {
        assert_eq!(ring_number(b"7", 0, 0), Ok((7, 1)));
        assert_eq!(ring_number(b"%12C", 0, 0), Ok((12, 3)));
        assert_eq!(ring_number(b"%(12345)C", 0, 0), Ok((12345, 8)));
        for bad in [&b"%"[..], b"%1", b"%0", b"%01", b"%(", b"%()", b"%(123456)", b"%(12"] {
            assert!(ring_number(bad, 0, 0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn bracket_numbers() {
        assert_eq!(number(b"C", 0, 0), Ok(None));
        assert_eq!(number(b"130C", 0, 0), Ok(Some((130, 3))));
        assert_eq!(number(b"01", 0, 0), Ok(Some((0, 1))));
        assert!(number(b"99999999999999999999", 0, 4).is_err());
    }
}
