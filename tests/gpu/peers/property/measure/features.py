"""From SMILES to batches, without any network: the share of the CPU in Chemprop's predictions."""

import shared


def main():
    options = shared.parser(__doc__)
    options.add_argument("--cases", default="rdkit:0:64", help="kind:workers:batch,...; kind: rdkit or cuik")
    options = options.parse_args()
    run = shared.Run(options)

    import rdkit.RDLogger
    from chemprop.data import (CuikmolmakerDataset, LazyMoleculeDatapoint, MoleculeDatapoint, MoleculeDataset,
                               build_dataloader)
    from rdkit import Chem

    rdkit.RDLogger.DisableLog("rdApp.*")
    texts = run.molecules()
    molecules = [Chem.MolFromSmiles(text) for text in texts]
    samples = run.repeat(lambda: [Chem.MolFromSmiles(text) for text in texts] and None, most=3, seconds=5.0)
    run.result("rdkit parse", "host", {"workers": 0, "compounds": len(texts)}, samples, len(texts), input=options.input)

    cases = [case.split(":") for case in options.cases.split(",")]
    for position, (kind, workers, batch) in enumerate(cases):
        if run.left() < 5:
            break
        if kind == "rdkit":
            dataset = MoleculeDataset([MoleculeDatapoint(mol=molecule) for molecule in molecules])
        else:
            dataset = CuikmolmakerDataset([LazyMoleculeDatapoint(smiles=text) for text in texts])

        def load():
            loader = build_dataloader(dataset, int(batch), int(workers), shuffle=False, drop_last=False)
            assert sum(len(found.bmg) for found in loader) == len(texts)

        samples = run.repeat(load, most=3, share=1.0 / (len(cases) - position))
        run.result("chemprop features" if kind == "rdkit" else "cuik features", "host",
                   {"batch": int(batch), "workers": int(workers), "compounds": len(texts)}, samples, len(texts),
                   input=options.input)


if __name__ == "__main__":
    main()
