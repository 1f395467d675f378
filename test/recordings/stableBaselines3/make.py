"""Logs of real runs of TRPO from SB3-contrib on CartPole-v1, as `trpo doctor` reads them: progress.csv and a TensorBoard
file in a folder for each run. One learns as it should, the other takes steps that are far too large.

pip install sb3-contrib==2.9.2 gymnasium==1.4.0 tensorboard==2.21.0; python make.py
"""

import pathlib
import shutil

import torch
from sb3_contrib import TRPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.logger import configure

HERE = pathlib.Path(__file__).parent
RUNS = {"healthy": 0.01, "tooLargeSteps": 2.0}
UPDATES = 16

torch.set_num_threads(1)
for name, target_kl in RUNS.items():
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    model = TRPO("MlpPolicy", make_vec_env("CartPole-v1", n_envs=2), n_steps=512, target_kl=target_kl, seed=0)
    model.set_logger(configure(str(folder), ["csv", "tensorboard"]))
    model.learn(UPDATES * 1024)
    for file in folder.glob("events.out.tfevents.*"):
        # the name ends with the time and the machine
        file.rename(folder / "events.out.tfevents.0")
