//! A small way to the fake NVRTC: create, compile, CUBIN.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

type Create = unsafe extern "C" fn(
    *mut *mut c_void,
    *const c_char,
    *const c_char,
    c_int,
    *const *const c_char,
    *const *const c_char,
) -> c_int;
type Compile = unsafe extern "C" fn(*mut c_void, c_int, *const *const c_char) -> c_int;
type Size = unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int;
type Bytes = unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_int;

/// The CUBIN, or the result code and the log.
pub fn compile(source: &str, options: &[&str]) -> Result<Vec<u8>, (i32, String)> {
    let source = CString::new(source).unwrap();
    let options: Vec<_> = options.iter().map(|option| CString::new(*option).unwrap()).collect();
    let options: Vec<_> = options.iter().map(|option| option.as_ptr()).collect();
    // SAFETY: the functions have the types that nvrtc.h gives them; all texts outlive the calls; buffers have the
    // sizes that were asked for before.
    unsafe {
        let library = libloading::Library::new("libnvrtc.so.12").unwrap();
        let bytes_of = |program, size: &str, bytes: &str| {
            let mut length = 0;
            let size = library.get::<Size>(size.as_bytes()).unwrap();
            assert_eq!(size(program, &mut length), 0);
            let mut buffer = vec![0_u8; length];
            let bytes = library.get::<Bytes>(bytes.as_bytes()).unwrap();
            assert_eq!(bytes(program, buffer.as_mut_ptr().cast()), 0);
            buffer
        };
        let mut program = ptr::null_mut();
        let create = library.get::<Create>(b"nvrtcCreateProgram").unwrap();
        let name = c"test.cu".as_ptr();
        assert_eq!(create(&mut program, source.as_ptr(), name, 0, ptr::null(), ptr::null()), 0);
        let compile = library.get::<Compile>(b"nvrtcCompileProgram").unwrap();
        let code = compile(program, options.len() as c_int, options.as_ptr());
        if code != 0 {
            let log = bytes_of(program, "nvrtcGetProgramLogSize", "nvrtcGetProgramLog");
            return Err((code, CStr::from_bytes_with_nul(&log).unwrap().to_string_lossy().into_owned()));
        }
        Ok(bytes_of(program, "nvrtcGetCUBINSize", "nvrtcGetCUBIN"))
    }
}
