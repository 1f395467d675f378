"""Environments of the tests: what is odd in them is what the bridge must pass on, or refuse."""

import os
import signal
import sys
import time

import gymnasium
import numpy as np
from gymnasium import spaces


class Rooms(gymnasium.Env):
    """Observations of every kind of space, some of them nested."""

    observation_space = spaces.Dict(
        {
            "where": spaces.Box(-1, 1, (2, 2), np.float32),
            "room": spaces.Discrete(3, start=1),
            "doors": spaces.MultiBinary(2),
            "bag": spaces.Tuple((spaces.MultiDiscrete([2, 3]), spaces.Box(0, 9, (), np.float64))),
        }
    )
    action_space = spaces.MultiDiscrete([2, 3])

    def show(self):
        return {
            "where": self.np_random.uniform(-1, 1, (2, 2)).astype(np.float32),
            "room": 1 + int(self.np_random.integers(3)),
            "doors": self.np_random.integers(0, 2, 2, dtype=np.int8),
            "bag": (self.np_random.integers(0, [2, 3]), np.float64(self.np_random.uniform(0, 9))),
        }

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.show(), {}

    def step(self, action):
        self.steps += 1
        return self.show(), float(action[0] - action[1]), self.steps == 12, False, {}


class Doors(gymnasium.Env):
    """Some doors are locked: to take one raises."""

    observation_space = spaces.Box(0, 1, (4,), np.float32)
    action_space = spaces.Discrete(4, start=2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.show()

    def show(self):
        self.mask = self.np_random.integers(0, 2, 4, dtype=np.int8)
        self.mask[self.np_random.integers(4)] = 1
        return self.mask.astype(np.float32), {"action_mask": self.mask}

    def step(self, action):
        if self.mask[action - 2] != 1:
            raise ValueError(f"door {action} is locked: {self.mask}")
        self.steps += 1
        observation, info = self.show()
        # the rightmost open door is best
        return observation, float(action), self.steps == 10, False, {**info, "score": self.steps, "name": "doors"}


class Fault(gymnasium.Env):
    """Does what `mode` says at step 20 of an episode of 30."""

    observation_space = spaces.Box(-1, 1, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def __init__(self, mode="none"):
        self.mode = mode
        if mode == "init":
            raise RuntimeError("cannot be made")
        if mode == "text":
            self.observation_space = spaces.Text(5)
        if mode == "whole actions":
            self.action_space = spaces.Box(0, 9, (2,), np.int32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        if self.mode == "print":
            print("reset is printed")
            os.system("echo by another program")
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        if self.steps == 20:
            if self.mode == "raise":
                raise RuntimeError("the motor is broken")
            if self.mode == "exit":
                sys.exit(3)
            if self.mode == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if self.mode == "hang":
                time.sleep(1000)
            if self.mode == "nan":
                return np.full(1, np.nan, np.float32), 0.0, False, False, {}
            if self.mode == "shape":
                return np.zeros(2, np.float32), 0.0, False, False, {}
        return np.zeros(1, np.float32), 1.0, self.steps == 30, False, {}


class Camera(gymnasium.Env):
    """Pictures in colours, each of its step's grey, and of another hue in every channel."""

    observation_space = spaces.Box(0, 255, (6, 5, 3), np.uint8)
    action_space = spaces.Discrete(2)

    def show(self):
        return np.full((6, 5, 3), 1 + self.steps, np.uint8) + np.array([0, 100, 200], np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.show(), {}

    def step(self, action):
        self.steps += 1
        return self.show(), 1.0, self.steps == 9, False, {}


def register():
    gymnasium.register("Camera-v0", entry_point=Camera)
    gymnasium.register("Rooms-v0", entry_point=Rooms)
    gymnasium.register("Doors-v0", entry_point=Doors)
    gymnasium.register("Fault-v0", entry_point=Fault)
