"""Writes models.json (what MuJoCo compiles Gymnasium's models to) and one safetensors file of recorded steps per task
next to this file, for test/environments/mujoco/.

python3 -m venv venv && venv/bin/pip install 'gymnasium[mujoco]==1.4.0' mujoco==3.14.0 safetensors
venv/bin/python test/recordings/mujoco/make.py
"""

import json
import re
from pathlib import Path

import gymnasium
import mujoco
import numpy
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent
STEPS = 200
OPTION_STEPS = 20
# Part of the actions' range. Random actions go beyond it, where MuJoCo clips them. HalfCheetah and Ant amplify a
# difference of 1e-14 to the size of their numbers within 200 such steps, in one and the same build of MuJoCo: their long
# episodes have gentler actions, and the episodes of their others are cut.
RANGES = {"random": 1.2, "gentle": 0.5, "feeble": 0.1}
CUT_AFTER = {"Ant-v5 ending": 50, "HalfCheetah-v5 ending": 25}

# What a recording is called: the options that differ from the defaults, and how actions are chosen.
# "whole" runs 200 steps in one episode, "ending" starts anew when an episode ends.
NO_END = {"terminateWhenUnhealthy": False}
LOCOMOTION = {
    "forwardRewardWeight": 1.5,
    "ctrlCostWeight": 0.05,
    "frameSkip": 3,
    "excludeCurrentPositionsFromObservation": False,
}
HEALTHY = {**LOCOMOTION, "healthyReward": 2.5}
RECORDINGS = {
    "InvertedPendulum-v5": {
        "whole": ({}, "balance"),
        "ending": ({}, "random"),
        "options": ({"frameSkip": 3}, "balance"),
    },
    "InvertedDoublePendulum-v5": {
        "whole": ({}, "balance"),
        "ending": ({}, "random"),
        "options": ({"healthyReward": 5.0, "frameSkip": 3}, "random"),
    },
    "Reacher-v5": {
        "ending": ({}, "random"),
        "options": ({"rewardDistWeight": 0.5, "rewardControlWeight": 0.25, "frameSkip": 3}, "random"),
    },
    "Swimmer-v5": {"whole": ({}, "random"), "options": (LOCOMOTION, "random")},
    "Hopper-v5": {
        "whole": (NO_END, "random"),
        "ending": ({}, "random"),
        "options": (
            {
                **HEALTHY,
                "healthyZRange": [1.2, 1.3],
                "healthyAngleRange": [-0.1, 0.1],
                "healthyStateRange": [-3.0, 3.0],
            },
            "random",
        ),
    },
    "HalfCheetah-v5": {"whole": ({}, "gentle"), "ending": ({}, "random"), "options": (LOCOMOTION, "random")},
    "Walker2d-v5": {
        "whole": (NO_END, "random"),
        "ending": ({}, "random"),
        "options": ({**HEALTHY, "healthyZRange": [1.2, 1.3], "healthyAngleRange": [-0.1, 0.1]}, "random"),
    },
    "Ant-v5": {
        "whole": (NO_END, "feeble"),
        "ending": ({}, "random"),
        "options": (
            {
                **HEALTHY,
                "contactCostWeight": 0.01,
                "contactForceRange": [-0.5, 2.0],
                "healthyZRange": [0.5, 0.8],
                "includeCfrcExtInObservation": False,
            },
            "random",
        ),
    },
    "Humanoid-v5": {
        "whole": (NO_END, "random"),
        "ending": ({}, "random"),
        "options": (
            {
                **HEALTHY,
                "contactCostWeight": 1e-4,
                "contactCostRange": [0.5, 2.0],
                "healthyZRange": [1.3, 1.45],
                "includeCinertInObservation": False,
                "includeCvelInObservation": False,
                "includeQfrcActuatorInObservation": False,
                "includeCfrcExtInObservation": False,
            },
            "random",
        ),
    },
}


ARRAYS = re.compile(r"(qpos0|qpos_spring|(body|jnt|dof|geom|site|tendon|wrap|actuator|key)_.*)$")
# for drawing, bookkeeping, or empty in these models
IGNORED = re.compile(r".*(_user|_rgba|_matid|_group|_plugin|_dataid|bvh.*|_rgb|site_size|site_type)$")


def snake(options):
    return {
        re.sub(r"[A-Z]", lambda letter: "_" + letter[0].lower(), name): tuple(value)
        if isinstance(value, list)
        else value
        for name, value in options.items()
    }


def make(task, options):
    environment = gymnasium.make(task, disable_env_checker=True, **snake(options))
    while not isinstance(environment, gymnasium.wrappers.TimeLimit):
        environment = environment.env
    return environment


