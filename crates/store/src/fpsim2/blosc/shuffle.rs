//! Undoing the filters that stand in front of the codecs.

/// Byte `b` of element `i` of `size` bytes lies at `b * elements + i`. What is behind the last whole element stays.
pub(crate) fn unshuffle(planes: &[u8], size: usize, out: &mut [u8]) {
    let count = planes.len().checked_div(size).unwrap_or(0);
    let whole = count * size;
    for (plane, bytes) in planes[..whole].chunks_exact(count.max(1)).enumerate() {
        for (element, byte) in out[..whole].chunks_exact_mut(size).zip(bytes) {
            element[plane] = *byte;
        }
    }
    out[whole..].copy_from_slice(&planes[whole..]);
}

/// Bit `k` of byte `b` of all elements lies in row `8 b + k`, an element to a bit. `strict` is the older way: blocks
/// whose number of elements is no multiple of eight are left as they are; otherwise only the elements that are too
/// many.
pub(super) fn unshuffle_bits(rows: &[u8], size: usize, strict: bool, out: &mut [u8]) {
    let count = rows.len().checked_div(size).unwrap_or(0);
    let groups = match count % 8 {
        0 => count / 8,
        _ if strict => 0,
        _ => count / 8,
    };
    let whole = groups * 8 * size;
    for group in 0..groups {
        for byte in 0..size {
            let mut square = 0_u64;
            for bit in 0..8 {
                square |= u64::from(rows[(8 * byte + bit) * groups + group]) << (8 * bit);
            }
            for (element, value) in transposed(square).to_le_bytes().into_iter().enumerate() {
                out[(8 * group + element) * size + byte] = value;
            }
        }
    }
    out[whole..].copy_from_slice(&rows[whole..]);
}

/// Bit `c` of byte `r` becomes bit `r` of byte `c`.
fn transposed(square: u64) -> u64 {
    let swap = |square: u64, mask: u64, distance: u32| {
        let moved = (square ^ (square >> distance)) & mask;
        square ^ moved ^ (moved << distance)
    };
    let square = swap(square, 0x00aa_00aa_00aa_00aa, 7);
    let square = swap(square, 0x0000_cccc_0000_cccc, 14);
    swap(square, 0x0000_0000_f0f0_f0f0, 28)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        let mut out = [0; 8];
        unshuffle(&[1, 4, 2, 5, 3, 6, 7, 8], 3, &mut out);
        assert_eq!(out, [1, 2, 3, 4, 5, 6, 7, 8]);
        unshuffle(&[1, 2, 3, 4, 5, 6, 7, 8], 9, &mut out);
        assert_eq!(out, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn bits_come_back() {
        // 17 elements of two bytes: eight at a time are transposed, the last stays
        let elements: Vec<u8> = (0..34_u8).map(|byte| byte.wrapping_mul(37) ^ 0x5a).collect();
        let mut rows = elements.clone();
        rows[..32].fill(0);
        for (element, bytes) in elements[..32].chunks_exact(2).enumerate() {
            for bit in 0..16 {
                let set = bytes[bit / 8] >> (bit % 8) & 1;
                rows[bit * 2 + element / 8] |= set << (element % 8);
            }
        }
        let mut out = [0; 34];
        unshuffle_bits(&rows, 2, false, &mut out);
        assert_eq!(out[..], elements[..]);
        unshuffle_bits(&rows, 2, true, &mut out);
        assert_eq!(out[..], rows[..]);
    }
}
