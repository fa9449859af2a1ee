"""ADMET-AI: SMILES to 41 predictions by ten models.

As its users call it (`ADMETModel.predict`: the models one after the other, each reading the molecules anew), or with
--together what the same libraries can do at best: molecules featurized once, by cuik-molmaker, in large batches, and
all ten models run on each.
"""

import functools

import shared


def as_used(run, options):
    from admet_ai import ADMETModel, admet_model

    admet_model.build_dataloader = functools.partial(admet_model.build_dataloader, batch_size=options.batch)
    admet_model.tqdm = lambda items, **_: items
    model = ADMETModel(include_physchem=False, drugbank_path=None, num_workers=options.workers)
    assert (model.device == "cuda") == run.gpu, f"ADMET-AI chose {model.device}"

    def predict(texts):
        frame = model.predict(texts)
        assert len(frame) == len(texts), f"{len(texts) - len(frame)} molecules were refused"
        return list(frame.columns), frame.to_numpy()

    return predict


def together(run, options):
    import torch
    from chemprop.data import CuikmolmakerDataset, LazyMoleculeDatapoint, build_dataloader
    from chemprop.models import load_model
    from chemprop.models.utils import load_output_columns

    device, kinds = run.device.split(":")[0], shared.model_files(options)
    ensembles = [[load_model(path).to(device).eval() for path in paths] for paths in kinds]
    names = [name for paths in kinds for name in load_output_columns(paths[0])]

    def predict(texts):
        points = [LazyMoleculeDatapoint(smiles=text) for text in texts]
        loader = build_dataloader(CuikmolmakerDataset(points), options.batch, options.workers, shuffle=False,
                                  drop_last=False)
        rows = []
        with torch.inference_mode():
            for batch in loader:
                batch.bmg.to(device)
                means = [torch.stack([model(batch.bmg) for model in models]).mean(0) for models in ensembles]
                rows.append(torch.cat(means, dim=1))
            return names, torch.cat(rows).cpu().numpy()

    return predict


def main():
    options = shared.parser(__doc__)
    options.add_argument("--workers", type=int, default=0)
    options.add_argument("--batch", type=int, default=64)
    options.add_argument("--together", action="store_true")
    options = options.parse_args()
    run = shared.Run(options)

    import rdkit.RDLogger

    rdkit.RDLogger.DisableLog("rdApp.*")
    quiet_lightning()
    molecules = run.molecules()
    predict = (together if options.together else as_used)(run, options)
    molecules = molecules[: run.sized(lambda count: predict(molecules[:count]), len(molecules))]

    kept = {}

    def work():
        kept["names"], kept["values"] = predict(molecules)

    samples = run.repeat(work, most=3)
    if options.save:
        shared.save(options.save, kept["names"], kept["values"])
    run.result("ensemble together" if options.together else "admet-ai predict", "end_to_end",
               {"models": 10, "batch": options.batch, "workers": options.workers, "compounds": len(molecules)},
               samples, len(molecules), input=options.input, saved=options.save)


def quiet_lightning():
    import logging

    for name in ("lightning.pytorch", "lightning.fabric", "lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)


if __name__ == "__main__":
    main()
