#!/usr/bin/env python3
"""Training speed of dlwork beside other programs, on this machine.

    peers.py --bench build/ci/bin/fit_bench [--case NAME ...] [--threads 1 2] [--pairs 5]

Runs dlwork and each peer that is installed one after the other, several times, and prints for each
pair of runs how many times longer the peer's step took: the median ratio, and the lowest and highest
in brackets. A step is a batch: gather, forward, backward, Adam; of dlwork all that `dlwork baseline`
does, metrics and checks included. With --cpu the times are those that the processes were given, for a
machine with other work; on several threads they count waiting ones too. Ends with status 1 where a
peer comes within less than LEAST says, where it could not run or where dlwork's own figures are above
MOST; with 77 where nothing failed but a peer that LEAST names is not installed, or nothing was
compared.
"""
import argparse
import enum
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings

MLPS = {"mlp-small": (32, [64, 64], 9600, 32), "mlp-256": (64, [256, 256], 12800, 128)}
CNNS = {"cnn-28": (1, 28, (16, 32), 1920, 64), "cnn-32": (3, 32, (64, 128), 640, 64)}
BF16 = {"cnn-32-bf16": CNNS["cnn-32"]}  # dlwork in bfloat16, the peer in float32
RNNS = {"gru": (100, 40, 128, 640, 32), "lstm": (100, 40, 128, 640, 32)}  # steps, channels, hidden
MEMBERS = 8  # networks of mlp-small, by a peer one after the other
TRAINED = {**MLPS, **CNNS, **RNNS, "members": MLPS["mlp-small"]}
FEED = {"feed": (60000, 128)}  # rows and batch of 28 x 28 pictures for a network that does next to nothing
SIZES = {**TRAINED, **BF16, **FEED}
CLASSES = 10
# How many times a peer's step must take longer than dlwork's; of any other peer as of eager.
LEAST = {"mlp-small": {"eager": 10, "scikit-learn": 8, "lightning": 20},
         "mlp-256": {"eager": 1.8, "scikit-learn": 2.5},
         "cnn-28": {"eager": 1.5}, "gru": {"eager": 3}, "lstm": {"eager": 1.2},
         "members": {"eager": 8}, "cnn-32-bf16": {"eager": 2.5}}
# What fit_bench's own figures may be at most: microseconds a batch and the share of all time that the
# loop waits for data.
MOST = {"feed": {"data": 30}, **{case: {"data_share": 0.03} for case in [*CNNS, *BF16]}}
# What a processor must have one of, as /proc/cpuinfo names it.
NEEDS = {case: ("amx_bf16", "avx512_bf16") for case in BF16}
clock = time.perf_counter


def data(case):
    import numpy as np
    rng = np.random.default_rng(1)
    if case in MLPS:
        columns, _, rows, batch = MLPS[case]
        x = rng.standard_normal((rows, columns), dtype=np.float32)
    elif case in RNNS:
        steps, channels, _, rows, batch = RNNS[case]
        x = rng.standard_normal((rows, steps, channels), dtype=np.float32)
    else:
        channels, side, _, rows, batch = SIZES[case]
        x = rng.standard_normal((rows, channels, side, side), dtype=np.float32)
    return x, rng.integers(0, CLASSES, rows), batch


