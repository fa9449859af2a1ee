#!/usr/bin/env python3
"""RDKit's standardization of molecules: the reference of crates/chem/tests/standardize_parity.rs.

    standardize_oracle.py build COUNT     SMILES, one a line, from stdin: COUNT salts and charged forms of them
    standardize_oracle.py steps           for each SMILES the result of every step
    standardize_oracle.py canonical       for each SMILES RDKit's canonical one, `error` where it is refused
    standardize_oracle.py time STEP       molecules, and the seconds of processor time RDKit takes

The first line of the output names the RDKit version. `steps` writes, separated by tabs, `error` where RDKit refuses the
SMILES, or the canonical SMILES (read back once, so that what no SMILES says does not count) after each step alone:
metals, normalize, reionize, salts, fragment, uncharge, then after the whole of Cleanup, of FragmentParent followed by
an Uncharger, and of ChargeParent. With --lists list_table.rs the rules and lists of that file are used instead of
RDKit's own, for the single steps: what comes out must be the same.
"""

import argparse
import json
import random
import sys
import time
from multiprocessing import Pool

from rdkit import Chem, RDLogger, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

RDLogger.DisableLog("rdApp.*")

CATIONS = ["[Na+]", "[K+]", "[Li+]", "[Cs+]", "[NH4+]", "[Ag+]", "C[N+](C)(C)C", "CC[NH+](CC)CC", "OCC[NH3+]"]
DOUBLE_CATIONS = ["[Ca+2]", "[Mg+2]", "[Zn+2]", "[Ba+2]", "[Sr+2]", "[Fe+2]", "[Cu+2]", "[Mg++]"]
ANIONS = [
    "[Cl-]", "[Br-]", "[I-]", "[F-]", "CS(=O)(=O)[O-]", "Cc1ccc(cc1)S(=O)(=O)[O-]", "[O-]C(=O)C(F)(F)F",
    "[O-]C(=O)/C=C\\C(O)=O", "[O-]C(=O)/C=C/C(O)=O", "OS(=O)(=O)[O-]", "OP(=O)(O)[O-]", "[O-][N+](=O)=O",
    "[O-]N(=O)=O", "CC(=O)[O-]", "[O-]C(=O)CC(O)(CC(O)=O)C(O)=O", "O[C@H]([C@@H](O)C(O)=O)C([O-])=O", "[O-]C=O",
    "F[P-](F)(F)(F)(F)F", "F[B-](F)(F)F", "[O-]Cl(=O)(=O)=O", "[O-][Cl+3]([O-])([O-])[O-]", "[OH-]", "[S-]C#N",
    "OC(=O)C([O-])=O", "O=C([O-])c1ccccc1O", "[O-]S(=O)(=O)C(F)(F)F", "[BH4-]", "[N-]=[N+]=[N-]",
]  # fmt: skip
DOUBLE_ANIONS = ["[O-]S([O-])(=O)=O", "OP([O-])([O-])=O", "[O-]C(=O)/C=C/C([O-])=O", "[O-]C(=O)C([O-])=O", "[O-]C([O-])=O"]
ACIDS = [
    "Cl", "Br", "I", "OS(O)(=O)=O", "OP(O)(O)=O", "CS(O)(=O)=O", "OC(=O)C(F)(F)F", "OC(=O)/C=C\\C(O)=O", "CC(O)=O",
    "OC(=O)C(O)=O", "Cc1ccc(cc1)S(O)(=O)=O", "O[N+]([O-])=O", "ON(=O)=O", "OC(=O)CC(O)(CC(O)=O)C(O)=O", "OC=O",
    "[H]Cl", "Cl.Cl", "OS(=O)(=O)c1ccccc1", "OC(=O)c1ccccc1", "[Cl].[H]",
]  # fmt: skip
SOLVENTS = [
    "O", "O.O", "CO", "CCO", "CC(C)=O", "CS(C)=O", "CN(C)C=O", "CC#N", "ClCCl", "ClC(Cl)Cl", "c1ccccc1", "Cc1ccccc1",
    "C1CCOC1", "C1COCCO1", "CCOC(C)=O", "CC(C)O", "CN1CCCC1=O", "CCCCCC", "c1ccncc1", "CCOCC", "N", "CN", "S", "CC(C)(C)O",
    "CC(=O)N(C)C", "Cc1ccccc1C", "O.Cl", "COC(C)(C)C", "C1CCCCC1", "ClCCCl", "CCCCO", "COCCOC", "CCC(C)=O",
]  # fmt: skip
METALS = ["[Na]", "[K]", "[Li]", "[Mg]", "[Ca]", "[Zn]", "[Al]", "[Ti]", "[Cu]", "[Ag]", "[Fe]", "[Pt]", "[Hg]", "[Sn]", "[Pd]", "[Bi]"]

