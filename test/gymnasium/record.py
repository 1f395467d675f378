"""
Plays an environment as it is, without the bridge, and prints what happened as JSON: python record.py '{"id": ..., "seeds": [...],
"actions": [[...], ...]}'. An episode for each seed; actions are taken one after the other, again from the first in each episode.
Observations are float64 as flattened by Gymnasium itself, as hexadecimal bytes.
"""

import json
import sys

import environments
import gymnasium
import numpy as np
from gymnasium import spaces

environments.register()
request = json.loads(sys.argv[1])
episodes = []


def told(observation):
    flat = spaces.flatten(environment.observation_space, observation)
    return np.asarray(flat, dtype="<f8").tobytes().hex()


for seed in request["seeds"]:
    # a new one each time: BipedalWalker keeps something from episode to episode
    environment = gymnasium.make(request["id"], disable_env_checker=True)
    space = environment.action_space
    observation, _ = environment.reset(seed=seed)
    steps = [{"observation": told(observation)}]
    for numbers in request["actions"]:
        action = numbers[0] if isinstance(space, spaces.Discrete) else np.asarray(numbers, dtype=space.dtype)
        observation, reward, terminated, truncated, _ = environment.step(action)
        steps.append(
            {
                "observation": told(observation),
                "reward": np.float64(reward).tobytes().hex(),
                "terminated": bool(terminated),
                "truncated": bool(truncated),
            }
        )
        if terminated or truncated:
            break
    episodes.append(steps)
print(json.dumps(episodes))
