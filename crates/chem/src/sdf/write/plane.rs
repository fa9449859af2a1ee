//! Vectors in the plane.

pub(super) type Point = [f64; 2];

pub(super) fn plus(a: Point, b: Point) -> Point {
    [a[0] + b[0], a[1] + b[1]]
}

pub(super) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

pub(super) fn times(a: Point, factor: f64) -> Point {
    [a[0] * factor, a[1] * factor]
}

pub(super) fn length(a: Point) -> f64 {
    a[0].hypot(a[1])
}

/// Positive where `b` points to the left of `a`.
pub(super) fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

pub(super) fn angle(a: Point) -> f64 {
    a[1].atan2(a[0])
}

pub(super) fn toward(angle: f64, length: f64) -> Point {
    [length * angle.cos(), length * angle.sin()]
}

/// `a` turned by the angle of the unit vector `by`.
pub(super) fn turned(a: Point, by: Point) -> Point {
    [a[0] * by[0] - a[1] * by[1], a[0] * by[1] + a[1] * by[0]]
}

/// The direction of `a`, or of the first axis where it has none.
pub(super) fn unit(a: Point) -> Point {
    let length = length(a);
    if length > 1e-9 { times(a, 1.0 / length) } else { [1.0, 0.0] }
}

/// Numbers without pattern, the same in every run.
#[derive(Clone, Debug)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u32) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (u64::from(seed) << 32))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count.max(1)
    }

    /// A vector within a square of this half width.
    pub fn vector(&mut self, width: f64) -> Point {
        let mut one = || ((self.next() >> 11) as f64 / (1u64 << 53) as f64 * 2.0 - 1.0) * width;
        [one(), one()]
    }
}
