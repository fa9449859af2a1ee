#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use soyaku_fuzz::fps::Fps;

thread_local! {
    static CHECKER: RefCell<Fps> = RefCell::default();
}

fuzz_target!(|data: &[u8]| CHECKER.with(|checker| checker.borrow_mut().check(data)));
