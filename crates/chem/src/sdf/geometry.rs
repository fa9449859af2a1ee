//! Vectors in space.

pub(super) type Vector = [f64; 3];

pub(super) fn minus(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn length_squared(a: Vector) -> f64 {
    dot(a, a)
}

/// The direction from one point to another; zero where they coincide.
pub(super) fn direction(from: Vector, to: Vector) -> Vector {
    let way = minus(to, from);
    let length = length_squared(way).sqrt();
    if length > 0.0 { way.map(|part| part / length) } else { way }
}

/// Volume spanned by three vectors, positive where they are right-handed.
pub(super) fn volume(a: Vector, b: Vector, c: Vector) -> f64 {
    dot(a, cross(b, c))
}

/// Angle from 0 to pi between the two planes that share the middle axis of four points.
pub(super) fn dihedral(points: [Vector; 4]) -> f64 {
    let axis = minus(points[2], points[1]);
    let first = cross(minus(points[0], points[1]), axis);
    let second = cross(minus(points[3], points[2]), axis);
    let scale = (length_squared(first) * length_squared(second)).sqrt();
    (dot(first, second) / scale).clamp(-1.0, 1.0).acos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dihedrals_of_cis_and_trans() {
        let (a, b) = ([0.0, 0.0, 0.0], [1.0, 0.0, 0.0]);
        let cis = dihedral([[-0.5, 1.0, 0.0], a, b, [1.5, 1.0, 0.0]]);
        let trans = dihedral([[-0.5, 1.0, 0.0], a, b, [1.5, -1.0, 0.0]]);
        assert!(cis.abs() < 1e-6 && (trans - std::f64::consts::PI).abs() < 1e-6);
    }

    #[test]
    fn volumes_have_a_sign() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert_eq!(volume(axes[0], axes[1], axes[2]), 1.0);
        assert_eq!(volume(axes[1], axes[0], axes[2]), -1.0);
        assert_eq!(direction([1.0; 3], [1.0; 3]), [0.0; 3]);
    }
}
