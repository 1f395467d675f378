"""Exports the policies of this folder, runs the models in onnxruntime and writes what they answer to outputs.json, for
test/export/.

python3 -m venv venv && venv/bin/pip install onnx==1.23.2 onnxruntime==1.31.1
npm run build && venv/bin/python test/recordings/onnx/make.py
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime

FOLDER = Path(__file__).parent
CLI = FOLDER.parents[2] / "dist" / "cli.js"
ROWS = 40
# mean and deviation of each component of what the policies of makePolicies.mjs saw
SEEN = ([0, 0, 1000], [1, 3, 1])
SEEN_AT_OFFSET = ([1.7e9 + 25, 50_000, -1e6], [15, 0.007, 0.7])

# choices of the parts of the policies that take masks
MASKED = {"discreteMasked": [5], "multiDiscreteMasked": [2, 3, 4]}


def draw_masks(counts, random):
    """Masks [ROWS x choices] that allow one choice of each part at least."""
    parts = []
    for count in counts:
        part = random.random((ROWS, count)) < 0.4
        part[numpy.arange(ROWS), random.integers(count, size=ROWS)] = True
        parts.append(part)
    return numpy.concatenate(parts, axis=1)


unmasked = numpy.random.default_rng(0)
cases = {}
for policy in sorted(FOLDER.glob("*.safetensors")):
    is_at_offset = policy.stem.endswith("Offset")
    mean, deviation = SEEN_AT_OFFSET if is_at_offset else SEEN
    # a stream of their own: it leaves the draws of the others alone
    random = numpy.random.default_rng(1) if policy.stem in MASKED else unmasked
    if policy.stem == "image":
        observations = numpy.random.default_rng(2).integers(256, size=(ROWS, 90)).astype(float)
    else:
        observations = random.normal(size=(ROWS, 3)) * deviation + mean
        observations[::10] *= 1e4  # beyond what the normaliser clips
    masks = {"mask": draw_masks(MASKED[policy.stem], random)} if policy.stem in MASKED else {}
    models = {}
    # float32 holds no observation at an offset; the export refuses it
    for kind in ["float64"] if is_at_offset else ["float64", "float32"]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "policy.onnx"
            flags = ["--format", "onnx", "--input", kind, "--output", path]
            subprocess.run(["node", CLI, "export", policy, *flags], check=True, capture_output=True)
            model = path.read_bytes()
        onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        # mean and std are there for a Box alone
        names = [output.name for output in session.get_outputs()]
        answers = dict(zip(names, session.run(names, {"observation": observations.astype(kind), **masks})))
        distribution = answers["distribution"].tolist()
        models[kind] = {
            "modelSha256": hashlib.sha256(model).hexdigest(),
            **{name: answers[name].tolist() for name in names if name != "distribution"},
            # JSON has no infinity: null stands for what is masked
            "distribution": [[value if numpy.isfinite(value) else None for value in row] for row in distribution],
        }
    recorded = {name: mask.astype(int).tolist() for name, mask in masks.items()}
    cases[policy.stem] = {"observations": observations.tolist(), **recorded, "models": models}

reference = {"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__, "cases": cases}
(FOLDER / "outputs.json").write_text(json.dumps(reference) + "\n")