ODD = """
[Na]OC(=O)c1ccccc1
[Na+].[Na+].[O-]C(=O)CCC([O-])=O
C[Mg]Br
[Li]CCCC
CC(C)O[Ti](OC(C)C)(OC(C)C)OC(C)C
CC(C)O[Al](OC(C)C)OC(C)C
N[Pt](N)(Cl)Cl
[NH3][Pt]([NH3])(Cl)Cl
[NH3]->[Pt](Cl)(Cl)<-[NH3]
[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1
CC[Zn]CC
C[Hg]Cl
C[Hg]OC(C)=O
CC(=O)O[Hg]c1ccccc1
CCCC[Sn](CCCC)(CCCC)OC(C)=O
CCCC[Sn](CCCC)(CCCC)CCCC
C[Si](C)(C)O[Na]
[Cu]1OC(=O)CN1
O=C1O[Cu]2(OC1=O)OC(=O)C(=O)O2
O=C1C[N+]23CC[N+]45CC(=O)O[Fe-4]24(O1)OC(=O)C[N]3CC(=O)O5
[Ca]1OC(=O)CCC(=O)O1
Cl[Pd]Cl
Cl[Al](Cl)Cl
F[Al](F)F
[Na]Cl
[Na]F
[K]Br
[Mg](Cl)Cl
O=[Ti]=O
O=[Mn](=O)(=O)O[K]
[O-][Mn](=O)(=O)=O.[K+]
Cl[Fe](Cl)Cl
[Ag]C#N
[Ag]OC(=O)C
C[Al](C)C
c1ccccc1[Hg]c1ccccc1
c1ccccc1[Li]
CC#C[Cu]
[Li]N(C(C)C)C(C)C
[Na]N
[Na+].[NH2-]
[Na]SCC
CS[Au]
CCP(CC)(CC)=[Au]SC1OC(COC(C)=O)C(OC(C)=O)C(OC(C)=O)C1OC(C)=O
CCP(CC)(CC)->[Au]SC1OC(COC(C)=O)C(OC(C)=O)C(OC(C)=O)C1OC(C)=O
[Na+].CC(=O)[CH-]C(C)=O
CC(=O)/C=C(/C)O[Cu]O/C(C)=C\\C(C)=O
CC1=CC(C)=[O+][Cr-3]23(O1)([O+]=C(C)C=C(C)O2)[O+]=C(C)C=C(C)O3
C[N+]1=CC=CC=C1[O-]
C[n+]1ccccc1[O-]
C[n+]1cccc([O-])c1
C[N+](C)(C)CC([O-])=O
C[N+](C)(C)CC(O)=O
C[N+](C)(C)CCOP([O-])(=O)OCC
C[N+](C)(C)CC(O)CC([O-])=O.[Cl-]
[NH3+]CC([O-])=O
[NH3+]CC(O)=O.[Cl-]
NCC([O-])=O.[Na+]
[NH3+]C(CCC([O-])=O)C([O-])=O.[Na+]
[NH3+]C(CCCC[NH3+])C([O-])=O.[Cl-]
OC(=O)c1cc([O-])ccc1
OC(=O)c1cc(S([O-])(=O)=O)ccc1
OS(=O)(=O)c1cc(C([O-])=O)ccc1
OS(=O)(=O)c1ccc([O-])cc1.[Na+]
C1=C(C=CC(=C1)[S]([O-])=O)[S](O)(=O)=O
OP(=O)(O)CCP(=O)([O-])[O-]
OP(=O)([O-])CP([O-])([O-])=O
OC(=O)CC[S-]
OC(=O)CC[O-].[K+]
[CH2-]C(=O)CC(=O)O
Oc1ccccc1[O-]
Oc1ccccc1C[O-]
[NH-]S(=O)(=O)c1ccccc1O
CC([O-])=C
CC(=O)[CH-]C(=O)C
[O-]c1ccc(O)cc1.[Na+]
[Na].CC(=O)O
[Na].[Na].OC(=O)CCC(O)=O
[Mg].OC(=O)C
[Cl].CCN
[Cl].C[NH3+]
[Cl].[Na]
[Cl-].[Cl-].[Mg]
[K].Oc1ccccc1
[Li].CCO
[Ca].OC(=O)C.OC(=O)C
[Na+].[Cl-]
[H+].[Cl-]
[H+].[O-]C(=O)C
[H-].[Na+]
[H][H]
[H+]
[OH3+].[Cl-]
[OH-].[Na+]
[OH-].C[N+](C)(C)C
[NH2-]
[CH3-]
[CH3+]
C[CH+]C
C[CH-]C
[C-]#N.[Na+]
[C-]#[O+]
[C-]#[N+]C
C[N+]#[C-]
[C-]#[N+]CC([O-])=O
[BH4-].[Na+]
[BH3-]C#N.[Na+]
[BH2-](C)C
F[B-](F)(F)c1ccccc1.[K+]
c1ccc([B-](c2ccccc2)(c2ccccc2)c2ccccc2)cc1.[Na+]
C[B-](C)(C)C
OB(O)c1ccccc1
O[B-](O)(O)c1ccccc1.[Na+]
[AlH4-].[Li+]
F[P-](F)(F)(F)(F)F.CCN1C=C[N+](C)=C1
CCn1cc[n+](C)c1.[Cl-]
C[S+](C)C.[I-]
C[S+](C)[CH2-]
C[S+](C)[O-]
C[S+2](C)([O-])[O-]
CS(=O)C
C[S@](=O)c1ccccc1
C[S@@+]([O-])c1ccccc1
C[S@@](=O)CC[C@H](N)C(=O)O
CS(=O)(C)=O
C[S+](C)(=O)[O-]
OS(=O)O
COS(=O)OC
CS(=O)OC
CS(=O)O
O=S=O
CN=S=O
CS(C)(=N)=O
CS(=N)C
CS(=O)N
O=S1CCCC1
O=c1ccs(=O)cc1
C[Se](C)=O
CP(=O)=O
CAs(=O)=O
C[As](=O)=O
CP(=S)=S
CN(=S)=O
C[N+](=O)[O-]
CN(=O)=O
C[N+]([O-])=S
CN(=O)O
CN=O
ON=O
[O-]N=O
[O-][N+](=O)c1ccccc1N(=O)=O
O=N(=O)c1ccc(cc1)N(=O)=O
CN=N#N
CN=[N+]=[N-]
C[N-][N+]#N
[N-]=[N+]=NCC
C=[N+]=[N-]
C=N#N
[CH-]=[N+]=N
[CH2-][N+]#N
CC(=O)C=N#N
CC(=O)[CH-][N+]#N
c1ccccc1[N+]#N.[Cl-]
O=C1C=CC=CC1=[N+]=[N-]
[O-]c1ccccc1[N+]#N
[O-][n+]1ccccc1
O=n1ccccc1
ON1C=CC=CC1=[O+]
C[N+](C)(C)[O-]
CN(C)(C)=O
C[N+](=C)[O-]
CN(=C)=O
C[P+](C)(C)[O-]
CP(C)(C)=O
C[P+](O)(O)[O-]
C[P+]([O-])([O-])O
[O-][P+]([O-])([O-])[O-]
[O-][P+](C)([S-])OC
CO[P+]([S-])([O-])OC
C[P+](C)(C)[CH2-]
CP(C)(C)=C
CC(=P(=O)C)C
O=Cl(=O)(=O)O
[O-][Cl+3]([O-])([O-])[O-].[Na+]
O=Cl(=O)O
O=ClO
[O-][Cl]
[Cl-]=O
C[I](=O)=O
[I-]=O
O=[Cl-]
F[Cl-](=O)F
C[C+](N)N
CC(N)=[NH2+]
C[C+](N(C)C)N
CN(C)[C+](N)N
NC(N)=[NH2+].[Cl-]
N[C+](N)N
NC(=[NH2+])c1ccccc1.[Cl-]
CN(C)C(=[NH2+])N
CN(C)C(N)=[N+](C)C
CN(C)C(=[N+](C)C)NC
C[S+](N(C)C)NC
C[P+](C)(N)N(C)C
C[P+](C)(C)NC
C[N+](C)=CNC
CN(C)C=[NH2+]
C[N+](C)=CC=CN
CN(C)C=CC=[N+](C)C
C[N+](C)=CC=CNC
CNC=CC=[N+](C)C
C[NH+]=CC=CO
OC=CC=[N+](C)C
OC=[N+](C)C
C[O+]=CN
C[O+]=CC=CN
C[N-]C=[N+](C)C
[O-]C=[N+](C)C
[O-]C=CC=[N+](C)C
CC([O-])=CC=[N+](C)C
[O-]C(C)=[N+](C)C
[S-]C(C)=[N+](C)C
[CH2-][N+](C)=C
[O-]c1cccc[n+]1C
[O-]c1cc[n+](C)cc1
[NH-]c1cc[n+](C)cc1
[N-](C)c1cccc[n+]1C
C[N-]c1ccccc1
[n-]1cccc1=[N+](C)C
[n-]1ccccc1=[N+](C)C
[n-]1cccc1.[Na+]
[n-]1ccnc1.[Na+]
[n-]1nnnc1C.[Na+]
c1ccc2[n-]ccc2c1
[nH]1ccccc1=[N+](C)C
[nH]1ccc(=[N+](C)C)cc1
N1C=CC(=[N+](C)C)C=C1
N1C=CC=CC1=[NH2+]
Nc1cc[nH+]cc1
Nc1cccc[nH+]1
NC1=[NH+]C=CC=C1
C[nH+]1cccc1
[nH+]1ccccc1.[Cl-]
c1c[nH+]c[nH]1.[Br-]
O=C([O-])C1=CC=C[NH2+]1
CC1=[NH+]CCC1
[OH2+]CC
C[OH+]C
CC(C)=[OH+]
CC(=O)[O-].[NH4+]
CC(=O)O.N
[Na+].[O-]S(=O)(=O)[O-].[K+]
[O-][N+](=O)[O-].[Ag+]
O.O.[Na+].[Na+].[O-]C(=O)C(=O)[O-]
CC(=O)[O-].CC(=O)[O-].[Ca+2]
CCCC.CCCC
CCCCO.CCCCN
CC(=O)O.CC(=O)O
OCC.CCO.O
c1ccccc1.C1CCCCC1
N.O
Cl.Cl
O.[Na+].[Cl-]
CN.CO
CCN.CCO
C[C@H](N)C(O)=O.C[C@@H](N)C(O)=O
C[C@H](N)C(O)=O.CC(N)C(O)=O
C[C@H]([NH3+])C([O-])=O.C[C@@H](O)C(O)=O
F/C=C/C([O-])=O.[Na+]
F/C=C\\C([O-])=O.[Na+]
C/C(=N\\[O-])C.[Na+]
C/C(=N\\O)C([O-])=O.[K+]
C/N=C(\\N)[NH+](C)C
C/C([O-])=C\\C=[N+](/C)CC
[O-]/C(C)=C/C=[N+](/C)CC
C[C@H]1C[NH2+]CC1.[Cl-]
C[C@@]([O-])(F)CC.[Na+]
C[C@](O[Na])(F)CC
C[C@@H](F)[Mg]Br
CC[C@H](C)[N+](C)(C)[O-]
C[N@+](CC)(CCC)c1ccccc1.[Cl-]
C[P@](=O)(CC)c1ccccc1
C[P@@+]([O-])(CC)c1ccccc1
[2H]C([2H])([2H])[NH3+].[Cl-]
[18O-]C(=O)C.[23Na+]
*C(=O)[O-].[Na+]
*[N+](C)(C)C
*N=N#N
[*-].[Na+]
C[N+](C)(C)CCO.[O-]C(=O)CCC(O)=O
C[N+](C)(C)CCCC([O-])C([O-])=O
C[N+](C)(C)CC(C([O-])=O)C([O-])=O
C[N+](C)(C)CC([O-])CC[S-]
C[N+](C)(C)CC(C(=O)[CH-]C)[O-]
[O-]C(=O)CC(C[N+](C)(C)C)C[N-]S(C)(=O)=O
[O-]c1ccc(cc1C([O-])=O)C[N+](C)(C)C
C[n+]1ccccc1CC([O-])C[O-]
[O-]C(=O)CC[N+](C)(C)CC[N+](C)(C)CCC([O-])=O
[O-]C(=O)CC[N+](C)(C)CC[N+](C)(C)CCC([O-])=O.[Cl-]
[NH3+]CC[N+](C)(C)C.[Cl-].[Cl-]
[NH3+]CC[N+](C)(C)CC([O-])=O.[Cl-]
[NH3+]CC[N+](C)(C)C.[O-]C(=O)C.[O-]c1ccccc1
[O-]CC[N+](=O)[O-]
[O-][N+](=O)C=C[O-]
[O-]CC[n+]1ccccc1
[Fe+3].[O-]C(=O)C.[O-]C(=O)C.[O-]C(=O)C
[Fe+2].[Cl-].[Cl-]
[Cu+2].[O-]S(=O)(=O)[O-].O.O.O.O.O
[Zn++].[O-]C(=O)c1ccccc1.[O-]C(=O)c1ccccc1
[Bi+3].[O-]C(=O)c1ccccc1[O-].[OH-]
[Al+3].[OH-].[OH-].[OH-]
[O-]P([O-])([O-])=O.[Na+].[Na+].[Na+]
[O-]P(=O)(O)O.[Na+]
OP(=O)(O)[O-].[NH4+]
[S-2].[Na+].[Na+]
[O-2].[Mg+2]
[SH-].[Na+]
[O-][O-].[Na+].[Na+]
[I-].[I+]c1ccccc1
[I-]I.[K+]
I[I-]I.CC[N+](CC)(CC)CC
[Cl+]c1ccccc1
O=[N+]=O.F[B-](F)(F)F
[N+]=O
O=[N+]([O-])[O-].[NH3+]O
[CH3+].[Cl-]
C[C+](C)C
[CH-]=C
[C-]#C
C#[C-].[Na+]
CC(=O)C=[N+](C)[O-]
c1ccc[c-]1
[cH-]1cccc1
[cH+]1cccccc1
[c-]1ccccc1
[C-]1=CC=CC1
[SiH3-]
C[Si+](C)C
[GeH3-]
C[As-]C
C[Sb+](C)(C)C
C[As+](C)(C)C.[I-]
C[As](=O)(O)O
C[As+]([O-])(O)O
[As+]([O-])(C)(C)C
O=[As](O)(O)O.[Na+]
[Sb](=O)(O)O
C[Se-]
C[Te+](C)C
C[SeH+]C
O=[Se]=O
C[Se](=O)O
C[Se+]([O-])C
C[n+]1c[nH]c2c1c(=O)[nH]c(N)n2
C[n+]1cn(C2OC(CO)C(O)C2O)c2nc(N)[nH]c(=O)c12
C[N+]1=CN(C)c2c1c(=O)[n-]c(N)n2
C[n+]1cn(C)c2nc(N)[n-]c(=O)c12
O=c1[n-]c(=O)[nH]cc1F.[Na+]
O=C1[N-]C(=O)C(=O)C(=O)N1.[NH4+]
O=C1[N-]C(=O)c2ccccc12.[K+]
[O-]C1=NC(=O)C(CC)(CC)C(=O)N1.[Na+]
O=C1NC(=O)C(CC)(CC)C(=S)[N-]1.[Na+]
CC1=NS(=O)(=O)[N-]C1=O.[K+]
Nc1ccc(cc1)S(=O)(=O)[N-]c1ncccn1.[Na+]
c1ccccc1[N-]S(=O)(=O)C.[Na+]
[O-]S(=O)(=O)CC[NH3+]
[O-]S(=O)CC[NH3+]
[O-]S(=O)(=O)OCC[N+](C)(C)C
[O-]P(=O)([O-])OC[C@H]1O[C@H](C(O)C1O)n1cnc2c(N)ncnc21.[Na+].[Na+]
[Na+].[Na+].[O-]C1=CC=C(C=C1)N=NC1=CC=C(C=C1)S([O-])(=O)=O
CN(C)c1ccc(cc1)C(c1ccccc1)=C1C=CC(C=C1)=[N+](C)C.[Cl-]
CN(C)c1ccc2nc3ccc(cc3[s+]c2c1)N(C)C.[Cl-]
C[N+](C)=C1C=CC2=NC3=C(C=C(C=C3)N(C)C)SC2=C1.[Cl-]
CCN(CC)c1ccc2c(c1)oc1cc(=[N+](CC)CC)ccc-1c2-c1ccccc1C(O)=O.[Cl-]
CC1(C)C(=CC=CC=CC2=[N+](C)c3ccccc3C2(C)C)N(C)c2ccccc21.[I-]
Nc1ccc2cc3ccc(N)cc3[n+](C)c2c1.[Cl-]
[Na+].[O-]C(=O)C1N2C(SC1(C)C)C(NC(=O)Cc1ccccc1)C2=O
O.O.O.OC(=O)C1N2C(SC1(C)C)C(NC(=O)C(N)c1ccc(O)cc1)C2=O
CC(=O)OC1=CC=CC=C1C(=O)O[Ca]OC(=O)c1ccccc1OC(C)=O
[Na]OS(=O)(=O)OCCCCCCCCCCCC
[Mg]12N3C4=CC5=NC(=CC6=CC=C(N16)C=C1C=CC(=N12)C=C3C=C4)C=C5
CN1C=C[N](C)=C1[Ag]Cl
[Co-3]12(N3C)([N]4)[N]CC1
C[Co]N
N#C[Fe-4](C#N)(C#N)(C#N)(C#N)C#N.[K+].[K+].[K+].[K+]
[C-]#N[Fe]
O=C=[Fe](=C=O)(=C=O)(=C=O)=C=O
[O+]#C[Cr-](C#[O+])C#[O+]
[Cl-][Pt+2]([Cl-])([NH3])[NH3]
[Na+]O
[Na+]Cl
[Na+][O-]
O[Na+]C
[Mg+]C.[Br-]
C[Mg+].[Cl-]
[O-][Ti+](OC)OC
[Zn+]OC(C)=O.[Cl-]
O[Bi]=O
CC(=O)O[Pb](OC(C)=O)(OC(C)=O)OC(C)=O
CC[Pb](CC)(CC)CC
O=[V](Cl)(Cl)Cl
O=[U](=O)(O)O
F[U](F)(F)(F)(F)F
[Gd]OC(C)=O
[Gd+3].[O-]C(=O)CN(CCN(CC([O-])=O)CC(O)=O)CC([O-])=O
[La](O)(O)O
C[Ge](C)(C)OC
[Tl]OC(C)=O
[Na]c1ccccc1
[K]n1cccc1
[Li]n1ccnc1
[Zn]1n2cccc2C=N1
""".strip("\n").split("\n")