def model_arrays(model):
    arrays = {}
    for name in dir(model):
        value = getattr(model, name)
        if ARRAYS.match(name) and not IGNORED.match(name) and isinstance(value, numpy.ndarray):
            # the WebAssembly bindings cannot read truth values; those that matter are compared apart
            if value.size > 0 and value.dtype != bool:
                arrays[name] = value.ravel().tolist()
    sizes = {name: getattr(model, name) for name in ["nq", "nv", "nu", "nbody", "njnt", "ngeom", "nsite", "ntendon", "nkey"]}
    options = {}
    for name in dir(model.opt):
        value = getattr(model.opt, name)
        if name.startswith("_") or callable(value):
            continue
        options[name] = value.ravel().tolist() if isinstance(value, numpy.ndarray) else value
    limited = {name: getattr(model, name).tolist() for name in ["jnt_limited", "actuator_ctrllimited"]}
    return {"sizes": sizes, "option": options, "limited": limited, "arrays": arrays}


def balancing_gains(environment):
    """Discrete LQR on the linearised task: cart force [1] from [qpos 3, qvel 3]."""
    model, data = environment.unwrapped.model, environment.unwrapped.data
    mujoco.mj_resetData(model, data)
    n, nu = 2 * model.nv, model.nu
    a, b = numpy.zeros((n, n)), numpy.zeros((n, nu))
    epsilon = 1e-6

    def advance(state, control):
        mujoco.mj_resetData(model, data)
        data.qpos[:], data.qvel[:] = state[: model.nq], state[model.nq :]
        data.ctrl[:] = control
        mujoco.mj_step(model, data, nstep=environment.unwrapped.frame_skip)
        return numpy.concatenate([data.qpos, data.qvel])

    for i in range(n):
        shift = numpy.eye(n)[i] * epsilon
        a[:, i] = (advance(shift, 0) - advance(-shift, 0)) / (2 * epsilon)
    b[:, 0] = (advance(numpy.zeros(n), epsilon) - advance(numpy.zeros(n), -epsilon)) / (2 * epsilon)
    p = q = numpy.eye(n)
    r = numpy.eye(nu)
    for _ in range(5000):
        k = numpy.linalg.solve(r + b.T @ p @ b, b.T @ p @ a)
        p = q + a.T @ p @ (a - b @ k)
    return k[0]


def record(task, options, style, steps, cut_after, seed):
    environment = make(task, options)
    inner = environment.unwrapped
    random = numpy.random.default_rng(seed)
    low, high = inner.action_space.low.astype(float), inner.action_space.high.astype(float)
    gains = balancing_gains(environment) if style == "balance" else None
    environment.reset(seed=seed)
    columns = {name: [] for name in ["episodes", "starts", "firstObservations", "actions", "observations", "rewards", "terminated", "truncated"]}
    ended, length = True, 0
    for _ in range(steps):
        if ended or length == cut_after:
            length = 0
            environment.reset()
            start = numpy.concatenate([inner.data.qpos, inner.data.qvel])
            # from the positions and velocities alone, as a reader of this file starts
            mujoco.mj_resetData(inner.model, inner.data)
            inner.set_state(start[: inner.model.nq], start[inner.model.nq :])
            columns["starts"].append(start)
            columns["firstObservations"].append(inner._get_obs())
        if style == "balance":
            state = numpy.concatenate([inner.data.qpos, inner.data.qvel])
            action = -gains @ state + random.normal(scale=0.02, size=1)
        else:
            action = random.uniform(RANGES[style] * low, RANGES[style] * high)
        action = numpy.clip(action, 2 * low, 2 * high)
        observation, reward, terminated, truncated, _ = environment.step(action)
        length += 1
        columns["episodes"].append(len(columns["starts"]) - 1)
        columns["actions"].append(action)
        columns["observations"].append(observation)
        columns["rewards"].append(float(reward))
        columns["terminated"].append(bool(terminated))
        columns["truncated"].append(bool(truncated))
        ended = terminated or truncated
    types = {"episodes": numpy.uint8, "observations": numpy.float32, "firstObservations": numpy.float32, "terminated": numpy.uint8, "truncated": numpy.uint8}
    environment.close()
    return {name: numpy.array(values, dtype=types.get(name, numpy.float64)) for name, values in columns.items()}


source = f"Gymnasium {gymnasium.__version__}, mujoco {mujoco.__version__}, numpy {numpy.__version__}"
models = {}
for number, (task, recordings) in enumerate(RECORDINGS.items()):
    models[task] = model_arrays(make(task, {}).unwrapped.model)
    tensors, options_of = {}, {}
    for name, (options, style) in recordings.items():
        steps = OPTION_STEPS if name == "options" else STEPS
        cut_after = CUT_AFTER.get(f"{task} {name}", steps)
        columns = record(task, options, style, steps, cut_after, seed=100 + number)
        tensors.update({f"{name}/{column}": values for column, values in columns.items()})
        options_of[name] = options
        ends = int(columns["terminated"].sum()), int(columns["truncated"].sum())
        print(f"{task} {name}: {steps} steps, terminated {ends[0]} times, truncated {ends[1]} times")
    # one entry: save_file writes several in an order that changes from run to run
    about = {"environment": task, "source": source, "options": options_of}
    save_file(tensors, FOLDER / f"{task}.safetensors", {"recordings": json.dumps(about)})
lines = [f"{json.dumps(task)}:{json.dumps(model)}" for task, model in models.items()]
(FOLDER / "models.json").write_text("{" + ",\n".join([f'"source":{json.dumps(source)}', *lines]) + "}\n")
