"""Writes FPSim2's database of a file of SMILES (first column), numbered from 0: fpsim2_database.py IN.smi OUT.h5

About six minutes for the 1.9 million SMILES of MOSES.
"""

import sys

from FPSim2.io import create_db_file


def rows(path):
    with open(path) as lines:
        for number, line in enumerate(lines):
            yield line.split()[0], number


create_db_file(mols_source=rows(sys.argv[1]), filename=sys.argv[2], mol_format="smiles", fp_type="Morgan",
               fp_params={"radius": 2, "fpSize": 2048})