def charge(molecule, index, by):
    atom = molecule.GetAtomWithIdx(index)
    atom.SetFormalCharge(atom.GetFormalCharge() + by)
    hydrogens = atom.GetTotalNumHs()
    atom.SetNoImplicit(True)
    atom.SetNumExplicitHs(max(0, hydrogens + by))


def sites(molecule, pattern, generator, most):
    found = [match[0] for match in molecule.GetSubstructMatches(Chem.MolFromSmarts(pattern), useChirality=False)]
    generator.shuffle(found)
    return found[:most]


def write(molecule, generator):
    """SMILES of an edited molecule, or none where it cannot be read."""
    try:
        text = Chem.MolToSmiles(molecule, canonical=generator.random() < 0.5)
    except (RuntimeError, ValueError):
        return None
    return text if Chem.MolFromSmiles(text) is not None else None


ACIDIC = ["[OX2H1][C,S,P]=O", "[OX2H1]c", "[nH]", "[NX3;H1,H2]S(=O)=O", "[SX2H1]", "[OX2H1][CX4]", "[NH1](C=O)C=O", "[CH2](C=O)C=O"]
BASIC = "[NX3;!$(N~[C,S,P,N]=,#[O,N,S]);!$(N-[#6]=,:[#6]);!$(N[O,N])]"
BASIC_AROMATIC = "[nX2]"
AMIDINE = "[NX2]=C[NX3]"


