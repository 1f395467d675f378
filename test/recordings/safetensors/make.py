"""Writes python.safetensors next to this file with the reference library, for test/checkpoint/safetensors.test.ts.

python3 -m venv /tmp/safetensors && /tmp/safetensors/bin/pip install safetensors numpy
/tmp/safetensors/bin/python test/recordings/safetensors/make.py
"""

from pathlib import Path

import numpy
from safetensors.numpy import save_file

tensors = {
    "policy.0.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3) / 4,
    "policy.0.bias": numpy.array([-0.0, numpy.nan], dtype=numpy.float32),
    "normalizer.mean": numpy.array([1 / 3, -numpy.inf], dtype=numpy.float64),
    "normalizer.count": numpy.array(2**53 + 1, dtype=numpy.int64),
    "actions": numpy.array([[-1], [2**31 - 1]], dtype=numpy.int32),
    "stream": numpy.array([2**32 - 1, 0], dtype=numpy.uint32),
    "flags": numpy.array([0, 255, 7], dtype=numpy.uint8),
    "empty": numpy.zeros((0, 3), dtype=numpy.float32),
}
metadata = {"format": "test", "__proto__": "is a key like any other", "naïve": "δ ≤ 0.01"}

save_file(tensors, Path(__file__).with_name("python.safetensors"), metadata)
