//! Exit codes (docs/exit-codes.md), decided in one place.

use soyaku_store::Category as StoreCategory;

/// Everything was processed; failures of single compounds are in the report.
pub const OK: u8 = 0;
/// Wrong command line or configuration.
pub const USAGE: u8 = 2;
/// An input is malformed.
pub const MALFORMED: u8 = 65;
/// An input is missing.
pub const MISSING: u8 = 66;
/// The demanded device is unavailable.
pub const UNAVAILABLE: u8 = 69;
/// A bug.
pub const INTERNAL: u8 = 70;
/// Output could not be written.
pub const OUTPUT: u8 = 74;
/// The device was lost; what was computed is saved, and a new start goes on from there.
pub const RETRY: u8 = 75;
/// Added to a signal's number when a run was stopped by it.
pub const SIGNAL: u8 = 128;

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A model could not be written, for a reason that would mean something else about one that is read.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {0}")]
pub struct Unwritten(pub soyaku_property::Error);

/// The exit code that an error calls for.
pub fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code).unwrap_or(INTERNAL)
}

fn code(error: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if error.is::<Usage>() || error.is::<soyaku_screen::UnknownFingerprint>() {
        return Some(USAGE);
    }
    if error.is::<Unwritten>() {
        return Some(OUTPUT);
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return Some(if error.kind() == std::io::ErrorKind::BrokenPipe { OK } else { OUTPUT });
    }
    if let Some(error) = error.downcast_ref::<soyaku_store::Error>() {
        return Some(store(error));
    }
    if let Some(error) = error.downcast_ref::<soyaku_property::Error>() {
        return Some(model(error));
    }
    if let Some(error) = error.downcast_ref::<soyaku_device::Error>() {
        return Some(device(error));
    }
    error.downcast_ref::<soyaku_screen::Error>().map(|error| match error {
        soyaku_screen::Error::Store(error) => store(error),
        soyaku_screen::Error::Model(error) => model(error),
        soyaku_screen::Error::Device(error) => device(error),
        soyaku_screen::Error::Condition(_)
        | soyaku_screen::Error::Configuration(_)
        | soyaku_screen::Error::Memory { .. } => USAGE,
        soyaku_screen::Error::Unusable { .. } => MALFORMED,
        soyaku_screen::Error::Stopped { signal, .. }
        | soyaku_screen::Error::Paused { signal }
        | soyaku_screen::Error::Interrupted { signal } => SIGNAL.saturating_add(*signal as u8),
        soyaku_screen::Error::Internal(_) => INTERNAL,
    })
}

/// Whether an input that cannot be opened for this reason is as good as missing.
fn out_of_reach(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotADirectory | NotFound | PermissionDenied)
}

fn store(error: &soyaku_store::Error) -> u8 {
    match error {
        soyaku_store::Error::Io { action: "open", source, .. } if out_of_reach(source) => return MISSING,
        _ => {}
    }
    match error.category() {
        StoreCategory::NotFound => MISSING,
        StoreCategory::Malformed => MALFORMED,
        StoreCategory::Io => OUTPUT,
        StoreCategory::Conflict => USAGE,
        StoreCategory::Internal => INTERNAL,
    }
}

fn model(error: &soyaku_property::Error) -> u8 {
    use soyaku_property::Category;
    match error {
        soyaku_property::Error::Io { source, .. } if out_of_reach(source) => return MISSING,
        _ => {}
    }
    match error.category() {
        Category::NotFound => MISSING,
        Category::Malformed | Category::Unsupported => MALFORMED,
        Category::Io => OUTPUT,
    }
}

fn device(error: &soyaku_device::Error) -> u8 {
    use soyaku_device::Error;
    match error {
        // The device is lost to this process, not to the next: what was computed is saved.
        Error::Cuda(error) if error.is_sticky() => RETRY,
        Error::Unknown(_) | Error::MemorySize(_) => USAGE,
        Error::Unavailable { .. } | Error::Compile { .. } | Error::Cuda(_) | Error::Memory { .. } => {
            UNAVAILABLE
        }
        Error::Threads { .. } | Error::Launch { .. } => INTERNAL,
    }
}