def torch_network(case):
    from torch import nn
    if case in MLPS:
        columns, hidden, _, _ = MLPS[case]
        layers, width = [], columns
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        return nn.Sequential(*layers, nn.Linear(width, CLASSES))
    if case in RNNS:
        return recurrent_network(case)
    channels, side, (first, second), _, _ = SIZES[case]
    return nn.Sequential(
        nn.Conv2d(channels, first, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(first, second, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(second * (side // 4) ** 2, 128), nn.ReLU(), nn.Linear(128, CLASSES))


def recurrent_network(case):
    import torch
    _, channels, hidden, _, _ = RNNS[case]

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            kind = torch.nn.GRU if case == "gru" else torch.nn.LSTM
            self.recurrent = kind(channels, hidden, batch_first=True)
            self.output = torch.nn.Linear(hidden, CLASSES)

        def forward(self, x):
            return self.output(self.recurrent(x)[0][:, -1])

    return Network()


def eager(case, threads, seconds, wrap=lambda network: network, **adam):
    """The loop of PyTorch's tutorials without its DataLoader, which is slower."""
    import torch
    torch.set_num_threads(threads)
    if case == "members":
        return MEMBERS * eager("mlp-small", threads, seconds, **adam)
    x, y, batch = data(case)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    network = wrap(torch_network(case))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, **adam)

    def epoch():
        order = torch.randperm(len(x))
        for begin in range(0, len(x), batch):
            rows = order[begin:begin + batch]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(x[rows]), y[rows]).backward()
            optimizer.step()
        return -(-len(x) // batch)

    return repeat(epoch, seconds)


def fused(case, threads, seconds):
    return eager(case, threads, seconds, fused=True)


def compiled(case, threads, seconds):
    import torch
    return eager(case, threads, seconds, torch.compile)


def repeat(epoch, seconds):
    epoch()
    steps, start = 0, clock()
    while clock() - start < seconds:
        steps += epoch()
    return 1e6 * (clock() - start) / steps


def sklearn(case, threads, seconds):
    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits
    warnings.filterwarnings("ignore")
    x, y, batch = data(case)
    _, hidden, _, _ = MLPS[case]

    def epochs(count):
        model = MLPClassifier(hidden, batch_size=batch, learning_rate_init=1e-4, max_iter=count,
                              n_iter_no_change=count + 1, tol=0)
        start = clock()
        model.fit(x, y)
        return clock() - start

    with threadpool_limits(threads):
        one = epochs(1)
        more = max(2, int(seconds / one))
        return 1e6 * (epochs(1 + more) - epochs(1)) / (more * -(-len(x) // batch))


def lightning(case, threads, seconds):
    import logging
    import torch
    try:
        import lightning.pytorch as pl
    except ImportError:
        import pytorch_lightning as pl
    torch.set_num_threads(threads)
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    x, y, batch = data(case)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch, shuffle=True)

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.network = torch_network(case)

        def training_step(self, rows, _):
            return torch.nn.functional.cross_entropy(self.network(rows[0]), rows[1])

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=1e-4)

    def epochs(count):
        trainer = pl.Trainer(max_epochs=count, logger=False, enable_checkpointing=False,
                             enable_progress_bar=False, enable_model_summary=False, accelerator="cpu")
        start = clock()
        trainer.fit(Module(), loader)
        return clock() - start

    one = epochs(1)
    more = max(1, int(seconds / one))
    return 1e6 * (epochs(1 + more) - epochs(1)) / (more * len(loader))


def fastai(case, threads, seconds):
    import torch
    from fastai.basics import Adam, DataLoaders, Learner
    torch.set_num_threads(threads)
    x, y, batch = data(case)
    rows = torch.utils.data.TensorDataset(torch.from_numpy(x), torch.from_numpy(y))
    held_out = torch.utils.data.Subset(rows, range(batch))
    loaders = DataLoaders.from_dsets(rows, held_out, bs=batch, num_workers=0, device="cpu")
    learner = Learner(loaders, torch_network(case), torch.nn.CrossEntropyLoss(), Adam)

    def epoch():
        with learner.no_logging():
            learner.fit(1, 1e-4)
        return -(-len(x) // batch)

    return repeat(epoch, seconds)


def keras(case, threads, seconds):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
    x, y, batch = data(case)
    _, hidden, _, _ = MLPS[case]
    model = keras.Sequential([keras.layers.Dense(units, "relu") for units in hidden] +
                             [keras.layers.Dense(CLASSES)])
    model.compile(keras.optimizers.Adam(1e-4), keras.losses.SparseCategoricalCrossentropy(True))

    def epoch():
        model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
        return -(-len(x) // batch)

    return repeat(epoch, seconds)


# name: (function, package that must be there, cases)
PEERS = {"eager": (eager, "torch", [*TRAINED, *BF16]),
         "eager, fused": (fused, "torch", list(TRAINED)),
         "compile": (compiled, "torch", list(MLPS) + list(CNNS)),
         "scikit-learn": (sklearn, "sklearn", list(MLPS)),
         "lightning": (lightning, "lightning", list(MLPS) + list(CNNS)),
         "fastai": (fastai, "fastai", list(MLPS) + list(CNNS)),
         "keras": (keras, "keras", list(MLPS))}


def versions():
    found = [f"Python {platform.python_version()}"]
    for name in ("torch", "scikit-learn", "lightning", "pytorch-lightning", "fastai", "keras", "numpy"):
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(found)


def processor(key):
    """What the first line that begins with it in /proc/cpuinfo says."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith(key)), "")


def output(command, environment=None):
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no message")
    return done.stdout


def peer_step(options, name, case, threads):
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
    return float(output([sys.executable, __file__, "--worker", name, case, str(threads), str(options.seconds),
                         "cpu" if options.cpu else "wall"], environment).split()[-1])


def dlwork_step(options, case, threads):
    def run(epochs):
        return json.loads(output([options.bench, case, str(threads), str(epochs)]))

    rows, batch = SIZES[case][-2:]
    return run(max(3, int(options.seconds / (run(3)["cpu_us"] * 1e-6 * rows / batch))))


class Result(enum.Enum):
    PASSED = enum.auto()
    FAILED = enum.auto()
    MISSING = enum.auto()  # a peer that LEAST names is not there
    LEFT_OUT = enum.auto()


def say(case, threads, name, text):
    print(f"{case:12} {threads}  {name:12} {text}", flush=True)


def compare(options, name, case, threads):
    """Whether dlwork is as much faster than one peer as it must be."""
    required = name in LEAST.get(case, {})
    if importlib.util.find_spec(PEERS[name][1]) is None:
        say(case, threads, name, "not installed, but required" if required else "not installed")
        return Result.MISSING if required else Result.LEFT_OUT
    ours, theirs = [], []
    try:
        for _ in range(options.pairs):
            ours.append(dlwork_step(options, case, threads))
            theirs.append(peer_step(options, name, case, threads))
    except RuntimeError as problem:
        say(case, threads, name, f"could not run: {problem}")
        return Result.FAILED
    steps = [run["cpu_us" if options.cpu else "us_per_step"] for run in ours]
    ratios = sorted(peer / step for peer, step in zip(theirs, steps))
    say(case, threads, name, f"{statistics.median(theirs):10.1f} {statistics.median(steps):10.1f} "
                             f"{statistics.median(ratios):7.2f} [{ratios[0]:.2f}, {ratios[-1]:.2f}]  {ours[0]['path']}")
    least = LEAST.get(case, {}).get(name, LEAST.get(case, {}).get("eager", 0))
    if statistics.median(ratios) < least:
        say(case, threads, name, f"below {least}")
        return Result.FAILED
    return Result.PASSED


def own_figures(options, case, threads):
    """Whether what dlwork measures of itself stays within its limits."""
    try:
        runs = [dlwork_step(options, case, threads) for _ in range(options.pairs)]
    except RuntimeError as problem:
        say(case, threads, "itself", f"could not run: {problem}")
        return Result.FAILED
    result = Result.PASSED
    for figure, most in MOST[case].items():
        values = sorted(run[figure] for run in runs)
        value = statistics.median(values)
        say(case, threads, "itself", f"{figure} {value:.4g} [{values[0]:.4g}, {values[-1]:.4g}], at most {most}")
        if value > most:
            say(case, threads, "itself", f"{figure} above {most}")
            result = Result.FAILED
    return result


def measure(options, case, threads):
    needed = NEEDS.get(case, ())
    if needed and not set(needed) & set(processor("flags").split()):
        say(case, threads, "", f"not measured: the processor has neither {' nor '.join(needed)}")
        return [Result.LEFT_OUT]
    results = [compare(options, name, case, threads) for name, (_, _, cases) in PEERS.items()
               if case in cases and (not options.peer or name in options.peer)]
    if case in MOST and not options.peer:
        results.append(own_figures(options, case, threads))
    return results


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/ci/bin/fit_bench")
    parser.add_argument("--case", nargs="+", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--peer", nargs="+", choices=list(PEERS))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="compare processor time")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run")
    options = parser.parse_args(words)
    print(versions())
    print(f"{processor('model name')}, {os.cpu_count()} processors, {platform.platform()}")
    print(f"{'case':12} th {'peer':12} {'peer us':>10} {'dlwork us':>10}   ratio [lowest, highest]")
    results = [result for case in options.case for threads in options.threads
               for result in measure(options, case, threads)]
    if Result.FAILED in results:
        print(f"FAIL: {results.count(Result.FAILED)} of {len(results)}")
        return 1
    if Result.MISSING in results or Result.PASSED not in results:
        print(f"INCOMPLETE: {results.count(Result.MISSING)} comparisons lack a required peer, "
              f"{results.count(Result.PASSED)} were made; install what is missing and run it again")
        return 77
    print(f"PASS: {results.count(Result.PASSED)} comparisons")
    return 0


if __name__ == "__main__":
    if len(sys.argv) == 7 and sys.argv[1] == "--worker":
        if sys.argv[6] == "cpu":
            clock = time.process_time
        print(PEERS[sys.argv[2]][0](sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
    else:
        sys.exit(main())
