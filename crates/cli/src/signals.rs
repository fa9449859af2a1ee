//! Signals that ask for a clean end; a second one ends at once.

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU};
use signal_hook::iterator::Signals;
use soyaku_screen::Stop;

static STOP: Stop = Stop::new();

/// Routes the schedulers' stop signals to a request that the run looks at between batches.
pub fn stop_on_signals() -> std::io::Result<&'static Stop> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU])?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if STOP.requested().is_some() {
                std::process::exit(128 + signal);
            }
            STOP.request(signal);
        }
    });
    Ok(&STOP)
}
