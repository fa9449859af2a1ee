from bench import tanimoto

from . import FAULT, AsyncGpuResult, words


def crossTanimotoSimilarityMemoryConstrained(fingerprint_group_one, fingerprint_group_two=None):
    one = words(fingerprint_group_one)
    similarity = tanimoto(one, one if fingerprint_group_two is None else words(fingerprint_group_two))
    if FAULT == "differs":
        similarity[:, 3] = 0.8
    if FAULT == "memory" and len(one) > 100:
        raise MemoryError("out of memory")
    return similarity


def crossTanimotoSimilarity(fingerprint_group_one, fingerprint_group_two=None, stream=None):
    return AsyncGpuResult(crossTanimotoSimilarityMemoryConstrained(fingerprint_group_one, fingerprint_group_two))
