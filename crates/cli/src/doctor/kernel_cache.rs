//! The folder that keeps compiled kernels.

use soyaku_device::cache::CacheStatus;

use super::finding::Finding;
use crate::format::{bytes, count};

/// What to tell of the cache.
pub fn finding(status: &CacheStatus) -> Finding {
    const PART: &str = "kernel_cache";
    const ADVICE: &str = "set SOYAKU_CACHE_DIR to a folder that you may write to; without it kernels are compiled at each start";
    let Some(folder) = &status.folder else {
        let problem = status.problem.as_deref().unwrap_or("switched off (SOYAKU_CACHE_SIZE=0)");
        return Finding::warn(PART, format!("none: {problem}"), ADVICE);
    };
    let message = format!(
        "{}: {} kernels, {} of {}",
        folder.display(),
        count(status.entries),
        bytes(status.bytes),
        bytes(status.limit)
    );
    match &status.problem {
        Some(problem) => Finding::warn(PART, format!("{message}; {problem}"), ADVICE),
        None if !status.writable => Finding::warn(PART, format!("{message}; not writable"), ADVICE),
        None => Finding::ok(PART, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_cache_that_keeps_nothing_is_warned_of() {
        let fine = CacheStatus {
            folder: Some("/home/me/.cache/soyaku/kernels".into()),
            entries: 3,
            bytes: 1536,
            limit: 256 << 20,
            writable: true,
            problem: None,
        };
        let told = finding(&fine);
        assert_eq!(told.message, "/home/me/.cache/soyaku/kernels: 3 kernels, 1.5 KiB of 256.0 MiB");
        assert_eq!(told.level, Level::Ok);
        let problems = [
            CacheStatus { writable: false, ..fine.clone() },
            CacheStatus { problem: Some("permission denied".into()), ..fine.clone() },
            CacheStatus { folder: None, problem: None, ..fine },
        ];
        for status in problems {
            let told = finding(&status);
            assert_eq!(told.level, Level::Warn, "{told:?}");
            assert!(told.advice.is_some_and(|advice| advice.contains("SOYAKU_CACHE_DIR")));
        }
    }
}
