//! Descriptors that count matches, as patterns: what the functions written out by hand are compared with.

/// Hydrogen bond acceptors.
pub(super) const ACCEPTORS: &str = "[$([O,S;H1;v2]-[!$(*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),\
    $([N;v3;!$(N-*=!@[O,N,P,S])]),$([nH0X2,o,s;+0])]";

/// Hydrogen bond donors.
pub(super) const DONORS: &str = "[N&!H0&v3,N&!H0&+1&v4,O&H1&+0,S&H1&+0,n&H1&+0]";

/// Rotatable bonds: not at a triple bond's end, to an end atom or a methyl group (whose hydrogens may
/// be isotopes), to a group whose turn changes nothing, and, in the first atom, not those of amides,
/// esters and amidines.
pub(super) const ROTATABLE: &str = "[!$(*#*)&!D1&!$([CH3])&!$(C(F)(F)F)&!$(C(Cl)(Cl)Cl)&!$(C(Br)(Br)Br)\
    &!$(C([CH3])([CH3])[CH3])&!$([CD3](=[N,O,S])-!@[#7,O,S!D1])&!$([#7,O,S!D1]-!@[CD3]=[N,O,S])\
    &!$([CD3](=[N+])-!@[#7!D1])&!$([#7!D1]-!@[CD3]=[N+])]-,:;!@[!$(*#*)&!D1&!$([CH3])&!$(C(F)(F)F)\
    &!$(C(Cl)(Cl)Cl)&!$(C(Br)(Br)Br)&!$(C([CH3])([CH3])[CH3])]";
