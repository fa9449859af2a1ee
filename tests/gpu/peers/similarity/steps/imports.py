"""Imports every peer and names the versions: a stand-in for torch is enough, no GPU and no driver are needed."""

import FPSim2
import numpy
import nvmolkit
import rdkit
import tables
import nvmolkit.clustering
import nvmolkit.fingerprints
import nvmolkit.similarity
from rdkit.ML.Cluster import Butina

assert nvmolkit.clustering.fused_butina and nvmolkit.fingerprints.MorganFingerprintGenerator
assert nvmolkit.similarity._DataStructs.CrossTanimotoSimilarityRawBuffers and Butina.ClusterData
print(f"imported: nvMolKit {nvmolkit.__version__}, RDKit {rdkit.__version__}, FPSim2 {FPSim2.__version__}, "
      f"PyTables {tables.__version__}, NumPy {numpy.__version__}")
