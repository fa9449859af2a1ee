//! BloscLZ: the second level of FastLZ, <https://ariya.github.io/FastLZ/>.
//!
//! A stream is a sequence of instructions. The three high bits of the first byte say what follows: 0 is a run of
//! literal bytes, whose number less one is in the other five bits; everything else is a match, which repeats what was
//! unpacked before. The first byte's high bits mark the level and mean nothing else.

/// Distance from which on a match has two more bytes for it.
const FAR: usize = 8191;
/// Why a stream cannot be unpacked.
const ENDS: &str = "a blosclz stream ends too early";
const LONG: &str = "a blosclz stream holds more than its block";

/// Unpacks `packed`, which must fill `out` exactly.
pub(super) fn decode(packed: &[u8], out: &mut [u8]) -> Result<(), String> {
    let Some((first, mut rest)) = packed.split_first() else { return Err(ENDS.into()) };
    let mut control = first & 31;
    let mut at = 0;
    loop {
        if control < 32 {
            let count = usize::from(control) + 1;
            let (literals, tail) = rest.split_at_checked(count).ok_or(ENDS)?;
            out.get_mut(at..at + count).ok_or(LONG)?.copy_from_slice(literals);
            (rest, at) = (tail, at + count);
        } else {
            let (distance, length);
            (distance, length, rest) = read_match(control, rest)?;
            repeat(out, at, distance, length)?;
            at += length;
        }
        match rest.split_first() {
            Some((next, tail)) => (control, rest) = (*next, tail),
            None if at == out.len() => return Ok(()),
            None => return Err(format!("a blosclz stream holds {at} bytes instead of {}", out.len())),
        }
    }
}

/// Distance and length of a match, and what is behind it.
fn read_match(control: u8, mut rest: &[u8]) -> Result<(usize, usize, &[u8]), String> {
    let mut next = || {
        let (byte, tail) = rest.split_first().ok_or(ENDS)?;
        rest = tail;
        Ok::<_, String>(usize::from(*byte))
    };
    let mut length = usize::from(control >> 5) + 2;
    if control >> 5 == 7 {
        loop {
            let more = next()?;
            length += more;
            if more != 255 {
                break;
            }
        }
    }
    let high = usize::from(control & 31) << 8;
    let low = next()?;
    let distance = if high + low == FAR { FAR + (next()? << 8) + next()? } else { high + low };
    Ok((distance + 1, length, rest))
}

/// Repeats `length` bytes that begin `distance` before `at`; they may overlap with what is written.
fn repeat(out: &mut [u8], at: usize, distance: usize, length: usize) -> Result<(), String> {
    let start = at.checked_sub(distance).ok_or("a blosclz match begins before its block")?;
    let end = at.checked_add(length).filter(|end| *end <= out.len()).ok_or(LONG)?;
    let mut at = at;
    while at < end {
        // what lies between the start of the match and here may be copied at once; it doubles
        let count = (at - start).min(end - at);
        out.copy_within(start..start + count, at);
        at += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
        let mut out = vec![0; size];
        decode(packed, &mut out).map(|()| out)
    }

    #[test]
    fn literals_and_matches() {
        // three literals, then a match of 5 bytes at distance 3
        assert_eq!(decoded(&[0x22, b'a', b'b', b'c', 0x60, 2], 8).unwrap(), b"abcabcab");
        // a run: distance 1, length 2 + 7 + 255 + 1
        let run = [0x20, b'x', 0xe0, 255, 1, 0];
        assert_eq!(decoded(&run, 266).unwrap(), [b'x'; 266]);
    }

    #[test]
    fn far_matches() {
        let mut packed = Vec::new();
        for block in 0..300_u32 {
            packed.push(31 | if block == 0 { 32 } else { 0 });
            packed.extend((0..32_u32).map(|byte| (block * 7 + byte * byte) as u8));
        }
        // length 3 at distance 8191 + 0x0102 + 1
        packed.extend([0x3f, 255, 1, 2]);
        let out = decoded(&packed, 9603).unwrap();
        assert_eq!(out[9600..], out[9600 - 8450..9600 - 8450 + 3]);
    }

    #[test]
    fn damaged_streams_are_refused() {
        let good = [0x22, b'a', b'b', b'c', 0x60, 2];
        for end in 0..good.len() {
            assert!(decoded(&good[..end], 8).is_err(), "{end}");
        }
        assert!(decoded(&good, 7).is_err() && decoded(&good, 9).is_err());
        assert!(decoded(&[0x22, b'a', b'b', b'c', 0x60, 3], 8).unwrap_err().contains("before its block"));
        assert!(decoded(&[0x20, b'x', 0xe0, 255, 255, 255], 266).is_err());
    }
}
