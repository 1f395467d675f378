"""SB3-contrib's TRPO: its own train() on a filled rollout buffer, and its own learn()."""

import time
import warnings
from functools import partial

import gymnasium
import numpy as np
import sb3_contrib
import stable_baselines3
import torch
from gymnasium import spaces
from sb3_contrib import TRPO
from sb3_contrib.trpo import trpo as trpo_module
from stable_baselines3.common.distributions import kl_divergence
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.logger import Logger

from workload import initialize, require_product

NAME = "SB3-contrib"
# conjugate gradient here starts from random x, whose residual is a product, and the step length is another
PRODUCTS_BESIDE_ITERATIONS = 2

warnings.filterwarnings("ignore", message="Mean of empty slice")
warnings.filterwarnings("ignore", message="invalid value encountered in scalar divide")
warnings.filterwarnings("ignore", message="You have specified a mini-batch size")

own_solver = trpo_module.conjugate_gradient_solver
solver_without_tolerance = partial(own_solver, residual_tol=0.0)


def versions():
    return {
        "sb3_contrib": sb3_contrib.__version__,
        "stable_baselines3": stable_baselines3.__version__,
        "gymnasium": gymnasium.__version__,
        "numpy": np.__version__,
    }


class Spaces(gymnasium.Env):
    """An environment for its spaces only."""

    def __init__(self, workload):
        self.observation_space = spaces.Box(-np.inf, np.inf, (workload.observation_size,), np.float32)
        if workload.action_kind == "categorical":
            self.action_space = spaces.Discrete(workload.action_size)
        else:
            self.action_space = spaces.Box(-1.0, 1.0, (workload.action_size,), np.float32)