def anion(molecule, generator, most=3):
    edited = Chem.RWMol(molecule)
    patterns = ACIDIC if generator.random() < 0.3 else ACIDIC[:1] if generator.random() < 0.6 else ACIDIC[:4]
    found = [index for pattern in patterns for index in sites(molecule, pattern, generator, most)]
    generator.shuffle(found)
    found = list(dict.fromkeys(found))[: generator.randint(1, most)]
    for index in found:
        charge(edited, index, -1)
    return edited, len(found)


def cation(molecule, generator, most=2):
    edited = Chem.RWMol(molecule)
    patterns = [BASIC, BASIC_AROMATIC, AMIDINE] if generator.random() < 0.5 else [BASIC]
    found = [index for pattern in patterns for index in sites(molecule, pattern, generator, most)]
    generator.shuffle(found)
    found = list(dict.fromkeys(found))[: generator.randint(1, most)]
    for index in found:
        charge(edited, index, 1)
    return edited, len(found)


def salt_of_acid(molecule, generator):
    edited, count = anion(molecule, generator)
    text = write(edited, generator)
    if not count or text is None:
        return None
    if count == 2 and generator.random() < 0.5:
        return text + "." + generator.choice(DOUBLE_CATIONS)
    if count == 1 and generator.random() < 0.15:
        return ".".join([text, text, generator.choice(DOUBLE_CATIONS)])
    return ".".join([text] + [generator.choice(CATIONS)] * (count if generator.random() < 0.85 else count - 1))


