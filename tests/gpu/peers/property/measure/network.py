"""The network alone: batches of featurized molecules in the device's memory, forward passes of one or ten models."""

import shared


def batches(texts, size, device):
    """Featurized by cuik-molmaker, which gives what Chemprop's own featurizer gives, in less time."""
    from chemprop.featurizers import CuikmolmakerMolGraphFeaturizer

    featurize = CuikmolmakerMolGraphFeaturizer()
    found = []
    for start in range(0, len(texts), size):
        graph = featurize(texts[start:start + size])
        graph.to(device)
        found.append(graph)
    return found


def multiply_adds(model, graphs):
    """Of the matrix products of one pass over all batches, as Chemprop computes them: once for every directed edge."""
    atoms, edges = sum(len(graph.V) for graph in graphs), sum(len(graph.E) for graph in graphs)
    message = model.message_passing
    per_edge = message.W_i.weight.numel() + (message.depth - 1) * message.W_h.weight.numel()
    per_molecule = sum(weight.numel() for weight in model.predictor.parameters() if weight.dim() == 2)
    return (edges * per_edge + atoms * message.W_o.weight.numel() + sum(map(len, graphs)) * per_molecule), atoms, edges


def main():
    options = shared.parser(__doc__)
    options.add_argument("--batches", default="64,256,1024,4096")
    options = options.parse_args()
    run = shared.Run(options)

    import torch
    from chemprop.models import load_model
    from chemprop.models.utils import load_output_columns

    device = run.device.split(":")[0]
    kinds = shared.model_files(options)
    ensembles = [[load_model(path).to(device).eval() for path in paths] for paths in kinds]
    flat = [model for models in ensembles for model in models]
    names = [name for paths in kinds for name in load_output_columns(paths[0])]
    texts = run.molecules()
    cases = [(int(size), fast, count) for size in options.batches.split(",") for fast in ((0, 1) if run.gpu else (0,))
             for count in (1, len(flat))]

    with torch.inference_mode():
        # A GPU takes all of them in a second or so; a CPU as many as it can in its time.
        probe = batches(texts[:256], 256, device)
        for model in flat:
            model(probe[0])
        each = min(run.repeat(lambda: run.timed_on_device(lambda: flat[0](probe[0])), most=3)) / len(probe[0])
        if not run.gpu:
            passes = 3 * sum(count for _, _, count in cases) + len(flat)
            texts = texts[: run.affordable(len(texts), each * passes, share=0.6)]
        if options.save:
            rows = [torch.cat([torch.stack([model(graph) for model in models]).mean(0) for models in ensembles], dim=1)
                    for graph in batches(texts, 1024, device)]
            shared.save(options.save, names, torch.cat(rows).cpu().numpy())
        saved = options.save
        ready = {}
        for size, fast, count in cases:
            if run.left() < 5:
                break
            torch.set_float32_matmul_precision("high" if fast else "highest")
            if size not in ready:
                ready = {size: batches(texts, size, device)}
            graphs, models = ready[size], flat[:count]

            def forward():
                for graph in graphs:
                    for model in models:
                        model(graph)

            forward()
            samples = run.repeat(lambda: run.timed_on_device(forward), least=2, most=20, seconds=2.0)
            products, atoms, edges = multiply_adds(flat[0], graphs)
            whole = count == len(flat) and not fast
            run.result("chemprop network", "kernel",
                       {"models": count, "batch": size, "tf32": fast, "compounds": len(texts)}, samples, len(texts),
                       input=options.input, atoms=atoms, directed_edges=edges, multiply_adds=products * count,
                       saved=saved if whole else None)
            saved = None if whole else saved


if __name__ == "__main__":
    main()
