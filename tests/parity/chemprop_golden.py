"""Predictions of Chemprop, as golden files for the tests of `models/property`.

Run by hand, since it needs torch:

    pip install chemprop==2.3.1
    python tests/parity/chemprop_golden.py [--data ../shared/data]

It writes to models/property/tests/golden:

- molecules.json: the molecules, once;
- <checkpoint>.json: predictions of the five shared checkpoints for all of them;
- networks/*.pt and *.ckpt: small networks with random weights, made here with Chemprop, one for each kind of
  head, activation, aggregation and featurizer that the checkpoints do not cover;
- networks/<network>.json: their predictions for every fifth molecule;
- stored/*.pt: one of these networks stored with other number types;
- refused/*.pt: what Chemprop makes and Soyaku does not read.

Predictions come from Lightning's `Trainer.predict` on Chemprop's data loader with its default batch size, as
`chemprop predict` computes them: `values[molecule][task][parameter]`, where the parameters are those that
Chemprop's predictor returns (mean and variance, class probabilities, ...).
"""

import argparse
import csv
import hashlib
import json
import logging
import warnings
from pathlib import Path

import lightning
import numpy
import rdkit
import torch
from chemprop import __version__ as chemprop_version
from chemprop import data, featurizers, models, nn
from chemprop.featurizers.atom import get_multi_hot_atom_featurizer
from chemprop.featurizers.bond import RIGRBondFeaturizer
from chemprop.models.utils import save_model
from rdkit import Chem, RDLogger

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "models/property/tests/golden"
CHECKPOINTS = [
    "regression_mol",
    "regression_mol_multitask",
    "regression_mve_mol",
    "classification_mol",
    "classification_mol_multiclass",
]
# Molecules that libraries rarely hold, but that the features must get right.
SPECIAL = [
    "C",
    "[Na+].[Cl-]",
    "[Fe]",
    "[HH]",
    "[2H]C([2H])([2H])O",
    "[13CH4]",
    "C/C=C/C",
    "F/C=C\\F",
    "C[C@H](N)C(=O)O",
    "C[C@@H](N)C(=O)O.Cl",
    "[NH3]->[BH3]",
    "O=[N+]([O-])c1ccc[nH]1",
    "C[Si](C)(C)C#CC1=CC=CC=C1",
    "FS(F)(F)(F)(F)c1ccccc1",
    "OP(=O)(O)O.[K+].[K+]",
    "C1CC2CCC1CC2",
    "[O-][Cl+3]([O-])([O-])O",
    "CC(=O)Oc1ccccc1C(=O)O",
    "c1ccc2c(c1)[nH]c1ccccc12",
    "[Pt](Cl)(Cl)(N)N",
]


def smiles_of(path):
    if path.suffix == ".smi":
        return [line.split()[0] for line in path.read_text().splitlines() if line.strip()]
    with path.open(newline="") as file:
        return [row[0] for row in list(csv.reader(file))[1:]]


