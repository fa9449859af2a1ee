#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use soyaku_fuzz::smiles::Smiles;

thread_local! {
    static CHECKER: RefCell<Smiles> = RefCell::default();
}

fuzz_target!(|data: &[u8]| CHECKER.with(|checker| checker.borrow_mut().check(data)));
