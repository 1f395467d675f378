"""Records how Gymnasium flattens spaces and their members: python3 make.py > flattened.json

Made with gymnasium 1.4.0 and numpy 2.4.6 (pip install gymnasium==1.4.0).
"""

import json

import gymnasium
import numpy as np
from gymnasium import spaces

MEMBERS = 4

SPACES = {
    "a choice": spaces.Discrete(5),
    "a choice from -2 on": spaces.Discrete(4, start=-2),
    "choices": spaces.MultiDiscrete([3, 2, 4]),
    "choices from starts on": spaces.MultiDiscrete([3, 2], start=[1, -1]),
    "bits": spaces.MultiBinary(5),
    "an image": spaces.Box(0, 255, (2, 3), dtype=np.uint8),
    "a tuple": spaces.Tuple([spaces.Discrete(3), spaces.Box(-1, 1, (2,)), spaces.MultiBinary(2)]),
    "names sorted": spaces.Dict(
        {
            "b": spaces.Discrete(3, start=-1),
            "a": spaces.Box(-np.inf, np.inf, (2,)),
            "B": spaces.Discrete(2),
            "10": spaces.MultiBinary(2),
            "9": spaces.Discrete(2),
            "\u00e9": spaces.Discrete(2),
            # U+1F600 is two UTF-16 units, which are smaller than the one of U+FF5E
            "\U0001f600": spaces.Discrete(3),
            "\uff5e": spaces.Discrete(4),
            "": spaces.Discrete(2),
        }
    ),
    "names in the order of pairs": spaces.Dict(
        [("b", spaces.Discrete(3)), ("a", spaces.Box(0, 4, (1,))), ("10", spaces.Discrete(2)), ("9", spaces.Discrete(2))]
    ),
    "spaces within spaces": spaces.Dict(
        {
            "robot": spaces.Dict(
                {
                    "position": spaces.Box(np.array([-1, -2], np.float32), np.array([1, np.inf], np.float32)),
                    "hand": spaces.MultiDiscrete([2, 3]),
                    "joints": spaces.Tuple([spaces.Dict({"on": spaces.MultiBinary(1)}), spaces.Discrete(2)]),
                }
            ),
            "image": spaces.Box(0, 255, (2, 2, 1), dtype=np.uint8),
            "cards": spaces.Tuple([spaces.Tuple([spaces.Discrete(2)]), spaces.Box(-3, 3, (2, 2))]),
        }
    ),
}


def bound(number):
    number = float(number)
    if np.isinf(number):
        return "inf" if number > 0 else "-inf"
    return number


def described(space):
    """As src/environments/spaceJson.ts describes spaces."""
    if isinstance(space, spaces.Box):
        box = {"kind": "Box", "low": [bound(x) for x in space.low.flat], "high": [bound(x) for x in space.high.flat]}
        if len(space.shape) > 1:
            box["shape"] = list(space.shape)
        if space.dtype == np.uint8:
            box["dtype"] = "uint8"
        return box
    if isinstance(space, spaces.Discrete):
        return {"kind": "Discrete", "n": int(space.n), "start": int(space.start)}
    if isinstance(space, spaces.MultiDiscrete):
        return {"kind": "MultiDiscrete", "counts": space.nvec.tolist(), "start": space.start.tolist()}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "MultiBinary", "n": int(space.n)}
    if isinstance(space, spaces.Tuple):
        return {"kind": "Tuple", "spaces": [described(one) for one in space.spaces]}
    return {
        "kind": "Dict",
        "names": list(space.spaces),
        "spaces": [described(one) for one in space.spaces.values()],
    }


def member(value):
    if isinstance(value, dict):
        return {name: member(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [member(one) for one in value]
    return value.flatten().tolist() if isinstance(value, np.ndarray) else int(value)


def record(name, space):
    space.seed(7)
    flat = spaces.flatten_space(space)
    members = [space.sample() for _ in range(MEMBERS)]
    return {
        "name": name,
        "space": described(space),
        "low": [bound(x) for x in flat.low],
        "high": [bound(x) for x in flat.high],
        "members": [
            {"observation": member(one), "flat": spaces.flatten(space, one).astype(float).tolist()} for one in members
        ],
    }


recordings = [record(name, space) for name, space in SPACES.items()]
print(json.dumps({"gymnasium": gymnasium.__version__, "spaces": recordings}))
