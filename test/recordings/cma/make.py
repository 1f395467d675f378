"""Evaluations that pycma (N. Hansen's own implementation of CMA-ES) needs on test functions, written to evaluations.json.

pip install cma==4.5.0 numpy; python make.py
"""

import json

import cma
import numpy

SEEDS = 41
TARGET = 1e-8


def sphere(x):
    return float(numpy.sum(numpy.square(x)))


def rosenbrock(x):
    x = numpy.asarray(x)
    return float(numpy.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def ellipsoid(x):
    return float(numpy.sum(1e6 ** (numpy.arange(len(x)) / (len(x) - 1)) * numpy.square(x)))


# name, function, dimension, start of every component, initial step size, diagonal
CASES = [
    ("sphere", sphere, 10, 1.0, 0.5, False),
    ("rosenbrock", rosenbrock, 5, 0.0, 0.5, False),
    ("rosenbrock", rosenbrock, 10, 0.0, 0.5, False),
    ("rosenbrock", rosenbrock, 20, 0.0, 0.5, False),
    ("ellipsoid", ellipsoid, 10, 1.0, 0.5, False),
    ("ellipsoid", ellipsoid, 20, 1.0, 0.5, True),
]


def evaluations(function, dimension, start, step, diagonal, seed):
    options = {
        "seed": seed,
        "ftarget": TARGET,
        "verbose": -9,
        "maxfevals": 200_000,
        "CMA_diagonal": diagonal,
        "tolfun": 0,
        "tolfunhist": 0,
        "tolx": 0,
    }
    search = cma.CMAEvolutionStrategy(dimension * [start], step, options)
    search.optimize(function)
    return search.result.evaluations if search.result.fbest <= TARGET else None


results = []
for name, function, dimension, start, step, diagonal in CASES:
    counts = [evaluations(function, dimension, start, step, diagonal, seed) for seed in range(1, SEEDS + 1)]
    reached = sorted(count for count in counts if count is not None)
    results.append(
        {
            "function": name,
            "dimension": dimension,
            "start": start,
            "step": step,
            "covariance": "diagonal" if diagonal else "full",
            "seeds": SEEDS,
            "reached": len(reached),
            "evaluations": {q: float(numpy.quantile(reached, p)) for q, p in [("least", 0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("most", 1)]},
        }
    )
    print(results[-1])
with open("evaluations.json", "w") as file:
    json.dump({"cma": cma.__version__, "target": TARGET, "cases": results}, file, indent=1)
    file.write("\n")
