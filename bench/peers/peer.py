"""A participant (see participant.mjs) in Python: python peer.py sb3 | tianshou | torch."""

import importlib
import json
import os
import sys
import time

MODULES = {"sb3": "sb3_peer", "tianshou": "tianshou_peer", "torch": "torch_peer"}


def sample(run, sample_ms):
    """Mean over repetitions that take sample_ms together; `run` times itself and returns {ms, ...}."""
    total, runs = 0.0, 0
    while total < sample_ms or runs == 0:
        last = run()
        total += last["ms"]
        runs += 1
    return {**last, "ms": total / runs, "runs": runs}


def prepare(module, task):
    import torch

    from workload import Workload

    torch.set_num_threads(task["threads"])
    torch.manual_seed(task["settings"]["seed"])
    runners = {
        description["name"]: module.case_runners(Workload.from_json(description), task["settings"])
        for description in task["workloads"]
    }
    cases = {name: list(of_workload) for name, of_workload in runners.items()}
    if hasattr(module, "train"):
        cases["training"] = ["cartPole"]
    description = {
        "name": module.NAME,
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, **module.versions()},
        "threads": torch.get_num_threads(),
        "cases": cases,
    }
    return runners, description


def main():
    # libraries may print; the answers have a stream of their own
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    runners = {}
    module = None
    for line in sys.stdin:
        try:
            task = json.loads(line)
            if task["task"] == "prepare":
                module = importlib.import_module(MODULES[sys.argv[1]])
                runners, answer = prepare(module, task)
            elif task["task"] == "run":
                answer = sample(runners[task["workload"]][task["case"]], task["sampleMs"])
            elif task["task"] == "cpu":
                answer = {"ms": 1000 * time.process_time()}
            else:
                started = time.perf_counter()
                learned = module.train(task["environment"], task["timesteps"], task["seed"])
                seconds = time.perf_counter() - started
                answer = {"ms": 1000 * seconds, **module.evaluate(learned, task["evaluationEpisodes"])}
        except ImportError as error:
            answer = {"error": f"missing: {error}"}
        except Exception as error:  # the one who asked decides what to do without this answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


main()
