"""Makes, resets and steps Gymnasium environments for wasm-trpo.

It needs Python 3.10, gymnasium and numpy. wasm-trpo starts it, and talks to it over its standard input and output:

    python bridge.py

For a Python on another host it listens on a port (`trpo gym-server` starts it too). An address that other hosts reach needs a token,
which is read from the environment variable TRPO_GYM_TOKEN:

    TRPO_GYM_TOKEN=... python bridge.py --listen 0.0.0.0:7777

A frame is a header of two uint32 (what it is, bytes that follow) and its bytes, all little-endian. Each request gets one answer. The
method that serves a request says what both hold. Rows of observations are float64, or uint8 where the space is.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import hmac
import importlib
import json
import math
import os
import platform
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

PROTOCOL = 1
LEAST_PYTHON = (3, 10)

# what a request is
OPEN, RESET, STEP, RENDER, SAVE, RESTORE, LIST = range(7)
# what an answer is
DONE, FAILED = range(2)

HEADER = struct.Struct("<II")
ROWS = struct.Struct("<II")
MOST_TOKEN_BYTES = 1 << 20
NEAREST_NAMES = 3
# an info that tells nothing
NOTHING: dict[str, Any] = {}


class Refusal(Exception):
    """What the user can mend: the answer has no traceback."""


class EnvironmentFailure(Exception):
    """An exception that one environment raised."""

    def __init__(self, index: int, method: str) -> None:
        super().__init__(f"{method}() of environment {index} raised")
        self.index = index
        self.method = method


try:
    import gymnasium
    import numpy as np
    from gymnasium import spaces
except ImportError as missing:
    MISSING: ImportError | None = missing
else:
    MISSING = None


# ---------------------------------------------------------------- spaces


def bounds_to_json(bounds: Any) -> Any:
    """One number where all are the same; infinities as "inf" and "-inf"."""

    def number(bound: float) -> float | str:
        return bound if math.isfinite(bound) else ("inf" if bound > 0 else "-inf")

    flat = np.asarray(bounds, dtype=np.float64).reshape(-1)
    if flat.size > 0 and (flat == flat[0]).all():
        return number(float(flat[0]))
    return [number(float(bound)) for bound in flat]


def space_to_json(space: Any, where: str) -> dict[str, Any]:
    """The space as wasm-trpo describes spaces. Raises Refusal for a kind that wasm-trpo does not have."""
    if isinstance(space, spaces.Box):
        is_bytes = space.dtype == np.uint8
        # a scalar is a vector of one
        shape = list(space.shape) or [1]
        return {
            "kind": "Box",
            "low": bounds_to_json(space.low),
            "high": bounds_to_json(space.high),
            "shape": shape,
            "dtype": "uint8" if is_bytes else "float32",
        }
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"kind": "MultiDiscrete", "counts": space.nvec.reshape(-1).tolist(), "start": starts_of(space).tolist()}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "n": math.prod(space.shape)}
    if isinstance(space, spaces.Dict):
        parts = [space_to_json(part, f"{where}[{name!r}]") for name, part in space.spaces.items()]
        return {"kind": "Dict", "names": [str(name) for name in space.spaces], "spaces": parts}
    if isinstance(space, spaces.Tuple):
        parts = [space_to_json(part, f"{where}[{i}]") for i, part in enumerate(space.spaces)]
        return {"kind": "Tuple", "spaces": parts}
    raise Refusal(
        f"{where} is {space}, a space that wasm-trpo does not have; wrap the environment so that it shows Box, Discrete, "
        "MultiDiscrete, MultiBinary, Dict or Tuple"
    )


def action_space_to_json(space: Any, masked: bool) -> dict[str, Any]:
    """The action space. Raises Refusal for one whose actions no policy here can draw."""
    described = space_to_json(space, "the action space")
    if described["kind"] in ("Dict", "Tuple"):
        raise Refusal(
            f"the action space is {space}; a policy draws Box, Discrete, MultiDiscrete or MultiBinary actions: wrap the "
            "environment so that it takes one of these"
        )
    if described["kind"] == "Box" and not np.issubdtype(space.dtype, np.floating):
        raise Refusal(
            f"the action space is {space}, whose numbers are whole; a policy draws real numbers for a Box: wrap the "
            "environment so that it takes MultiDiscrete actions, or a Box of floats"
        )
    return {**described, "masked": True} if masked else described


def starts_of(space: Any) -> Any:
    """The first choice of each part of a MultiDiscrete; early versions of Gymnasium have none but 0."""
    return np.asarray(getattr(space, "start", np.zeros_like(space.nvec))).reshape(-1)


def size_of(space: Any) -> int:
    """How many numbers a flat observation of the space has."""
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    if isinstance(space, spaces.MultiDiscrete):
        return int(space.nvec.sum())
    if isinstance(space, spaces.Dict):
        return sum(size_of(part) for part in space.spaces.values())
    if isinstance(space, spaces.Tuple):
        return sum(size_of(part) for part in space.spaces)
    return math.prod(space.shape)


def flatten(space: Any, observation: Any, target: Any) -> None:
    """target = the observation's numbers: choices as one 1 among zeros, parts in the order of the space."""
    if isinstance(space, (spaces.Box, spaces.MultiBinary)):
        given = np.asarray(observation)
        if given.shape != space.shape:
            raise ValueError(f"an observation has the shape {given.shape}, its space has {space.shape}")
        target[:] = given.reshape(-1)
    elif isinstance(space, spaces.Discrete):
        target[:] = 0
        target[choice_of(observation, int(space.start), int(space.n))] = 1
    elif isinstance(space, spaces.MultiDiscrete):
        target[:] = 0
        given = np.asarray(observation).reshape(-1)
        counts = space.nvec.reshape(-1)
        if given.shape != counts.shape:
            raise ValueError(f"an observation has {given.size} choices, its space has {counts.size}")
        first = 0
        for chosen, start, count in zip(given, starts_of(space), counts):
            target[first + choice_of(chosen, int(start), int(count))] = 1
            first += int(count)
    else:
        is_dict = isinstance(space, spaces.Dict)
        names = list(space.spaces) if is_dict else range(len(space.spaces))
        first = 0
        for name in names:
            end = first + size_of(space.spaces[name])
            flatten(space.spaces[name], observation[name], target[first:end])
            first = end