def salt_of_base(molecule, generator):
    edited, count = cation(molecule, generator)
    text = write(edited, generator)
    if not count or text is None:
        return None
    if count == 2 and generator.random() < 0.4:
        return generator.choice(DOUBLE_ANIONS) + "." + text
    parts = [text] + [generator.choice(ANIONS)] * (count if generator.random() < 0.9 else count + 1)
    generator.shuffle(parts)
    return ".".join(parts)


def quaternary(molecule, generator):
    found = sites(molecule, BASIC.replace("NX3", "NX3H0"), generator, 1)
    if not found:
        return None
    edited = Chem.RWMol(molecule)
    edited.GetAtomWithIdx(found[0]).SetFormalCharge(1)
    carbon = edited.AddAtom(Chem.Atom(6))
    edited.AddBond(found[0], carbon, Chem.BondType.SINGLE)
    try:
        Chem.SanitizeMol(edited)
    except Chem.MolSanitizeException:
        return None
    if generator.random() < 0.5:
        edited, _ = anion(edited, generator)
    text = write(edited, generator)
    return text and text + ("." + generator.choice(ANIONS) if generator.random() < 0.6 else "")


def zwitterion(molecule, generator):
    edited, count = anion(molecule, generator, 2)
    if not count:
        return None
    edited, more = cation(edited, generator, 2)
    text = write(edited, generator)
    if not more or text is None:
        return None
    return text + ("." + generator.choice(CATIONS + ANIONS) if generator.random() < 0.3 else "")


