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

random = numpy.random.default_rng(0)
observations = random.normal(size=(ROWS, 3)) * [1, 3, 1] + [0, 0, 1000]
observations[::10] *= 1e4  # beyond what the normaliser clips
observations = observations.astype(numpy.float32)

cases = {}
for policy in sorted(FOLDER.glob("*.safetensors")):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.onnx"
        subprocess.run(
            ["node", CLI, "export", policy, "--format", "onnx", "--output", path], check=True, capture_output=True
        )
        model = path.read_bytes()
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    action, distribution = session.run(["action", "distribution"], {"observation": observations})
    cases[policy.stem] = {
        "modelSha256": hashlib.sha256(model).hexdigest(),
        "action": action.tolist(),
        "distribution": distribution.tolist(),
    }

reference = {
    "onnx": onnx.__version__,
    "onnxruntime": onnxruntime.__version__,
    "observations": observations.tolist(),
    "cases": cases,
}
(FOLDER / "outputs.json").write_text(json.dumps(reference) + "\n")