def choice_of(observation: Any, start: int, count: int) -> int:
    choice = int(observation) - start
    if not 0 <= choice < count:
        raise ValueError(f"an observation is {observation}, its space has {start} to {start + count - 1}")
    return choice


def action_maker(space: Any) -> Callable[[Any], Any]:
    """Makes members of the action space from the float64 numbers [rows x size] that a policy gives."""
    if isinstance(space, spaces.Discrete):
        return lambda rows: rows[:, 0].astype(np.int64)
    return lambda rows: rows.astype(space.dtype).reshape(-1, *space.shape)


# ---------------------------------------------------------------- infos


def mask_in(info: Any) -> list[int] | None:
    """The mask of an action space, the parts of a MultiDiscrete one after the other; None where info has none."""
    mask = info.get("action_mask") if isinstance(info, dict) else None
    if mask is None:
        return None
    parts = mask if isinstance(mask, (tuple, list)) and len(mask) > 0 and np.ndim(mask[0]) > 0 else [mask]
    return [int(allowed) for part in parts for allowed in np.asarray(part).reshape(-1)]


def told_of(info: Any, has_mask: bool, has_numbers: bool) -> dict[str, Any]:
    """What of an info is sent: its mask, and at the end of an episode its finite numbers by name."""
    told: dict[str, Any] = {}
    if has_mask and (mask := mask_in(info)) is not None:
        told["action_mask"] = mask
    if has_numbers and isinstance(info, dict):
        for name, value in info.items():
            if isinstance(value, (bool, int, float, np.number, np.bool_)) and math.isfinite(value):
                told[str(name)] = float(value)
    return told


# ---------------------------------------------------------------- environments


def made(spec: dict[str, Any]) -> Any:
    """A new environment, wrapped as asked. Raises Refusal for an id, a wrapper or a package that is not there."""
    arguments = dict(spec.get("args") or {})
    if spec.get("render"):
        arguments.setdefault("render_mode", "rgb_array")
    if spec["kind"] == "atari":
        return atari(spec["id"], arguments)
    try:
        environment = gymnasium.make(spec["id"], disable_env_checker=True, **arguments)
    except (gymnasium.error.NameNotFound, gymnasium.error.NamespaceNotFound, gymnasium.error.VersionNotFound) as error:
        near = difflib.get_close_matches(spec["id"], list(gymnasium.registry), NEAREST_NAMES)
        hint = f"did you mean {' or '.join(near)}?" if near else str(error)
        raise Refusal(f"Gymnasium has no environment {spec['id']!r}; {hint}") from error
    except gymnasium.error.DependencyNotInstalled as error:
        raise Refusal(f"{spec['id']} needs a package that is not installed: {error}") from error
    for wrapper in spec.get("wrappers") or []:
        given = {name: as_tuple(value) for name, value in (wrapper.get("args") or {}).items()}
        environment = wrapper_class(wrapper["name"])(environment, **given)
    return FramesLast(environment) if FramesLast.fits(environment) else environment


