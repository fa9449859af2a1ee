//! What the memory delivers: the yardstick for everything that streams.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::prefer_large_pages;

/// How often the buffer is read; the fastest pass counts, since whatever else runs can only slow one down.
const PASSES: usize = 7;

/// Bytes a second that `threads` threads read from a buffer of `bytes` bytes, each its own part of it, summing words.
/// The buffer is to be several times larger than the last-level cache; the call takes some tenths of a second for
/// each GiB.
pub fn measure_read_bandwidth(threads: usize, bytes: usize) -> f64 {
    let mut buffer = vec![0_u64; (bytes / 8).max(1)];
    prefer_large_pages(&buffer);
    // Written by the thread that will read it, so that each page lies in that thread's part of the memory.
    let part = buffer.len().div_ceil(threads.max(1));
    std::thread::scope(|scope| {
        for part in buffer.chunks_mut(part) {
            scope.spawn(|| part.fill(1));
        }
    });
    read_bandwidth_of(threads, &buffer)
}

/// Like [`measure_read_bandwidth`], of a buffer that is already there.
pub fn read_bandwidth_of(threads: usize, buffer: &[u64]) -> f64 {
    if buffer.is_empty() {
        return 0.0;
    }
    let parts: Vec<&[u64]> = buffer.chunks(buffer.len().div_ceil(threads.max(1))).collect();
    let barrier = Barrier::new(parts.len());
    let passes = |part: &[u64]| {
        // Each thread looks at the clock itself: one that only waited for the others might be woken late.
        let pass = |_| {
            barrier.wait();
            let started = Instant::now();
            black_box(sum(black_box(part)));
            (started, Instant::now())
        };
        (0..PASSES).map(pass).collect::<Vec<_>>()
    };
    let times: Vec<Vec<(Instant, Instant)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts.iter().map(|part| scope.spawn(|| passes(part))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let seconds = |pass: usize| {
        let started = times.iter().map(|thread| thread[pass].0).min();
        let ended = times.iter().map(|thread| thread[pass].1).max();
        started.zip(ended).map_or(f64::INFINITY, |(started, ended)| (ended - started).as_secs_f64())
    };
    let fastest = (0..PASSES).map(seconds).fold(f64::INFINITY, f64::min);
    size_of_val(buffer) as f64 / fastest.max(1e-9)
}

/// Eight sums at a time, so that loads and not additions set the pace.
fn sum(words: &[u64]) -> u64 {
    let (groups, rest) = words.as_chunks::<8>();
    let mut sums = [0_u64; 8];
    for group in groups {
        for (sum, word) in sums.iter_mut().zip(group) {
            *sum = sum.wrapping_add(*word);
        }
    }
    sums.iter().chain(rest).fold(0, |sum, word| sum.wrapping_add(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_once() {
        for count in [0, 1, 7, 8, 9, 1000] {
            assert_eq!(sum(&(0..count).collect::<Vec<u64>>()), (0..count).sum::<u64>());
        }
    }

    #[test]
    fn a_rate_comes_out_for_any_threads_and_size() {
        for (threads, bytes) in [(1, 1 << 20), (3, 1 << 20), (0, 8), (64, 24), (2, 0)] {
            let rate = measure_read_bandwidth(threads, bytes);
            assert!(rate.is_finite() && rate > 0.0, "{threads} threads, {bytes} bytes: {rate}");
        }
        assert_eq!(read_bandwidth_of(4, &[]), 0.0);
    }
}
