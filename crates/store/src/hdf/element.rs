//! Numbers as they lie in a file: little-endian, fixed size.

/// A number that columns can hold.
pub(crate) trait Element: hdf5::H5Type + Copy + Default + Send + Sync {
    /// Bytes of one number.
    const SIZE: usize;

    /// The number whose byte `i` is `planes[i * stride + at]`.
    fn gather(planes: &[u8], stride: usize, at: usize) -> Self;

    /// The number at the start of `bytes`.
    fn decode(bytes: &[u8]) -> Self;

    /// Appends the bytes of `values`.
    fn encode(values: &[Self], bytes: &mut Vec<u8>);
}

macro_rules! element {
    ($($number:ty),*) => {$(
        impl Element for $number {
            const SIZE: usize = size_of::<$number>();

            fn gather(planes: &[u8], stride: usize, at: usize) -> Self {
                let mut bytes = [0; size_of::<$number>()];
                for (plane, byte) in bytes.iter_mut().enumerate() {
                    *byte = planes[plane * stride + at];
                }
                Self::from_le_bytes(bytes)
            }

            fn decode(bytes: &[u8]) -> Self {
                let mut number = [0; size_of::<$number>()];
                number.copy_from_slice(&bytes[..size_of::<$number>()]);
                Self::from_le_bytes(number)
            }

            fn encode(values: &[Self], bytes: &mut Vec<u8>) {
                let start = bytes.len();
                bytes.resize(start + size_of_val(values), 0);
                // Compiled to one copy where numbers lie in memory as they do in files.
                let places = bytes[start..].as_chunks_mut::<{ size_of::<$number>() }>().0;
                for (place, value) in places.iter_mut().zip(values) {
                    *place = value.to_le_bytes();
                }
            }
        }
    )*};
}

element!(u8, u16, u32, u64, f32, f64);
