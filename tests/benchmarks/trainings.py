"""Short trainings on real data by `dlwork baseline`, for the scripts that compare settings."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")
NOT_THERE = 77  # status of a script whose data or peer is missing
PROJECT = """dlwork: 1
question: Which settings learn more?
goal: {{metric: accuracy, target: 0.99}}
analogy: {analogy}
data: {data}
training: {{batch_size: {batch}, schedule: cosine, warmup: 1, early_stopping: {{patience: 0}}}}
baseline:
  epochs: {epochs}
  subset: {rows}
  range_test: false
  decay_grid: false
  model: {{layers: {layers}}}
"""


def fashion_project(folder, layers, rows, epochs, batch=64):
    """Writes a project on so many training pictures; a fifth of all 60,000 is held out."""
    data = (f"{{root: {FASHION}, train: {{path: train-images-idx3-ubyte.gz, labels: train-labels-idx1-ubyte.gz}}, "
            "validation: 20%, test: {path: t10k-images-idx3-ubyte.gz, labels: t10k-labels-idx1-ubyte.gz}}")
    return write(folder, PROJECT.format(analogy="image-classification-small", data=data, batch=batch, epochs=epochs,
                                        rows=rows, layers=layers))


def cancer_project(folder, layers, epochs, batch=32):
    """Writes a project on the example's table, 569 rows; a fifth is held out. Needs scikit-learn."""
    example = pathlib.Path(__file__).parents[2] / "examples/breast-cancer"
    shutil.copy(example / "prepare.sh", folder)
    subprocess.run(["bash", folder / "prepare.sh"], check=True, stdout=subprocess.DEVNULL,
                   env=dict(os.environ, PYTHON=sys.executable))
    data = "{root: data, train: breast-cancer.csv, target: diagnosis, validation: 20%, test: 20%}"
    return write(folder, PROJECT.format(analogy="tabular-classification", data=data, batch=batch, epochs=epochs,
                                        rows=1000, layers=layers))


def write(folder, text):
    project = pathlib.Path(folder) / "project.yaml"
    project.write_text(text)
    return project


def train(program, project, seed, settings, threads):
    """Figures of the validation part by name, after a training with these settings."""
    command = [program, "baseline", "-p", str(project), "--threads", str(threads), "--json", "--quiet"]
    for key, value in {"seed": seed, **settings}.items():
        command += ["--set", f"{key}={value}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode > 1:  # 1: its gate, which is not what is asked
        sys.exit(done.stderr)
    return {metric["name"]: metric["value"] for metric in json.loads(done.stdout)["metrics"]
            if metric["part"] == "validation" and metric["of"] == "network"}
