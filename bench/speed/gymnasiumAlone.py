"""
Steps environments in Python alone, for bench/speed/gymnasium.ts: python gymnasiumAlone.py BRIDGE '{"kind": ..., "id": ...}' COUNT.
For each line of standard input, a number of ticks, it prints seconds and the sum of rewards. A tick steps every environment once.
"""

import importlib.util
import json
import sys
import time

import numpy as np

loader = importlib.util.spec_from_file_location("bridge", sys.argv[1])
bridge = importlib.util.module_from_spec(loader)
loader.loader.exec_module(bridge)

count = int(sys.argv[3])
environments = [bridge.made(json.loads(sys.argv[2])) for _ in range(count)]
space = environments[0].action_space
make_actions = bridge.action_maker(space)
size = 1 if hasattr(space, "n") else space.shape[0]


def numbers_of(tick, index):
    """As in gymnasium.ts."""
    step = 7 * tick + 3 * index
    if hasattr(space, "n"):
        return np.asarray([float(step % int(space.n))])
    return np.asarray([((step + 5 * i) % 11) / 5 - 1 for i in range(size)])


for index, environment in enumerate(environments):
    environment.reset(seed=index)
tick = 0
for line in sys.stdin:
    ticks = int(line)
    actions = [make_actions(np.stack([numbers_of(tick + i, index) for index in range(count)])) for i in range(ticks)]
    rewards = 0.0
    started = time.perf_counter()
    for row in actions:
        for environment, action in zip(environments, row):
            _, reward, terminated, truncated, _ = environment.step(action)
            rewards += float(reward)
            if terminated or truncated:
                environment.reset()
    seconds = time.perf_counter() - started
    tick += ticks
    print(json.dumps({"seconds": seconds, "rewards": rewards}), flush=True)
