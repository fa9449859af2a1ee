//! Which parts have to be computed for the descriptors that are asked for.

use super::Descriptor;

/// A set of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs(u32);

impl Needs {
    pub const MASS: Self = Self(1);
    pub const COUNTS: Self = Self(1 << 1);
    pub const RINGS: Self = Self(1 << 2);
    pub const CRIPPEN: Self = Self(1 << 3);
    pub const SURFACE: Self = Self(1 << 4);
    pub const ACCEPTORS: Self = Self(1 << 5);
    pub const DONORS: Self = Self(1 << 6);
    pub const ROTATABLE: Self = Self(1 << 7);
    pub const LIPINSKI: Self = Self(1 << 8);
    pub const QED: Self = Self(1 << 9);
    pub const STEREO: Self = Self(1 << 10);
    pub const RING_JOINTS: Self = Self(1 << 11);
    pub const ACCESSIBILITY: Self = Self(1 << 12);

    /// What the descriptors need, and what that needs.
    pub fn of(wanted: &[Descriptor]) -> Self {
        wanted.iter().fold(Self(0), |needs, &descriptor| needs.and(part(descriptor)))
    }

    pub fn contains(self, part: Self) -> bool {
        self.0 & part.0 == part.0
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The part that computes a descriptor, with the parts before it.
fn part(descriptor: Descriptor) -> Needs {
    match descriptor {
        Descriptor::MolWt | Descriptor::ExactMolWt => Needs::MASS,
        Descriptor::MolLogP | Descriptor::MolMR => Needs::CRIPPEN,
        Descriptor::Tpsa => Needs::SURFACE,
        Descriptor::NumHAcceptors => Needs::ACCEPTORS,
        Descriptor::NumHDonors => Needs::DONORS,
        Descriptor::NumRotatableBonds => Needs::ROTATABLE,
        Descriptor::Lipinski => {
            Needs::LIPINSKI.and(Needs::MASS).and(Needs::CRIPPEN).and(Needs::ACCEPTORS).and(Needs::DONORS)
        }
        Descriptor::Qed => {
            let counts = Needs::DONORS.and(Needs::ROTATABLE);
            Needs::QED.and(Needs::MASS).and(Needs::CRIPPEN).and(Needs::SURFACE).and(counts)
        }
        Descriptor::NumAtomStereoCenters | Descriptor::NumUnspecifiedAtomStereoCenters => Needs::STEREO,
        Descriptor::NumSpiroAtoms | Descriptor::NumBridgeheadAtoms => Needs::RING_JOINTS,
        Descriptor::SaScore => Needs::ACCESSIBILITY.and(Needs::STEREO).and(Needs::RING_JOINTS),
        Descriptor::RingCount
        | Descriptor::NumAromaticRings
        | Descriptor::NumAliphaticRings
        | Descriptor::NumSaturatedRings
        | Descriptor::NumHeterocycles
        | Descriptor::NumAromaticHeterocycles => Needs::RINGS,
        Descriptor::FractionCSP3
        | Descriptor::HeavyAtomCount
        | Descriptor::NumHeteroatoms
        | Descriptor::NHOHCount
        | Descriptor::NOCount
        | Descriptor::FormalCharge => Needs::COUNTS,
    }
}
