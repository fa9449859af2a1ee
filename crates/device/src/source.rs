//! What a kernel family hands to the compiler: CUDA C++ text, its headers, and its entry points.

/// A header of our own that a source includes by `name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// As written between the quotes of `#include`.
    pub name: &'static str,
    /// The header itself.
    pub text: &'static str,
}

/// Element type of a kernel's buffers and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// `unsigned char`, 8 bits.
    U8,
    /// `unsigned short`, 16 bits.
    U16,
    /// `unsigned int`, 32 bits.
    U32,
    /// `unsigned long long`, 64 bits.
    U64,
    /// `int`, 32 bits.
    I32,
    /// `float`.
    F32,
    /// `double`.
    F64,
}

/// One parameter of an entry point, in the order of its C++ signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// `const T *`: a buffer that is only read.
    Input(Scalar),
    /// `T *`: a buffer that is written, or read and written.
    Output(Scalar),
    /// `T` by value.
    Value(Scalar),
}

/// Compute capability of a device: 9.0 is `ComputeCapability { major: 9, minor: 0 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComputeCapability {
    /// The generation: 8 for Ampere, 9 for Hopper.
    pub major: u32,
    /// Within the generation.
    pub minor: u32,
}

/// An `extern "C" __global__` function of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Its parameters; a launch with others is refused, and a test holds them against the source.
    pub parameters: &'static [Parameter],
    /// Threads of one block: what `__launch_bounds__` says.
    pub threads: u32,
    /// Devices below this do not have what the entry needs.
    pub minimum: ComputeCapability,
}

/// One `.cu` file with all that its compilation depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path below `kernels/`, for messages and the table of resources: `tanimoto/tanimoto.cu`.
    pub name: &'static str,
    /// CUDA C++.
    pub text: &'static str,
    /// Every header that it includes, directly or through another.
    pub headers: &'static [Header],
    /// Compiler options besides the architecture.
    pub options: &'static [&'static str],
    /// `Some(9.0)` for a source of instructions that only that architecture has: it is compiled for `sm_90a`, and its
    /// entries run on devices of exactly that compute capability.
    pub specific: Option<ComputeCapability>,
    /// What can be launched.
    pub entries: &'static [Entry],
}

impl Source {
    /// The entry point of that name.
    pub fn entry(&self, name: &str) -> Option<&'static Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The one architecture that the source is for, where there is only one: `sm_90a`.
    pub fn specific_architecture(&self) -> Option<String> {
        self.specific.map(|capability| format!("{}a", capability.architecture()))
    }

    /// What a device must have to run `entry`, where one of that `capability` has not: `compute capability 8.0`.
    pub fn lacking(&self, entry: &Entry, capability: ComputeCapability) -> Option<String> {
        match self.specific {
            Some(only) if only != capability => Some(format!("compute capability {only} and no other")),
            None if capability < entry.minimum => Some(format!("compute capability {}", entry.minimum)),
            _ => None,
        }
    }
}

impl ComputeCapability {
    /// The oldest architecture that this project compiles for: Volta.
    pub const OLDEST: Self = Self { major: 7, minor: 0 };

    /// What the compiler is asked for: `sm_90`.
    pub fn architecture(self) -> String {
        format!("sm_{}{}", self.major, self.minor)
    }
}

impl std::str::FromStr for ComputeCapability {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no compute capability: expected MAJOR.MINOR, such as 9.0");
        let (major, minor) = text.split_once('.').ok_or_else(wrong)?;
        let number = |text: &str| text.parse().map_err(|_| wrong());
        let capability = Self { major: number(major)?, minor: number(minor)? };
        if capability < Self::OLDEST || capability.minor > 9 {
            return Err(format!(
                "compute capability {capability} cannot be used: expected {} or later",
                Self::OLDEST
            ));
        }
        Ok(capability)
    }
}

impl std::fmt::Display for ComputeCapability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Rust types that buffers and kernel values may have; all bit patterns are valid.
///
/// # Safety
/// Implemented only for the plain numbers that [`Scalar`] names, with [`Self::SCALAR`] of the same size.
pub unsafe trait Element:
    cudarc::driver::DeviceRepr + cudarc::driver::ValidAsZeroBits + Copy + Send + Sync + 'static
{
    /// The same type on the device.
    const SCALAR: Scalar;
}

macro_rules! element {
    ($($rust:ty => $scalar:ident),*) => {$(
        // SAFETY: a plain number of the size that the variant names.
        unsafe impl Element for $rust {
            const SCALAR: Scalar = Scalar::$scalar;
        }
    )*};
}

element!(u8 => U8, u16 => U16, u32 => U32, u64 => U64, i32 => I32, f32 => F32, f64 => F64);
