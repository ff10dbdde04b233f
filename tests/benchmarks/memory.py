#!/usr/bin/env python3
"""Peak memory of one epoch of training, dlwork against PyTorch's eager mode on the same work.

    $DLWORK_PEERS_PYTHON tests/benchmarks/memory.py build/release/bin/dlwork [--repeats 3]

Each network is trained for one epoch with the same layers, batch size and optimiser and judged on the
10 % that are held out: those of pictures on the 60,000 training pictures of Fashion-MNIST, read from
the same gzip files, the others on a made-up table or on series in the same NPY files. A program's
figure is the highest resident memory of its process, the smallest of the repeats. Ends with status 1 where dlwork takes more than 1.3 times what PyTorch takes, with 77
where there is no PyTorch or no data.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
LIMIT = 1.3
PICTURES = {
    "project": """{root: FOLDER,
  train: {path: train-images-idx3-ubyte.gz, labels: train-labels-idx1-ubyte.gz}, validation: 10%,
  test: {path: t10k-images-idx3-ubyte.gz, labels: t10k-labels-idx1-ubyte.gz}}""",
    "peer": """
def read(name, offset):
    with gzip.open("FOLDER/" + name) as f:
        return torch.from_numpy(numpy.frombuffer(f.read(), numpy.uint8, offset=offset).copy())
x = read("train-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)
y = read("train-labels-idx1-ubyte.gz", 8).long()
test = read("t10k-images-idx3-ubyte.gz", 16).view(-1, 1, 28, 28)  # dlwork reads it too
unseen = 0
inputs = lambda rows: (x[rows].float() / 255 - 0.286) / 0.353
""",
}


def arrays(*shape):
    """Standard normal float32, and ten classes that sums over parts of each sample tell."""
    return {
        "shape": shape,
        "project": "{root: FOLDER, train: {path: X.npy, labels: y.npy}, validation: 10%, test: 10%"
                   + (", target: y}" if len(shape) == 2 else "}"),
        "peer": """
x, y = (torch.from_numpy(numpy.load(f"FOLDER/{name}.npy")) for name in "Xy")
unseen = len(x) // 10
mean, deviation = x.flatten(0, -2).mean(0), x.flatten(0, -2).std(0)
inputs = lambda rows: (x[rows] - mean) / deviation
""",
    }


def write_arrays(folder, shape):
    import numpy
    draw = numpy.random.default_rng(1)
    x = draw.standard_normal(shape, dtype=numpy.float32)
    sums = x.reshape(len(x), -1)[:, :40].reshape(len(x), 10, 4).sum(2)
    numpy.save(folder / "X.npy", x)
    numpy.save(folder / "y.npy", sums.argmax(1))


NETWORKS = {
    "small convolutions": {
        "data": PICTURES,
        "batch": 128,
        "layers": """
      - conv2d: {channels: 32, bias: false}
      - max_pool2d: 2
      - batch_norm
      - relu
      - conv2d: {channels: 64, bias: false}
      - max_pool2d: 2
      - batch_norm
      - relu
      - dropout: 0.2
      - flatten
      - linear: 128
      - relu
      - dropout: 0.3
      - output""",
        "peer": """nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.MaxPool2d(2), nn.BatchNorm2d(64), nn.ReLU(),
            nn.Dropout(0.2), nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Dropout(0.3),
            nn.Linear(128, 10))""",
    },
    "large batches": {
        "data": PICTURES,
        "batch": 1024,
        "layers": """
      - conv2d: 32
      - relu
      - conv2d: 32
      - relu
      - max_pool2d: 4
      - flatten
      - output""",
        "peer": """nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
            nn.MaxPool2d(4), nn.Flatten(), nn.Linear(1568, 10))""",
    },
    "perceptron": {
        "data": PICTURES,
        "batch": 128,
        "layers": """
      - flatten
      - linear: 1024
      - relu
      - linear: 1024
      - relu
      - output""",
        "peer": """nn.Sequential(
            nn.Flatten(), nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU(),
            nn.Linear(1024, 10))""",
    },
    "table": {
        "data": arrays(200000, 64),
        "batch": 128,
        "layers": """
      - linear: 256
      - relu
      - linear: 256
      - relu
      - output""",
        "peer": """nn.Sequential(
            nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))""",
    },
    "gru": {
        "data": arrays(20000, 100, 12),
        "batch": 64,
        "layers": """
      - gru: 128
      - output""",
        "peer": """nn.Sequential(nn.GRU(12, 128, batch_first=True), Last(), nn.Linear(128, 10))""",
    },
}

PROJECT = """dlwork: 1
name: memory
question: How much memory does an epoch take?
goal: {{metric: accuracy, target: 0.9, incumbent: 0.5}}
task: classification
data: {data}
training: {{batch_size: {batch}, optimizer: adamw, learning_rate: 0.001, augment: {{crop: 0}}}}
baseline:
  epochs: 1
  subset: 1000000
  range_test: false
  decay_grid: false
  model:
    layers:{layers}
