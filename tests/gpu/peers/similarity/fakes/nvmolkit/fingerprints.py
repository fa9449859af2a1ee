import numpy
from rdkit.Chem import rdFingerprintGenerator

from . import AsyncGpuResult


class MorganFingerprintGenerator:
    def __init__(self, radius, fpSize):
        self.generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=fpSize)

    def GetFingerprints(self, mols, num_threads=0, stream=None):
        bits = [self.generator.GetFingerprintAsNumPy(mol) for mol in mols]
        return AsyncGpuResult(numpy.packbits(numpy.stack(bits), axis=1, bitorder="little").view("<u4"))