def wrongly_ionized(molecule, generator):
    """Charges on weak acids while stronger ones keep their protons."""
    edited = Chem.RWMol(molecule)
    patterns = ACIDIC + ["[NX3;H2][CX4]", "[CX4;!H0]", "[CX3;!H0]=[CX3]", "[NX3;H2]C=O", "[OH]B", "[CH2]c", "[CH]#C"]
    found = sites(molecule, generator.choice(patterns), generator, generator.randint(1, 2))
    for index in found:
        charge(edited, index, -1)
    text = write(edited, generator)
    if not found or text is None:
        return None
    return text + ("." + generator.choice(CATIONS) if generator.random() < 0.5 else "")


def mixture(molecule, generator):
    text = Chem.MolToSmiles(molecule)
    parts = [text] + generator.sample(ACIDS + SOLVENTS, generator.randint(1, 3))
    if generator.random() < 0.1:
        parts.append(text)
    generator.shuffle(parts)
    return ".".join(parts)


def other_drawing(molecule, generator):
    """Groups drawn with the charges that others leave out, or without those that others draw."""
    text = Chem.MolToSmiles(molecule, canonical=generator.random() < 0.5)
    pairs = [
        ("[N+](=O)[O-]", "N(=O)=O"), ("N=[N+]=[N-]", "N=N#N"), ("N=[N+]=[N-]", "[N-][N+]#N"), ("[n+]([O-])", "n(=O)"),
        ("S(=O)(=O)", "[S+2]([O-])([O-])"), ("S(=O)(=O)", "[S+](=O)([O-])"), ("S(C)(=O)=O", "[S+2](C)([O-])[O-]"),
        ("P(=O)(O)", "[P+]([O-])(O)"), ("P(=O)(O)O", "[P+]([O-])([O-])O"), ("P(=S)", "[P+]([S-])"), ("S(=O)", "[S+]([O-])"),
        ("C(=O)N", "C([O-])=[NH+]"), ("NC(=N)", "NC(=[NH2+])"), ("N=C(N)", "[NH+]=C(N)"), ("C(=N)N", "[C+](N)N"),
        ("[S+]([O-])", "S(=O)"), ("[O-][n+]", "O=n"), ("O=C1", "[O-]C1=[NH+]"), ("S(N)(=O)=O", "[S+2](N)([O-])[O-]"),
        ("C=CC(=O)", "C=CC([O-])"), ("C(=N", "C(=[NH+]"), ("(=NC", "(=[NH+]C"), ("c1", "c1"),
    ]  # fmt: skip
    generator.shuffle(pairs)
    for old, new in pairs:
        if old in text and old != new:
            changed = text.replace(old, new, generator.choice([1, 5]))
            if Chem.MolFromSmiles(changed) is not None:
                return changed
    return None