def as_tuple(value: Any) -> Any:
    """Lists of JSON as the tuples that wrappers want, such as the shape of ResizeObservation."""
    return tuple(map(as_tuple, value)) if isinstance(value, list) else value


class FramesLast:
    """Stacks of pictures [stack, height, width(, channels)] as one picture, its channels those of all frames, the oldest first."""

    def __init__(self, environment: Any) -> None:
        self.environment = environment
        self.stack_size, height, width, *channels = environment.observation_space.shape
        shape = (height, width, self.stack_size * math.prod(channels))
        self.observation_space = spaces.Box(0, 255, shape, np.uint8)

    @staticmethod
    def fits(environment: Any) -> bool:
        space = environment.observation_space
        is_stack = isinstance(environment, gymnasium.wrappers.FrameStackObservation)
        return is_stack and isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) in (3, 4)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.environment, name)

    def reset(self, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        observation, info = self.environment.reset(seed=seed)
        return self.picture(observation), info

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        observation, *outcome = self.environment.step(action)
        return (self.picture(observation), *outcome)

    def picture(self, observation: Any) -> Any:
        return np.ascontiguousarray(np.moveaxis(observation, 0, 2)).reshape(self.observation_space.shape)


def wrapper_class(name: str) -> Any:
    """The class of a wrapper: a name of gymnasium.wrappers, or module:Class."""
    module, _, attribute = name.rpartition(":")
    place = importlib.import_module(module or "gymnasium.wrappers")
    found = getattr(place, attribute, None)
    if found is None:
        near = difflib.get_close_matches(attribute, dir(place), NEAREST_NAMES)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise Refusal(f"{place.__name__} has no wrapper {attribute!r}{hint}")
    return found


def run_imports(texts: list[str] | None) -> None:
    """Imports each `module`, or imports it and calls `module:function`, which registers environments."""
    for text in texts or []:
        module, _, function = text.partition(":")
        imported = importlib.import_module(module)
        if function:
            getattr(imported, function)()


class AtariGame:
    """One game of ale-py's AtariVectorEnv, with channels last and without its autoreset."""

    spec = None

    def __init__(self, vector: Any) -> None:
        self.metadata = {"render_fps": 15}
        self.vector = vector
        self.stack_size, height, width = vector.single_observation_space.shape
        self.observation_space = spaces.Box(0, 255, (height, width, self.stack_size), np.uint8)
        self.action_space = vector.single_action_space
        self.started: tuple[Any, dict[str, Any]] | None = None

    def reset(self, seed: int | None = None) -> tuple[Any, dict[str, Any]]:
        # the next episode began by itself when the last one ended
        if seed is None and self.started is not None:
            started, self.started = self.started, None
            return started
        self.started = None
        observations, infos = self.vector.reset(seed=seed)
        return self.picture(observations[0]), self.row(infos)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        observations, rewards, ends, cuts, infos = self.vector.step(np.asarray([action]))
        terminated, truncated = bool(ends[0]), bool(cuts[0])
        last = observations[0]
        if terminated or truncated:
            self.started = self.picture(observations[0]), self.row(infos)
            last = infos["final_obs"][0]
        return self.picture(last), float(rewards[0]), terminated, truncated, self.row(infos)

    def close(self) -> None:
        self.vector.close()

    @staticmethod
    def picture(stack: Any) -> Any:
        return np.ascontiguousarray(np.moveaxis(stack, 0, -1))

    @staticmethod
    def row(infos: dict[str, Any]) -> dict[str, Any]:
        return {name: values[0] for name, values in infos.items() if name in ("lives", "frame_number", "episode_frame_number")}


def atari(name: str, arguments: dict[str, Any]) -> AtariGame:
    try:
        from ale_py.vector_env import AtariVectorEnv
    except ImportError as error:
        raise Refusal(f"atari:{name} needs ale-py: pip install ale-py ({error})") from error
    arguments.pop("render_mode", None)
    game = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    settings: dict[str, Any] = {"reward_clipping": False, "autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP}
    return AtariGame(AtariVectorEnv(game=game, num_envs=1, **{**settings, **arguments}))


def padded(size: int) -> int:
    """Bytes up to whole float64."""
    return -(-size // 8) * 8


class Session:
    """The environments of one client."""

    def __init__(self, spec: dict[str, Any]) -> None:
        run_imports(spec.get("imports"))
        self.environments = [made(spec) for _ in range(spec["count"])]
        first = self.environments[0]
        self.space = first.observation_space
        for index, other in enumerate(self.environments):
            if other.observation_space != self.space or other.action_space != first.action_space:
                raise Refusal(f"environment {index} has other spaces than environment 0: one policy acts in all of them")
        self.is_flat = isinstance(self.space, spaces.Box)
        self.dtype = np.dtype("u1") if self.is_flat and self.space.dtype == np.uint8 else np.dtype("<f8")
        self.observation = space_to_json(self.space, "the observation space")
        if isinstance(first, (AtariGame, FramesLast)):
            self.observation["stackSize"] = first.stack_size
        self.size = size_of(self.space)
        self.make_actions = action_maker(first.action_space)
        # only the first info tells whether there are masks
        chooses = isinstance(first.action_space, (spaces.Discrete, spaces.MultiDiscrete))
        self.masked = chooses and mask_in(self.call(0, "reset", seed=0)[1]) is not None
        self.action = action_space_to_json(first.action_space, self.masked)
        self.action_size = 1 if isinstance(first.action_space, spaces.Discrete) else math.prod(first.action_space.shape)
        count = len(self.environments)
        row_bytes = self.size * self.dtype.itemsize
        self.bytes = np.zeros(padded(count * row_bytes), "u1")
        self.observations = self.bytes[: count * row_bytes].view(self.dtype).reshape(count, self.size)
        self.rewards = np.zeros(count, "<f8")
        self.terminated = np.zeros(count, "u1")
        self.truncated = np.zeros(count, "u1")

    @property
    def description(self) -> dict[str, Any]:
        first = self.environments[0]
        fps = first.metadata.get("render_fps")
        return {
            "observation": self.observation,
            "action": self.action,
            "maxEpisodeSteps": getattr(first.spec, "max_episode_steps", None),
            "stepsPerSecond": int(fps) if isinstance(fps, (int, float)) and fps >= 1 else None,
            "savesStates": all(has_known_state(environment) for environment in self.environments),
        }

    def call(self, index: int, method: str, *args: Any, **kwargs: Any) -> Any:
        """What a method of an environment answers. Raises EnvironmentFailure with what it raised."""
        try:
            return getattr(self.environments[index], method)(*args, **kwargs)
        except Exception as error:
            raise EnvironmentFailure(index, method) from error

    def put(self, row: int, index: int, observation: Any, method: str) -> None:
        # what nearly every environment shows needs no look at its parts
        if self.is_flat and getattr(observation, "shape", None) == self.space.shape:
            self.observations[row] = observation.reshape(-1)
            return
        try:
            flatten(self.space, observation, self.observations[row])
        except Exception as error:
            raise EnvironmentFailure(index, method) from error

    def reset(self, payload: memoryview) -> list[Any]:
        """(n, 1 with seeds, which [n] int32, seeds [n] int32) -> (bytes of infos, 0, observations [n x size], infos as JSON)"""
        count, has_seeds = ROWS.unpack_from(payload)
        numbers = np.frombuffer(payload, "<i4", count * (1 + has_seeds), ROWS.size)
        infos = []
        for row in range(count):
            index = int(numbers[row])
            seed = int(numbers[count + row]) if has_seeds else None
            observation, info = self.call(index, "reset", seed=seed)
            self.put(row, index, observation, "reset")
            infos.append(told_of(info, self.masked, has_numbers=False))
        return self.answer(infos, [self.padded_observations(count)])

    def step(self, payload: memoryview) -> list[Any]:
        """
        (n, 0, which [n] int32, zeros to 8 bytes, actions [n x actionSize] float64) -> (bytes of infos, 0, rewards [n] float64,
        observations [n x size], zeros to 8 bytes, terminated [n], truncated [n], infos as JSON)
        """
        count, _ = ROWS.unpack_from(payload)
        which = np.frombuffer(payload, "<i4", count, ROWS.size)
        actions = np.frombuffer(payload, "<f8", count * self.action_size, ROWS.size + padded(4 * count))
        infos = []
        members = self.make_actions(actions.reshape(count, self.action_size))
        for row, index in enumerate(which.tolist()):
            observation, reward, terminated, truncated, info = self.call(index, "step", members[row])
            self.put(row, index, observation, "step")
            self.rewards[row] = reward
            self.terminated[row] = bool(terminated)
            self.truncated[row] = bool(truncated)
            is_over = bool(terminated or truncated)
            if is_over or self.masked:
                infos.append(told_of(info, self.masked, has_numbers=is_over))
            else:
                infos.append(NOTHING)
        flags = [self.terminated[:count], self.truncated[:count]]
        return self.answer(infos, [self.rewards[:count], self.padded_observations(count), *flags])

    def padded_observations(self, count: int) -> Any:
        return self.bytes[: padded(count * self.size * self.dtype.itemsize)]

    @staticmethod
    def answer(infos: list[dict[str, Any]], parts: list[Any]) -> list[Any]:
        told = json.dumps(infos).encode() if any(infos) else b""
        return [ROWS.pack(len(told), 0), *parts, told]

    def render(self, payload: memoryview) -> list[Any]:
        """(index, 0) -> (height, width, pixels [height x width x 3] uint8)"""
        index, _ = ROWS.unpack_from(payload)
        drawn = self.call(index, "render")
        if drawn is None:
            raise Refusal("the environment draws no pictures; evaluate the policy without them")
        frame = np.asarray(drawn)
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise Refusal(f"render() of the environment gave {frame.dtype} of shape {frame.shape}, not a picture in colours")
        return [ROWS.pack(frame.shape[0], frame.shape[1]), frame.tobytes()]

    def save(self, payload: memoryview) -> list[Any]:
        """(n, 0, which [n] int32) -> (lengths [n] uint32, zeros to 8 bytes, states float64)"""
        count, _ = ROWS.unpack_from(payload)
        which = np.frombuffer(payload, "<i4", count, ROWS.size)
        states = [state_of(self.environments[int(index)]) for index in which]
        lengths = np.asarray([len(state) for state in states] + [0] * (count % 2), "<u4")
        return [lengths, *[np.asarray(state, "<f8") for state in states]]

    def restore(self, payload: memoryview) -> list[Any]:
        """(n, 0, which [n] int32, lengths [n] uint32, states float64) -> nothing"""
        count, _ = ROWS.unpack_from(payload)
        which, lengths = np.frombuffer(payload, "<i4", 2 * count, ROWS.size).reshape(2, count)
        first = ROWS.size + 8 * count
        for index, length in zip(which, lengths):
            state = np.frombuffer(payload, "<f8", int(length), first)
            set_state(self.environments[int(index)], state)
            first += 8 * int(length)
        return []

    def close(self) -> None:
        for environment in self.environments:
            environment.close()


# ---------------------------------------------------------------- exact states

# Exact states are float64. Gymnasium's MuJoCo tasks have them, and environments with the methods save_state(), which gives numbers, and
# restore_state(numbers).

# other wrappers may remember what cannot be saved
KNOWN_WRAPPERS = ("OrderEnforcing", "PassiveEnvChecker", "TimeLimit")
RANDOM_WORDS = 10
# positions of the last step, from which MuJoCo tasks compute rewards of the next one
POSITIONS = ("xpos", "xipos", "site_xpos")


def has_known_state(environment: Any) -> bool:
    inner = getattr(environment, "unwrapped", None)
    knows_how = is_mujoco(inner) or has_own_state(inner)
    return knows_how and all(name_of(wrapper) in KNOWN_WRAPPERS for wrapper in wrappers_of(environment))


def is_mujoco(inner: Any) -> bool:
    return type(inner).__module__.startswith("gymnasium.envs.mujoco.") and hasattr(inner, "data")


def has_own_state(inner: Any) -> bool:
    return all(callable(getattr(inner, name, None)) for name in ("save_state", "restore_state"))


def name_of(wrapper: Any) -> str:
    return type(wrapper).__name__


def wrappers_of(environment: Any) -> list[Any]:
    found = []
    while isinstance(environment, gymnasium.Wrapper):
        found.append(environment)
        environment = environment.env
    return found


def state_of(environment: Any) -> list[float]:
    inner = environment.unwrapped
    limits = [wrapper for wrapper in wrappers_of(environment) if name_of(wrapper) == "TimeLimit"]
    elapsed = [float(limit._elapsed_steps or 0) for limit in limits]
    own = mujoco_state_of(inner) if is_mujoco(inner) else inner.save_state()
    return [*elapsed, *(float(number) for number in own)]


def set_state(environment: Any, state: Any) -> None:
    inner = environment.unwrapped
    first = 0
    for wrapper in wrappers_of(environment):
        if name_of(wrapper) == "TimeLimit":
            wrapper._elapsed_steps = int(state[first])
            first += 1
        elif name_of(wrapper) == "OrderEnforcing":
            wrapper._has_reset = True
    if is_mujoco(inner):
        set_mujoco_state(inner, state[first:])
    else:
        inner.restore_state(state[first:].copy())


def mujoco_state_of(inner: Any) -> list[float]:
    """Random stream, all that integration depends on, and positions."""
    import mujoco  # type: ignore[import-untyped, unused-ignore]

    signature = mujoco.mjtState.mjSTATE_INTEGRATION
    physics = np.zeros(mujoco.mj_stateSize(inner.model, signature))
    mujoco.mj_getState(inner.model, inner.data, physics, signature)
    positions = [getattr(inner.data, name).reshape(-1) for name in POSITIONS]
    return [*random_state_of(inner.np_random), *np.concatenate([physics, *positions])]


def set_mujoco_state(inner: Any, state: Any) -> None:
    import mujoco  # type: ignore[import-untyped, unused-ignore]

    set_random_state(inner.np_random, state[:RANDOM_WORDS])
    signature = mujoco.mjtState.mjSTATE_INTEGRATION
    first = RANDOM_WORDS + mujoco.mj_stateSize(inner.model, signature)
    mujoco.mj_setState(inner.model, inner.data, state[RANDOM_WORDS:first].copy(), signature)
    for name in POSITIONS:
        target = getattr(inner.data, name)
        target[:] = state[first : first + target.size].reshape(target.shape)
        first += target.size


def random_state_of(generator: Any) -> list[float]:
    """A PCG64 generator in words of 32 bits."""
    state = generator.bit_generator.state
    words = [state["state"][name] >> shift & 0xFFFFFFFF for name in ("state", "inc") for shift in (0, 32, 64, 96)]
    return [float(word) for word in (*words, state["has_uint32"], state["uinteger"])]


def set_random_state(generator: Any, words: Any) -> None:
    numbers = [int(word) for word in words]
    state, inc = (sum(word << 32 * i for i, word in enumerate(part)) for part in (numbers[:4], numbers[4:8]))
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": inc},
        "has_uint32": numbers[8],
        "uinteger": numbers[9],
    }


# ---------------------------------------------------------------- conversation


# after an answer the next request is watched for that long, on a core of its own, before the process sleeps
WATCH_S = 200e-6
PIPE_BYTES = 65536
WATCHES = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


class Conversation:
    """Answers one client until it goes."""

    def __init__(self, source: BinaryIO, sink: BinaryIO, token: str | None) -> None:
        self.source = source
        self.sink = sink
        self.token = token
        self.session: Session | None = None
        # bytes of the last answer
        self.answered = 0

    def run(self) -> None:
        try:
            while (header := self.next_header()) is not None:
                kind, length = HEADER.unpack(header)
                if self.session is None and length > MOST_TOKEN_BYTES:
                    return
                payload = self.read(length)
                if payload is None:
                    return
                try:
                    parts = self.serve(kind, payload)
                except BaseException as error:
                    self.send(FAILED, [json.dumps(told_failure(error)).encode()])
                    if not isinstance(error, Exception):
                        return
                else:
                    self.send(DONE, parts)
        finally:
            if self.session is not None:
                self.session.close()

    def serve(self, kind: int, payload: memoryview) -> list[Any]:
        if kind in (OPEN, LIST):
            return [json.dumps(self.open(kind, json.loads(bytes(payload)))).encode()]
        if self.session is None:
            raise Refusal("nothing was opened yet")
        session = self.session
        methods = {RESET: session.reset, STEP: session.step, RENDER: session.render, SAVE: session.save, RESTORE: session.restore}
        return methods[kind](payload)

    def open(self, kind: int, request: dict[str, Any]) -> dict[str, Any]:
        """The spec of environments -> what they are; to LIST instead the ids that there are."""
        if self.token is not None and not hmac.compare_digest(self.token, str(request.get("token") or "")):
            raise Refusal("the token is not that of the server; give it in TRPO_GYM_TOKEN")
        if request["protocol"] != PROTOCOL:
            raise Refusal(
                f"this bridge speaks protocol {PROTOCOL}, the program asks for {request['protocol']}; give both the same "
                "version of wasm-trpo"
            )
        if sys.version_info < LEAST_PYTHON:
            raise Refusal(f"{sys.executable} is Python {platform.python_version()}, the bridge needs 3.10 or later; give another one")
        if MISSING is not None:
            raise Refusal(f"{sys.executable} cannot import what the bridge needs: {MISSING}; pip install gymnasium") from MISSING
        versions = {"python": platform.python_version(), "gymnasium": gymnasium.__version__}
        if kind == LIST:
            run_imports(request.get("imports"))
            return {**versions, "ids": sorted(gymnasium.registry)}
        self.session = Session(request)
        return {**versions, **self.session.description}

    def next_header(self) -> memoryview | None:
        # the next step mostly comes sooner than a core that went idle would wake; while a client reads much, watching slows it
        if WATCHES and self.answered <= PIPE_BYTES:
            end = time.perf_counter() + WATCH_S
            while not select.select([self.source], [], [], 0)[0] and time.perf_counter() < end:
                os.sched_yield()
        return self.read(HEADER.size)

    def read(self, size: int) -> memoryview | None:
        data = self.source.read(size)
        return memoryview(data) if data is not None and len(data) == size else None

    def send(self, kind: int, parts: list[Any]) -> None:
        views = [memoryview(part).cast("B") for part in parts if len(part) > 0]
        self.answered = sum(len(view) for view in views)
        self.sink.write(HEADER.pack(kind, self.answered))
        for view in views:
            self.sink.write(view)
        self.sink.flush()


def told_failure(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Refusal):
        return {"refusal": str(error)}
    index: int | None = None
    cause = error
    if isinstance(error, EnvironmentFailure):
        index, cause = error.index, error.__cause__ or error
    frames = cause.__traceback__
    # the user has no use for the bridge's own frames
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__ and frames.tb_next is not None:
        frames = frames.tb_next
    return {
        "class": type(cause).__name__,
        "message": str(cause),
        "traceback": "".join(traceback.format_exception(type(cause), cause, frames)),
        "environment": index,
    }


def end_with_parent() -> None:
    """Ends this process soon after its parent has died, also in the middle of a step."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def serve_standard_streams() -> None:
    # what environments print goes to standard error, because standard output belongs to the conversation
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = os.fdopen(os.dup(0), "rb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # Ctrl-C reaches the whole group; the parent decides when to end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    Conversation(source, sink, token=None).run()


def listen(address: str) -> None:
    host, _, port = address.rpartition(":")
    token = os.environ.get("TRPO_GYM_TOKEN") or None
    if token is None and host not in ("127.0.0.1", "localhost", "::1"):
        sys.exit(
            f"{host or 'every address'} can be reached by other hosts; set TRPO_GYM_TOKEN to a secret that the client has too, or "
            "listen on 127.0.0.1"
        )
    # a process for each connection, where the system can fork, so that environments do not wait for each other
    with socket.create_server((host, int(port))) as server:
        print(f"listening on {host}:{server.getsockname()[1]}", flush=True)
        if hasattr(signal, "SIGCHLD"):
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            connection, _peer = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(os, "fork"):
                if os.fork() == 0:
                    server.close()
                    converse(connection, token)
                    os._exit(0)
                connection.close()
            else:
                threading.Thread(target=converse, args=(connection, token), daemon=True).start()


def converse(connection: socket.socket, token: str | None) -> None:
    # the client may go at any time
    gone = contextlib.suppress(ConnectionError)
    with gone, connection, connection.makefile("rb") as source, connection.makefile("wb") as sink:
        Conversation(source, sink, token).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="makes, resets and steps Gymnasium environments for wasm-trpo")
    parser.add_argument("--listen", metavar="HOST:PORT", help="serve connections instead of standard input and output")
    arguments = parser.parse_args()
    if arguments.listen is None:
        serve_standard_streams()
    else:
        listen(arguments.listen)