"""

PEER = """
import gzip
import numpy, torch
from torch import nn
torch.set_num_threads({threads})
class Last(nn.Module):
    def forward(self, found):
        return found[0][:, -1]
{data}
order = torch.randperm(len(x))[unseen:]
train, held_out = order[len(x) // 10:], order[:len(x) // 10]
net = {peer}
step = torch.optim.AdamW(net.parameters(), lr=1e-3)
net.train()
for rows in train.split({batch}):
    step.zero_grad()
    nn.functional.cross_entropy(net(inputs(rows)), y[rows]).backward()
    step.step()
net.eval()
with torch.no_grad():
    right = sum((net(inputs(rows)).argmax(1) == y[rows]).sum().item() for rows in held_out.split(512))
# Of this program alone: getrusage counts the process that started it too, until then.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak * 1024, right / len(held_out))
"""


def of_data(network, reader, folder):
    data = network["data"]
    return data[reader].replace("FOLDER", str(folder if "shape" in data else DATA))


def dlwork_bytes(program, network, folder, threads):
    (folder / "project.yaml").write_text(
        PROJECT.format(data=of_data(network, "project", folder), layers=network["layers"], batch=network["batch"]))
    done = subprocess.run([program, "baseline", "-p", str(folder / "project.yaml"), "--threads", str(threads), "--quiet"],
                          check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode > 1:  # a network that learns nothing fails its gate
        sys.exit(done.stderr)
    result = json.loads((folder / ".dlwork/baseline/latest/result.json").read_text())
    return result["record"]["peak_memory_bytes"]


def peer_bytes(network, folder, threads):
    script = PEER.format(data=of_data(network, "peer", folder), peer=network["peer"], batch=network["batch"],
                         threads=threads)
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("dlwork")
    arguments.add_argument("--repeats", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    asked = arguments.parse_args()
    try:
        import torch
    except ImportError:
        print("SKIPPED: this Python has no PyTorch; run it with $DLWORK_PEERS_PYTHON")
        return 77
    if not DATA.exists():
        print(f"SKIPPED: no {DATA}; install dataset-fashion-mnist")
        return 77
    print(f"PyTorch {torch.__version__}, {asked.threads} threads, smallest of {asked.repeats}")
    worst = 0
    for name, network in NETWORKS.items():
        ours = theirs = float("inf")
        for _ in range(asked.repeats):
            with tempfile.TemporaryDirectory() as made:
                folder = pathlib.Path(made)
                if "shape" in network["data"]:
                    write_arrays(folder, network["data"]["shape"])
                ours = min(ours, dlwork_bytes(asked.dlwork, network, folder, asked.threads))
                theirs = min(theirs, peer_bytes(network, folder, asked.threads))
        worst = max(worst, ours / theirs)
        print(f"{name:20} dlwork {ours / 2**20:7.0f} MiB  PyTorch {theirs / 2**20:7.0f} MiB  ratio {ours / theirs:.2f}")
    print(f"{'PASS' if worst <= LIMIT else 'FAIL'}: at most {worst:.2f} times, limit {LIMIT}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