def evenly(items, count):
    return [items[index * len(items) // count] for index in range(count)]


def molecules(folder):
    """500 SMILES that RDKit reads, a fixed choice."""
    RDLogger.DisableLog("rdApp.*")

    def valid(items):
        return [smiles for smiles in items if Chem.MolFromSmiles(smiles) is not None]

    chembl = valid(smiles_of(folder / "smiles/chembl_10k.smi"))
    longest = sorted(chembl, key=lambda smiles: (-len(smiles), smiles))[:8]
    chosen = valid(SPECIAL) + longest
    chosen += evenly([smiles for smiles in chembl if smiles not in longest], 300 - len(chosen))
    names = ["bace", "bbbp", "clintox", "esol", "freesolv", "lipo", "sider", "tox21"]
    for name in names:
        chosen += evenly(valid(smiles_of(folder / f"moleculenet/{name}.csv")), 200 // len(names))
    return chosen


def featurizer(kind):
    if kind == "RIGR":
        return featurizers.SimpleMoleculeMolGraphFeaturizer(
            get_multi_hot_atom_featurizer("RIGR"), RIGRBondFeaturizer()
        )
    return featurizers.SimpleMoleculeMolGraphFeaturizer(get_multi_hot_atom_featurizer(kind))


def predict(model, smiles, kind):
    points = [data.MoleculeDatapoint.from_smi(text) for text in smiles]
    loader = data.build_dataloader(data.MoleculeDataset(points, featurizer(kind)), shuffle=False)
    trainer = lightning.pytorch.Trainer(
        logger=False, enable_progress_bar=False, enable_model_summary=False, accelerator="cpu"
    )
    return torch.cat(trainer.predict(model, loader)).numpy()


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    versions = {
        "chemprop": chemprop_version,
        "torch": torch.__version__,
        "rdkit": rdkit.__version__,
        "script": "tests/parity/chemprop_golden.py",
    }
    body = ",\n".join(f"{json.dumps(key)}: {value}" for key, value in content.items())
    path.write_text(f'{{"versions": {json.dumps(versions)},\n{body}\n}}\n')


def rows(predictions):
    """One line for each molecule, numbers with 9 significant digits: f32 exactly."""
    predictions = predictions.reshape(*predictions.shape[:2], -1)
    one = lambda task: "[" + ",".join(f"{value:.9g}" for value in task) + "]"
    lines = ["[" + ",".join(one(task) for task in molecule) + "]" for molecule in predictions]
    return "[\n" + ",\n".join(lines) + "\n]"


def write_predictions(path, source, kind, predictions, step):
    assert numpy.isfinite(predictions).all(), path
    content = {
        "source": json.dumps(source.name),
        "sha256": json.dumps(hashlib.sha256(source.read_bytes()).hexdigest()),
        "featurizer": json.dumps(kind),
        "every": step,
        "values": rows(predictions),
    }
    write(path, content)
    print(f"{path.name}: {predictions.shape}")


def scaler(tasks):
    mean = [0.5 + task for task in range(tasks)]
    return nn.UnscaleTransform(mean, [0.75 + 0.5 * task for task in range(tasks)])


def small_networks():
    """name, featurizer, message passing, aggregation, predictor, batch norm"""
    h = 8
    elu, leaky, prelu = torch.nn.ELU(0.7), torch.nn.LeakyReLU(0.3), torch.nn.PReLU(init=0.15)

    def passing(kind, **options):
        shape = featurizer(kind).shape
        return nn.BondMessagePassing(d_v=shape[0], d_e=shape[1], d_h=h, **options)

    yield (
        "evidential_v1",
        "V1",
        passing("V1", bias=True, depth=5, activation="leakyrelu"),
        nn.SumAggregation(),
        nn.EvidentialFFN(
            n_tasks=2, input_dim=h, hidden_dim=[10, 6], activation="leakyrelu", output_transform=scaler(2)
        ),
        False,
    )
    yield (
        "quantile_organic",
        "ORGANIC",
        passing("ORGANIC", depth=2, activation="tanh"),
        nn.MeanAggregation(),
        nn.QuantileFFN(n_tasks=2, input_dim=h, hidden_dim=6, activation="tanh", output_transform=scaler(2)),
        True,
    )
    yield (
        "dirichlet_rigr",
        "RIGR",
        passing("RIGR", depth=4, activation="elu", undirected=False),
        nn.NormAggregation(norm=20.0),
        nn.BinaryDirichletFFN(n_tasks=3, input_dim=h, hidden_dim=6, n_layers=2, activation=elu),
        False,
    )
    yield (
        "dirichlet_multiclass_v2",
        "V2",
        passing("V2", activation="prelu"),
        nn.NormAggregation(),
        nn.MulticlassDirichletFFN(
            n_classes=3, n_tasks=2, input_dim=h, hidden_dim=6, n_layers=3, activation=prelu
        ),
        True,
    )
    yield (
        "multiclass_v2",
        "V2",
        passing("V2", bias=True, activation=leaky),
        nn.MeanAggregation(),
        nn.MulticlassClassificationFFN(n_classes=4, n_tasks=2, input_dim=h, hidden_dim=6, activation=leaky),
        False,
    )
    yield (
        "mve_v2",
        "V2",
        passing("V2", depth=1),
        nn.SumAggregation(),
        nn.MveFFN(n_tasks=3, input_dim=h, hidden_dim=6, output_transform=scaler(3)),
        True,
    )
    yield (
        "regression_selu_v2",
        "V2",
        passing("V2", depth=6, activation=torch.nn.SELU()),
        nn.NormAggregation(norm=7),
        nn.RegressionFFN(n_tasks=1, input_dim=h, n_layers=0, activation="selu"),
        False,
    )


def randomize(model, generator, smiles, kind):
    """Weights with which predictions differ well between molecules, as training would make them."""
    points = [data.MoleculeDatapoint.from_smi(text) for text in smiles]
    graphs = [featurizer(kind)(point.mol) for point in points]

    def spread():
        batch = data.BatchMolGraph(graphs)
        vectors = model.agg(model.message_passing(batch), batch.batch)
        return vectors.mean(0), vectors.std(0)

    model.eval()
    with torch.no_grad():
        if isinstance(model.message_passing.tau, torch.nn.PReLU):
            model.message_passing.tau.weight.fill_(0.35)
        if isinstance(model.bn, torch.nn.BatchNorm1d):
            mean, deviation = spread()
            model.bn.running_mean.copy_(mean)
            model.bn.running_var.copy_(deviation.clamp(min=1e-3) ** 2)
            model.bn.weight.uniform_(0.5, 1.5, generator=generator)
            model.bn.bias.uniform_(-0.5, 0.5, generator=generator)
        else:
            factor = 1 / spread()[1].mean().clamp(min=0.02)
            model.message_passing.W_o.weight.mul_(factor)
        for layer in model.predictor.ffn:
            layer[-1].weight.mul_(2)


def refused_networks():
    """name and model"""
    h = 4
    regression = lambda width=h, **options: nn.RegressionFFN(input_dim=width, hidden_dim=2, **options)
    passing = lambda **options: nn.BondMessagePassing(d_h=h, **options)
    mean = nn.MeanAggregation()
    yield "atom_messages", models.MPNN(nn.AtomMessagePassing(d_h=h), mean, regression())
    yield "undirected", models.MPNN(passing(undirected=True), mean, regression())
    yield "attentive", models.MPNN(passing(), nn.AttentiveAggregation(output_size=h), regression())
    yield "spectral", models.MPNN(passing(), mean, nn.SpectralFFN(n_tasks=3, input_dim=h, hidden_dim=2))
    yield "molecule_features", models.MPNN(passing(), mean, regression(h + 5))
    yield "atom_descriptors", models.MPNN(passing(d_vd=3), mean, regression(h + 3))
    yield "softsign", models.MPNN(passing(activation=torch.nn.Softsign()), mean, regression())
    reactions = featurizers.CondensedGraphOfReactionFeaturizer()
    d_v, d_e = reactions.shape
    yield "reactions", models.MPNN(passing(d_v=d_v, d_e=d_e), mean, regression())
    blocks = nn.MulticomponentMessagePassing([passing(), passing()])
    yield "two_components", models.MulticomponentMPNN(blocks, mean, regression(2 * h))
    atoms = nn.MABBondMessagePassing(d_h=h)
    yield "atom_predictions", models.MolAtomBondMPNN(atoms, mean, regression(), regression())
    broken = models.MPNN(passing(), mean, regression())
    with torch.no_grad():
        broken.message_passing.W_h.weight[1, 2] = float("nan")
    yield "not_a_number", broken


def write_refused(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in refused_networks():
        save_model(folder / f"{name}.pt", model)
    # The outline of a Chemprop 1 file.
    args = argparse.Namespace(depth=3, hidden_size=4, dataset_type="regression")
    state = {"encoder.encoder.0.W_i.weight": torch.zeros(4, 147)}
    torch.save({"args": args, "state_dict": state, "data_scaler": None}, folder / "chemprop_1.pt")
    content = torch.load(GOLDEN / "networks/mve_v2.pt", weights_only=False)
    torch.save(content, folder / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(content["state_dict"], folder / "state_dict.pt")


def write_stored(folder):
    """The weights of one network in other number types, and as a view that is not contiguous."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in [("double", torch.float64), ("half", torch.float16), ("bfloat16", torch.bfloat16)]:
        content = torch.load(GOLDEN / "networks/mve_v2.pt", weights_only=False)
        state = content["state_dict"]
        for key, tensor in state.items():
            if tensor.is_floating_point():
                state[key] = tensor.to(kind)
        torch.save(content, folder / f"{name}.pt")
    content = torch.load(GOLDEN / "networks/mve_v2.pt", weights_only=False)
    weight = content["state_dict"]["message_passing.W_i.weight"]
    content["state_dict"]["message_passing.W_i.weight"] = weight.T.contiguous().T
    offset = torch.cat([torch.zeros(5), content["state_dict"]["message_passing.W_o.bias"]])[5:]
    content["state_dict"]["message_passing.W_o.bias"] = torch.nn.Parameter(offset)
    torch.save(content, folder / "views.pt")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    folder = parser.parse_args().data
    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    torch.set_num_threads(1)

    smiles = molecules(folder)
    print(f"{len(smiles)} molecules")
    listed = "[\n" + ",\n".join(json.dumps(text) for text in smiles) + "\n]"
    write(GOLDEN / "molecules.json", {"smiles": listed})

    for name in CHECKPOINTS:
        source = folder / f"chemprop_checkpoints/{name}.pt"
        model = models.MPNN.load_from_file(source, map_location="cpu")
        write_predictions(GOLDEN / f"{name}.json", source, "V2", predict(model, smiles, "V2"), 1)

    # Initial weights are drawn when a network is made, which is when the loop asks for it.
    torch.manual_seed(0)
    for index, (name, kind, passing, aggregation, predictor, batch_norm) in enumerate(small_networks()):
        generator = torch.Generator().manual_seed(index)
        model = models.MPNN(passing, aggregation, predictor, batch_norm)
        randomize(model, generator, smiles[::5], kind)
        source = GOLDEN / f"networks/{name}.pt"
        source.parent.mkdir(parents=True, exist_ok=True)
        save_model(source, model, [f"{name}_{task}" for task in range(predictor.n_tasks)])
        # What is predicted is what was stored.
        model = models.MPNN.load_from_file(source, map_location="cpu")
        write_predictions(source.with_suffix(".json"), source, kind, predict(model, smiles[::5], kind), 5)

    torch.manual_seed(100)
    write_refused(GOLDEN / "refused")
    write_stored(GOLDEN / "stored")

    # The same network as one of the `.pt` files, as Lightning stores it during training.
    model = models.MPNN.load_from_file(GOLDEN / "networks/mve_v2.pt", map_location="cpu")
    trainer = lightning.pytorch.Trainer(logger=False, enable_progress_bar=False, accelerator="cpu")
    trainer.strategy.connect(model)
    trainer.save_checkpoint(GOLDEN / "networks/mve_v2.ckpt", weights_only=False)


if __name__ == "__main__":
    main()
