//! The functions of NVRTC that are used, with their C types (nvrtc.h of 11.2 to 13).

use std::ffi::{c_char, c_int, c_void};

/// `nvrtcProgram`.
pub(super) type Program = *mut c_void;
/// `nvrtcResult`.
pub(super) type Status = c_int;

pub(super) const SUCCESS: Status = 0;
pub(super) const INVALID_OPTION: Status = 5;
pub(super) const COMPILATION: Status = 6;
pub(super) const BUILTIN_OPERATION_FAILURE: Status = 7;

macro_rules! functions {
    ($($field:ident = $symbol:literal: fn($($argument:ty),*) -> $answer:ty;)*) => {
        /// Pointers into a loaded library, valid as long as it stays loaded.
        #[derive(Clone, Copy)]
        pub(super) struct Functions {
            $(pub(super) $field: unsafe extern "C" fn($($argument),*) -> $answer,)*
        }

        impl Functions {
            /// Looks all of them up.
            ///
            /// # Safety
            /// The library must be NVRTC, whose functions have these types, and must stay loaded for as long as any
            /// of them is called.
            ///
            /// # Errors
            /// The name of the first function that is not there.
            pub(super) unsafe fn load(library: &libloading::Library) -> Result<Self, &'static str> {
                Ok(Self {
                    // SAFETY: the types are those of nvrtc.h; the caller vouches for the library.
                    $($field: *unsafe { library.get(concat!($symbol, "\0").as_bytes()) }.map_err(|_| $symbol)?,)*
                })
            }
        }
    };
}

functions! {
    error_string = "nvrtcGetErrorString": fn(Status) -> *const c_char;
    supported_count = "nvrtcGetNumSupportedArchs": fn(*mut c_int) -> Status;
    supported = "nvrtcGetSupportedArchs": fn(*mut c_int) -> Status;
    create = "nvrtcCreateProgram": fn(
        *mut Program, *const c_char, *const c_char, c_int, *const *const c_char, *const *const c_char
    ) -> Status;
    compile = "nvrtcCompileProgram": fn(Program, c_int, *const *const c_char) -> Status;
    log_size = "nvrtcGetProgramLogSize": fn(Program, *mut usize) -> Status;
    log = "nvrtcGetProgramLog": fn(Program, *mut c_char) -> Status;
    cubin_size = "nvrtcGetCUBINSize": fn(Program, *mut usize) -> Status;
    cubin = "nvrtcGetCUBIN": fn(Program, *mut c_char) -> Status;
    destroy = "nvrtcDestroyProgram": fn(*mut Program) -> Status;
}

/// `nvrtcVersion`, which is asked before anything else is expected to be there.
pub(super) type VersionFunction = unsafe extern "C" fn(*mut c_int, *mut c_int) -> Status;
pub(super) const VERSION: &str = "nvrtcVersion";