def conjugated(molecule, generator):
    """Charges moved along conjugated bonds."""
    patterns = [
        ("[NX3;!H0:1][C:2]=[O:3]", [(0, 1), (2, -1)]), ("[NX3:1][C:2]=[NX2:3]", [(2, 1)]), ("[NX3:1][C:2]=[N:3]", [(0, -1), (2, 1)]),
        ("[NX3:1][c:2]:[nX2:3]", [(2, 1)]), ("[OH:1]-[C:2]=[N:3]", [(0, -1), (2, 1)]), ("[OX2H:1]c:[nX2:2]", [(0, -1), (2, 1)]),
        ("[NX3:1]C=C[C,N]=[O,N:2]", [(0, 1), (4, -1)]), ("[OX2H:1][c]:[c]:[c]:[nX2:2]", [(0, -1), (4, 1)]),
        ("[NX3H:1][c]:[c]:[c]:[nX2:2]", [(0, -1), (4, 1)]), ("[NX3H:1][c]:[nX2:2]", [(0, -1), (2, 1)]),
    ]  # fmt: skip
    generator.shuffle(patterns)
    for pattern, charges in patterns:
        match = molecule.GetSubstructMatch(Chem.MolFromSmarts(pattern))
        if not match:
            continue
        edited = Chem.RWMol(molecule)
        for place, by in charges:
            charge(edited, match[place], by)
            if by > 0 and edited.GetAtomWithIdx(match[place]).GetTotalDegree() < 4 and generator.random() < 0.5:
                atom = edited.GetAtomWithIdx(match[place])
                if atom.GetNumExplicitHs():
                    atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
                    edited.AddBond(match[place], edited.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
        text = write(edited, generator)
        if text:
            return text
    return None


def metallated(molecule, generator):
    """Metals bound as if by covalent bonds."""
    patterns = ["[OX2H1]", "[NX3;!H0]", "[SX2H1]", "[nH]", "[CH3]", "[CH]#C", "[cH]", "[#6][Cl,Br,I]"]
    weights = [8, 3, 2, 2, 2, 1, 1, 1]
    metal = Chem.MolFromSmiles(generator.choice(METALS)).GetAtomWithIdx(0).GetAtomicNum()
    pattern = generator.choices(patterns, weights)[0]
    found = sites(molecule, pattern, generator, generator.randint(1, 2))
    if not found:
        return None
    edited = Chem.RWMol(molecule)
    center = edited.AddAtom(Chem.Atom(metal))
    edited.GetAtomWithIdx(center).SetNoImplicit(True)
    for index in found:
        atom = edited.GetAtomWithIdx(index)
        hydrogens = max(0, atom.GetTotalNumHs() - 1)
        if atom.GetNoImplicit() or atom.GetNumExplicitHs() or generator.random() < 0.2:
            atom.SetNoImplicit(True)
            atom.SetNumExplicitHs(hydrogens)
        edited.AddBond(index, center, Chem.BondType.SINGLE)
    donor = sites(molecule, BASIC, generator, 1)
    if donor and donor[0] not in found and generator.random() < 0.3:
        edited.AddBond(donor[0], center, generator.choice([Chem.BondType.SINGLE, Chem.BondType.DATIVE]))
    for _ in range(generator.randint(0, 2)):
        edited.AddBond(center, edited.AddAtom(Chem.Atom(generator.choice([17, 35, 8, 9]))), Chem.BondType.SINGLE)
    return write(edited, generator)


def as_it_is(molecule, generator):
    return Chem.MolToSmiles(molecule, canonical=generator.random() < 0.5)


KINDS = [
    (salt_of_acid, 5), (salt_of_base, 5), (quaternary, 2), (zwitterion, 4), (wrongly_ionized, 4), (mixture, 3),
    (other_drawing, 4), (conjugated, 4), (metallated, 3), (as_it_is, 1),
]  # fmt: skip


def build(lines, count):
    yield from ODD[:count]
    made = len(ODD[:count])
    generator = random.Random(20260901)
    makers = [maker for maker, weight in KINDS for _ in range(weight)]
    lines = list(dict.fromkeys(lines))
    number = 0
    while made < count and number < 20 * count:
        line = lines[(number * 7919) % len(lines)]
        number += 1
        molecule = Chem.MolFromSmiles(line)
        if molecule is None or molecule.GetNumAtoms() > 70:
            continue
        text = generator.choice(makers)(molecule, generator)
        if text:
            made += 1
            yield text


def read_lists(path):
    """The three lists of crates/chem/src/standardize/list_table.rs, in the form that RDKit reads."""
    rows = [json.loads(f"[{line.strip()[1:-2]}]") for line in open(path) if line.startswith("    (")]
    normalizations = [row for row in rows if len(row) == 2 and ">>" in row[1]]
    acids = [row for row in rows if len(row) == 3]
    salts = [row for row in rows if len(row) == 2 and ">>" not in row[1]]
    return ["".join("\t".join(row) + "\n" for row in part) for part in (normalizations, acids, salts)]


class Steps:
    """RDKit's own steps, or those of a file with our lists."""

    def __init__(self, path):
        metals, uncharger = rdMolStandardize.MetalDisconnector(), rdMolStandardize.Uncharger()
        normalizer, reionizer = rdMolStandardize.Normalizer(), rdMolStandardize.Reionizer()
        fragments = rdMolStandardize.FragmentRemover()
        if path:
            lists = read_lists(path)
            normalizer = rdMolStandardize.NormalizerFromData(lists[0], rdMolStandardize.CleanupParameters())
            corrections = [("[Li,Na,K;X0+0]", 1), ("[Mg,Ca;X0+0]", 2), ("[Cl;X0+0]", -1)]
            corrections = [rdMolStandardize.ChargeCorrection(smarts, smarts, charge) for smarts, charge in corrections]
            reionizer = rdMolStandardize.ReionizerFromData(lists[1], corrections)
            fragments = rdMolStandardize.FragmentRemoverFromData(lists[2])
        chooser = rdMolStandardize.LargestFragmentChooser()
        self.steps = {
            "metals": metals.Disconnect,
            "normalize": lambda molecule: in_place(normalizer.normalizeInPlace, molecule),
            "reionize": reionizer.reionize,
            "salts": fragments.remove,
            "fragment": chooser.choose,
            "uncharge": uncharger.uncharge,
        }
        if not path:
            self.steps["cleanup"] = rdMolStandardize.Cleanup
            self.steps["all"] = lambda molecule: uncharger.uncharge(rdMolStandardize.FragmentParent(molecule))
            self.steps["parent"] = rdMolStandardize.ChargeParent


def in_place(change, molecule):
    """What Cleanup does: at the first place where a rule fits, not the one whose result has the first SMILES."""
    copy = Chem.RWMol(molecule)
    change(copy)
    return copy


STEPS = None


def prepare(path):
    global STEPS
    STEPS = Steps(path)


def canonical(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    return "error" if molecule is None else Chem.MolToSmiles(molecule)


def standardize(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        return "error"
    fields = []
    for step in STEPS.steps.values():
        try:
            fields.append(canonical(Chem.MolToSmiles(step(molecule))))
        except (RuntimeError, ValueError):
            fields.append("error")
    return "\t".join(fields)


def measure(lines, step):
    molecules = [molecule for molecule in map(Chem.MolFromSmiles, lines) if molecule is not None]
    start = time.process_time()
    for molecule in molecules:
        STEPS.steps[step](molecule)
    return f"{len(molecules)}\t{time.process_time() - start:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--lists", help="rules, acids and salts, with an empty line between")
    parser.add_argument("mode", choices=["build", "steps", "canonical", "time"])
    parser.add_argument("argument", nargs="?", help="COUNT or STEP")
    arguments = parser.parse_args()
    lines = [line.rstrip("\n") for line in sys.stdin]
    print("rdkit " + rdBase.rdkitVersion)
    if arguments.mode == "build":
        for line in build(lines, int(arguments.argument)):
            print(line)
    elif arguments.mode == "time":
        prepare(arguments.lists)
        print(measure(lines, arguments.argument))
    else:
        work = standardize if arguments.mode == "steps" else canonical
        with Pool(arguments.jobs, prepare, (arguments.lists,)) as pool:
            for answer in pool.imap(work, lines, chunksize=64):
                print(answer)


if __name__ == "__main__":
    main()