class Problem:
    def __init__(self, workload, settings):
        self.workload = workload
        self.settings = settings
        hidden = list(workload.hidden_sizes)
        self.model = TRPO(
            "MlpPolicy",
            Spaces(workload),
            learning_rate=settings["valueLearningRate"],
            n_steps=workload.rows,
            batch_size=settings["valueMinibatch"],
            cg_max_steps=settings["cgIterations"],
            cg_damping=settings["damping"],
            line_search_shrinking_factor=settings["backtrackFactor"],
            line_search_max_iter=settings["lineSearchTrials"],
            n_critic_updates=0,
            normalize_advantage=False,
            target_kl=settings["maxKl"],
            policy_kwargs={"net_arch": {"pi": hidden, "vf": hidden}},
            device="cpu",
            seed=settings["seed"],
        )
        self.model.set_logger(Logger(None, []))
        policy = self.model.policy
        initialize([policy.action_net], settings["policyOutputGain"])
        if workload.action_kind == "gaussian":
            torch.nn.init.constant_(policy.log_std, settings["logStd"])
        self.fill_buffer()
        self.initial_policy = {name: tensor.clone() for name, tensor in policy.state_dict().items()}
        self.count_work()

    def fill_buffer(self):
        workload, model = self.workload, self.model
        observations = workload.draw_observations()
        with torch.no_grad():
            actions, _, log_probabilities = model.policy(observations)
        advantages, returns = workload.draw_targets(observations, actions)
        buffer = model.rollout_buffer
        buffer.reset()
        buffer.observations[:, 0] = observations.numpy()
        buffer.actions[:, 0] = actions.reshape(workload.rows, -1).numpy()
        buffer.log_probs[:, 0] = log_probabilities.numpy()
        buffer.advantages[:, 0] = advantages.numpy()
        buffer.returns[:, 0] = returns.numpy()
        buffer.pos = workload.rows
        buffer.full = True
        # flattens the arrays once, which belongs to the rollout
        next(buffer.get())

    def count_work(self):
        """Counts products and distributions, and notes when the buffer was first read and last used up."""
        model, buffer = self.model, self.model.rollout_buffer
        own_product, own_distribution, own_get = model.hessian_vector_product, model.policy.get_distribution, buffer.get
        self.products = self.distributions = 0

        def product(*arguments, **options):
            self.products += 1
            return own_product(*arguments, **options)

        def distribution(*arguments):
            self.distributions += 1
            return own_distribution(*arguments)

        def get(batch_size=None):
            if batch_size is not None and self.critic_started is None:
                self.critic_started = time.perf_counter()
            yield from own_get(batch_size)
            if batch_size is None:
                self.policy_ended = time.perf_counter()
            else:
                self.critic_ended = time.perf_counter()

        model.hessian_vector_product = product
        model.policy.get_distribution = distribution
        buffer.get = get

    def restart(self, cg_iterations, line_search_trials, critic_updates):
        """Back to the first parameters and a new optimizer; not timed."""
        model = self.model
        policy = model.policy
        policy.load_state_dict(self.initial_policy)
        policy.optimizer = policy.optimizer_class(
            policy.parameters(), lr=self.settings["valueLearningRate"], **policy.optimizer_kwargs
        )
        model.cg_max_steps = cg_iterations
        model.line_search_max_iter = line_search_trials
        model.n_critic_updates = critic_updates
        self.products = self.distributions = 0
        self.critic_started = None

    def train(self):
        trpo_module.conjugate_gradient_solver = solver_without_tolerance
        started = time.perf_counter()
        try:
            self.model.train()
        finally:
            trpo_module.conjugate_gradient_solver = own_solver
        return started

    def update(self, cg_iterations):
        """train() up to the critic: batch out of the buffer, gradients, conjugate gradient, line search."""
        self.restart(cg_iterations, self.settings["lineSearchTrials"], critic_updates=0)
        started = self.train()
        if self.model.logger.name_to_value["train/is_line_search_success"] != 1.0:
            raise ValueError(f"{self.workload.name}: SB3's line search failed")
        # two distributions are those of the batch before any step
        return {
            "ms": 1000 * (self.policy_ended - started),
            "products": self.products,
            "trials": self.distributions - 2,
        }

    def fit_value(self):
        """The critic's part of train(), after as short a policy update as it can do."""
        self.restart(1, 1, critic_updates=self.settings["valueEpochs"])
        self.train()
        if not np.isfinite(self.model.logger.name_to_value["train/value_loss"]):
            raise ValueError(f"{self.workload.name}: SB3's value loss is not finite")
        return {"ms": 1000 * (self.critic_ended - self.critic_started)}

    def fisher(self):
        """One product on the graph that train() builds; several times, for the graph is built anew each time."""
        self.restart(1, 1, critic_updates=0)
        model = self.model
        data = next(model.rollout_buffer.get())
        actions = data.actions.long().flatten() if self.workload.action_kind == "categorical" else data.actions
        with torch.no_grad():
            old_distribution = model.policy.get_distribution(data.observations)
        distribution = model.policy.get_distribution(data.observations)
        ratio = torch.exp(distribution.log_prob(actions) - data.old_log_prob)
        kl = kl_divergence(distribution, old_distribution).mean()
        parameters, gradient, kl_gradient, _ = model._compute_actor_grad(kl, (data.advantages * ratio).mean())
        repetitions = max(1, 20_000 // self.workload.rows)
        started = time.perf_counter()
        for _ in range(repetitions):
            product = model.hessian_vector_product(parameters, kl_gradient, gradient)
        ms = 1000 * (time.perf_counter() - started) / repetitions
        require_product(self.workload, product)
        return {"ms": ms, "products": 1}


def case_runners(workload, settings):
    problem = Problem(workload, settings)
    iterations = settings["cgIterations"]
    return {
        "fisher": problem.fisher,
        "update": lambda: problem.update(iterations),
        "updateSameProducts": lambda: problem.update(iterations - PRODUCTS_BESIDE_ITERATIONS),
        "valueFit": problem.fit_value,
    }


def train(environment, timesteps, seed):
    """All of SB3-contrib's defaults."""
    return TRPO("MlpPolicy", environment, device="cpu", seed=seed).learn(timesteps)


def evaluate(model, episodes):
    mean_return, _ = evaluate_policy(model, model.get_env(), episodes, deterministic=True, warn=False)
    return {
        "steps": model.num_timesteps,
        "meanReturn": float(np.mean([episode["r"] for episode in model.ep_info_buffer])),
        "evaluatedReturn": float(mean_return),
    }
