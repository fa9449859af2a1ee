//! Neighbours of some rows as the bytes of a part, which has only what their similarities are made of.
//!
//! ```text
//! row        popcount, number of neighbours, then each of them
//! neighbour  its row less that of the one before (of the first: itself), zigzag; bits in both; bits in either
//! ```
//! All are numbers of 7 bits a byte, the lowest first (LEB128).

use std::io::{self, BufRead};

use soyaku_kernels::tanimoto::Hit;

/// Appends the neighbours of a row.
pub(super) fn push(popcount: u16, neighbors: &[Hit], bytes: &mut Vec<u8>) {
    push_number(bytes, u64::from(popcount));
    push_number(bytes, neighbors.len() as u64);
    let mut before = 0;
    for hit in neighbors {
        push_number(bytes, zigzag(hit.row.wrapping_sub(before) as i64));
        push_number(bytes, u64::from(hit.both));
        push_number(bytes, u64::from(hit.either));
        before = hit.row;
    }
}

/// Replaces `hits` by the neighbours of the next row, and returns its popcount.
pub(super) fn read(input: &mut dyn BufRead, hits: &mut Vec<Hit>) -> io::Result<u16> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a number that is too large");
    let popcount = u16::try_from(next(input)?).map_err(|_| damaged())?;
    let count = next(input)?;
    hits.clear();
    let mut row = 0_u64;
    for _ in 0..count {
        row = row.wrapping_add(unzigzag(next(input)?) as u64);
        let both = u32::try_from(next(input)?).map_err(|_| damaged())?;
        let either = u32::try_from(next(input)?).map_err(|_| damaged())?;
        hits.push(Hit { row, both, either });
    }
    Ok(popcount)
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn next(input: &mut dyn BufRead) -> io::Result<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = match input.fill_buf()?.first() {
            Some(&byte) => byte,
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        };
        input.consume(1);
        number |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "a number of more than 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(row: u64, both: u32, either: u32) -> Hit {
        Hit { row, both, either }
    }

    fn rows() -> [(u16, Vec<Hit>); 3] {
        [
            (70, vec![hit(10, 70, 70), hit(1 << 40, 60, 80), hit(3, 50, 90), hit(7, 0, 900)]),
            (0, Vec::new()),
            (16_384, vec![hit(u64::MAX - 1, 16_384, 16_384), hit(0, 1, 32_767)]),
        ]
    }

    fn coded() -> Vec<u8> {
        let mut bytes = Vec::new();
        rows().iter().for_each(|(popcount, hits)| push(*popcount, hits, &mut bytes));
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = coded();
        let (mut input, mut found) = (&bytes[..], Vec::new());
        while !input.is_empty() {
            let mut hits = Vec::new();
            let popcount = read(&mut input, &mut hits).unwrap();
            found.push((popcount, hits));
        }
        assert_eq!(found, rows());
    }

    #[test]
    fn truncated_and_oversized_numbers_are_errors() {
        let bytes = coded();
        let mut hits = Vec::new();
        for size in 0..bytes.len() {
            let mut input = &bytes[..size];
            let ended = (0..3).find_map(|_| read(&mut input, &mut hits).err());
            assert_eq!(ended.map(|error| error.kind()), Some(io::ErrorKind::UnexpectedEof), "{size}");
        }
        for bytes in
            [&[0xFF_u8; 11][..], &[0xFF, 0xFF, 0xFF, 1, 0], &[1, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1]]
        {
            let error = read(&mut &bytes[..], &mut hits).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{bytes:?}");
        }
    }
}
